import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { CATALOGUE } from "./catalogue";

it("has the actions and arguments that the command line's page lists", () => {
  const page = readFileSync(new URL("../../../../docs/cli.md", import.meta.url), "utf8");
  const listed = [...page.matchAll(/^\| `(github\.\w+)` \| `([\w/-]+)` \| (.+) \|$/gm)].map(([, alias, id, said]) => ({
    alias,
    id,
    arguments: [...(said ?? "").matchAll(/`(\w+)`( \(may be absent\))?/g)].map(([, name, absent]) => ({ name, required: absent === undefined })),
  }));
  expect(listed.length).toBeGreaterThan(0);
  expect(CATALOGUE.map(({ alias, id, arguments: all }) => ({ alias, id, arguments: all.map(({ name, required }) => ({ name, required })) }))).toEqual(listed);
});
