/** Who may import whom, read from the imports themselves; and that the door says what its page says. */
import { readFileSync, readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it, vi } from "vitest";

const root = fileURLToPath(new URL(".", import.meta.url));
const files = readdirSync(root, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && /\.(ts|svelte)$/.test(entry.name) && !entry.name.endsWith(".test.ts"))
  .map((entry) => relative(root, join(entry.parentPath, entry.name)));

interface Import {
  from: string;
  to: string;
  typeOnly: boolean;
}

const imports: Import[] = files.flatMap((from) => {
  const text = readFileSync(join(root, from), "utf8");
  return [...text.matchAll(/import\s+(type\s)?[^;]*?["']([^"']+)["']/g)].map((match) => {
    const to = match[2] ?? "";
    return { from, to: to.startsWith(".") ? relative(root, join(root, from, "..", to)) : to, typeOnly: match[1] !== undefined };
  });
});

const breaking = (rule: (one: Import) => boolean): string[] => imports.filter(rule).map((one) => `${one.from} imports ${one.to}`);
const part = (path: string): string => path.split("/").slice(0, path.startsWith("features/") ? 2 : 1).join("/");

describe("imports", () => {
  it("are found at all", () => {
    expect(imports.length).toBeGreaterThan(150);
  });
  it("reach the shell through one file", () => {
    expect([...new Set(imports.filter((one) => one.to.startsWith("@tauri-apps")).map((one) => one.from))]).toEqual(["backend/tauri.ts"]);
  });
  it("do not go from feature to feature", () => {
    expect(breaking((one) => one.from.startsWith("features/") && one.to.startsWith("features/") && part(one.from) !== part(one.to))).toEqual([]);
  });
  it("let components know no backend, state or feature", () => {
    expect(breaking((one) => one.from.startsWith("components/") && !one.typeOnly && /^(backend|state|features|shell)\//.test(one.to))).toEqual([]);
  });
  it("leave the library to functions", () => {
    expect(breaking((one) => one.from.startsWith("lib/") && !one.typeOnly && !/^lib\//.test(one.to))).toEqual([]);
  });
  it("keep the fake out of what is shipped", () => {
    expect(breaking((one) => one.to.startsWith("backend/fake") && !one.from.startsWith("backend/fake") && one.from !== "rehearsal.ts")).toEqual([]);
  });
});

describe("what is written", () => {
  it("puts no text into the page as markup", () => {
    const markup = files.filter((file) => /\{@html|innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function\(/.test(readFileSync(join(root, file), "utf8")) && !file.endsWith("fake/hostile.ts"));
    expect(markup).toEqual([]);
  });
});

const invoked: { command: string; names: string[] }[] = [];
vi.mock("@tauri-apps/api/core", () => ({
  invoke: (command: string, args: Record<string, unknown> = {}) => {
    invoked.push({ command, names: Object.keys(args).sort() });
    return Promise.resolve(null);
  },
  Channel: class {},
}));
vi.mock("@tauri-apps/api/event", () => ({ listen: () => Promise.resolve(() => undefined) }));

describe("the door", () => {
  it("has the commands and arguments that its page lists, and no others", async () => {
    const { tauri } = await import("./backend/tauri");
    const page = readFileSync(join(root, "../README.md"), "utf8");
    const listed = [...page.matchAll(/^\| `([a-z_]+)` \| ([^|]*)\|/gm)].map((match) => ({
      command: match[1] ?? "",
      names: [...(match[2] ?? "").matchAll(/([a-z_]+): /g)].map((name) => name[1] ?? "").sort(),
    }));
    expect(listed.length).toBeGreaterThan(20);
    const samples: Record<string, unknown[]> = {
      operations: [{ limit: 1, before: null }],
      receipts: [{ limit: 1, before: null }],
      revoke: [{}, "why"],
      foundRealm: ["ada", "keychain"],
      verify: [() => undefined],
    };
    for (const [name, method] of Object.entries(tauri)) {
      if (name === "subscribe") continue;
      await (method as (...args: unknown[]) => Promise<unknown>)(...(samples[name] ?? ["x"]));
    }
    const byName = (a: { command: string }, b: { command: string }): number => a.command.localeCompare(b.command);
    expect(invoked.sort(byName)).toEqual(listed.sort(byName));
  });
});
