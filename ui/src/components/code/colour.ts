/**
 * Source text in colours, by highlight.js through lowlight: a tree of words with what each is, never markup.
 *
 * Loaded only when code is shown.
 */
import bash from "highlight.js/lib/languages/bash";
import c from "highlight.js/lib/languages/c";
import cpp from "highlight.js/lib/languages/cpp";
import csharp from "highlight.js/lib/languages/csharp";
import css from "highlight.js/lib/languages/css";
import dockerfile from "highlight.js/lib/languages/dockerfile";
import go from "highlight.js/lib/languages/go";
import ini from "highlight.js/lib/languages/ini";
import java from "highlight.js/lib/languages/java";
import javascript from "highlight.js/lib/languages/javascript";
import json from "highlight.js/lib/languages/json";
import kotlin from "highlight.js/lib/languages/kotlin";
import markdown from "highlight.js/lib/languages/markdown";
import php from "highlight.js/lib/languages/php";
import python from "highlight.js/lib/languages/python";
import ruby from "highlight.js/lib/languages/ruby";
import rust from "highlight.js/lib/languages/rust";
import sql from "highlight.js/lib/languages/sql";
import swift from "highlight.js/lib/languages/swift";
import typescript from "highlight.js/lib/languages/typescript";
import xml from "highlight.js/lib/languages/xml";
import yaml from "highlight.js/lib/languages/yaml";
import { createLowlight } from "lowlight";
import { cedar } from "./cedar";

/** What a word is, as the style sheet knows it; `""` for plain text. */
export type Tone = "" | "keyword" | "string" | "comment" | "number" | "name";

export interface Word {
  text: string;
  tone: Tone;
}

const low = createLowlight({ bash, c, cpp, csharp, css, dockerfile, go, ini, java, javascript, json, kotlin, markdown, php, python, ruby, rust, sql, swift, typescript, xml, yaml, cedar });

const BY_ENDING: Record<string, string> = {
  sh: "bash", bash: "bash", c: "c", h: "c", cc: "cpp", cpp: "cpp", hpp: "cpp", cs: "csharp", css: "css", go: "go", toml: "ini", ini: "ini", java: "java",
  js: "javascript", mjs: "javascript", jsx: "javascript", json: "json", kt: "kotlin", md: "markdown", php: "php", py: "python", rb: "ruby", rs: "rust", sql: "sql",
  swift: "swift", ts: "typescript", tsx: "typescript", html: "xml", svg: "xml", xml: "xml", svelte: "xml", vue: "xml", yml: "yaml", yaml: "yaml", cedar: "cedar", cedarschema: "cedar",
};

/** The language of a file, by its name; `null`: none that is known. */
export function languageOf(path: string): string | null {
  const name = path.split("/").at(-1)?.toLowerCase() ?? "";
  if (name === "dockerfile") return "dockerfile";
  return BY_ENDING[name.split(".").at(-1) ?? ""] ?? null;
}

const TONES: [RegExp, Tone][] = [
  [/^hljs-(comment|quote|doctag)/, "comment"],
  [/^hljs-(keyword|built_in|literal|tag|meta|selector-tag|operator|section)/, "keyword"],
  [/^hljs-(string|regexp|char|subst|link|code|addition)/, "string"],
  [/^hljs-(number|symbol|bullet)/, "number"],
  [/^hljs-(title|name|attr|attribute|type|class|function|property|variable|selector)/, "name"],
];

/** More than this is shown without colours: it is generated, or meant to be slow. */
const MOST = 120_000;

interface Node {
  type: string;
  value?: string;
  children?: Node[];
  properties?: { className?: unknown };
}

/** The lines of a text, each as its words. */
export function colour(text: string, language: string | null): Word[][] {
  const lines: Word[][] = [[]];
  const add = (value: string, tone: Tone): void => {
    value.split("\n").forEach((piece, index) => {
      if (index > 0) lines.push([]);
      if (piece !== "") lines.at(-1)?.push({ text: piece, tone });
    });
  };
  const walk = (node: Node, tone: Tone): void => {
    if (node.type === "text") return add(node.value ?? "", tone);
    const classes = Array.isArray(node.properties?.className) ? node.properties.className : [];
    const found = classes.map((name) => TONES.find(([pattern]) => pattern.test(String(name)))?.[1]).find(Boolean);
    for (const child of node.children ?? []) walk(child, found ?? tone);
  };
  if (language === null || text.length > MOST) add(text, "");
  else walk(low.highlight(language, text) as Node, "");
  return lines;
}
