import { describe, expect, it } from "vitest";
import type { ArgumentView } from "../backend/backend";
import type { GrantView } from "../bindings/protocol";
import { CATALOGUE } from "../backend/fake/catalogue";
import { parse } from "./constraint";
import { phrase, plain, sentence } from "./sentence";

const grant = (action: string, args: Record<string, unknown>): GrantView => ({
  connection: "github",
  actions: [action],
  resources: [{ id: "repository:1", name: "acme/backend" }],
  arguments: args as GrantView["arguments"],
});
const anyRef = { ref: "refs/heads/**" };
const anyText = { glob: "**" };
const anyNumber = { range: { min: 1, max: Number.MAX_SAFE_INTEGER } };

describe("phrase", () => {
  it("says what authority hangs on and leaves out what may be anything", () => {
    expect(phrase("pulls/merge", grant("pulls/merge", { branch: anyRef, target: { exact: "main" } }))).toBe(
      "merge pull requests into main",
    );
    expect(
      phrase("pulls/merge", grant("pulls/merge", { branch: { ref: "refs/heads/feat-*" }, target: { one_of: ["main", "next"] } })),
    ).toBe("merge pull requests from branches matching feat-* into main or next");
    expect(phrase("issues/create-comment", grant("x", { issue: anyNumber, body: anyText }))).toBe(
      "comment on issues and pull requests",
    );
    expect(phrase("repos/create-deployment", grant("x", { ref: { exact: "main" }, environment: { exact: "staging" } }))).toBe(
      "deploy main to staging",
    );
    expect(phrase("repos/create-deployment", grant("x", { ref: anyRef, environment: { exact: "staging" } }))).toBe(
      "deploy to staging",
    );
  });

  it("has words for every action of the catalogue", () => {
    for (const action of CATALOGUE) {
      const any = Object.fromEntries(action.arguments.map((one) => [one.name, one.any]));
      const said = phrase(action.id, grant(action.id, any));
      expect(said).not.toContain(action.id);
      expect(said).not.toContain(" where ");
    }
    const on = { branch: { exact: "docs" }, message: anyText };
    expect(phrase("repos/create-or-update-file-contents", grant("x", { ...on, path: { path_prefix: "guide" }, content: anyText }))).toBe("write what lies at or below guide on docs");
    expect(phrase("git/delete-ref", grant("x", { branch: { ref: "refs/heads/feat-*" } }))).toBe("remove branches matching feat-*");
    expect(phrase("git/update-ref", grant("x", { branch: { one_of: ["a", "b"] }, sha: anyText }))).toBe("move the branches a or b forward");
    expect(phrase("repos/merge", grant("x", { branch: anyRef, target: { exact: "next" }, message: { glob: "Merge*" } }))).toBe(
      "merge any branch into next without a pull request where message matches Merge*",
    );
  });

  it("never drops a constraint, known or not", () => {
    expect(phrase("pulls/merge", grant("x", { branch: anyRef, target: { regex: "main" } }))).toBe(
      "merge pull requests into any branch where target is as its statement says",
    );
    expect(phrase("issues/create-comment", grant("x", { issue: { exact: 7 }, body: { glob: "LGTM*" } }))).toBe(
      "comment on issue 7 where body matches LGTM*",
    );
    expect(phrase("new/action", grant("x", { size: { regex: "x" } }))).toBe(
      "new/action where size is as its statement says",
    );
    expect(phrase("pulls/merge", grant("x", { branch: anyRef }))).toBe("merge pull requests into any branch");
  });
});

describe("sentence", () => {
  it("is one sentence with every limit, and what follows from it", () => {
    const text = plain(
      sentence({
        person: "ada",
        label: "ci-bot",
        grants: [
          grant("pulls/merge", { branch: anyRef, target: { exact: "main" } }),
          grant("pulls/create", { branch: anyRef, target: anyRef, title: anyText }),
          grant("pulls/create", { branch: anyRef, target: anyRef, title: anyText, body: anyText }),
        ],
        not_before: null,
        expires: null,
        seconds: 28_800,
        max_uses: 20,
        rate: { uses: 3, seconds: 60 },
        max_depth: 1,
        purpose: "ship",
      }),
    );
    expect(text).toBe(
      "ada lets ci-bot merge pull requests into main and open pull requests in acme/backend through github, for 8 h, at most 20 times in all, at most 3 times in 1 min. It can be passed on once, narrowed.",
    );
  });
});

describe("parse", () => {
  const argument = (kind: ArgumentView["kind"], unsaid: ArgumentView["unsaid"] = "any"): ArgumentView => ({
    name: "x",
    kind,
    required: true,
    unsaid,
    any: kind === "number" ? anyNumber : kind === "ref" ? anyRef : anyText,
  });
  it("reads what people type", () => {
    expect(parse(argument("ref"), "main")).toEqual({ exact: "main" });
    expect(parse(argument("ref"), "feat-*")).toEqual({ ref: "refs/heads/feat-*" });
    expect(parse(argument("ref"), "")).toEqual(anyRef);
    expect(parse(argument("ref", "must-be-said"), " ")).toBeNull();
    expect(parse(argument("word"), "staging, test")).toEqual({ one_of: ["staging", "test"] });
    expect(parse(argument("number"), "1-5")).toEqual({ range: { min: 1, max: 5 } });
    expect(parse(argument("number"), "7")).toEqual({ exact: 7 });
    expect(parse(argument("number"), "0")).toBeNull();
    expect(parse(argument("number"), "seven")).toBeNull();
    expect(parse(argument("text"), "LGTM*")).toEqual({ glob: "LGTM*" });
  });
});
