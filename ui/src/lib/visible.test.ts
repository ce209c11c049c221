import { describe, expect, it } from "vitest";
import { lookAlike, parts, shorten, visible } from "./visible";

describe("visible", () => {
  it("writes out what moves, hides or reorders", () => {
    expect(visible("a\u001b[31mb\r\nc\u202ed\u200b\u007f\u009b2J")).toBe(
      "a\\u{1b}[31mb\\r\\nc\\u{202e}d\\u{200b}\\u{7f}\\u{9b}2J",
    );
    expect(visible("a\u2028b\ufeffc\u00add\u{e0041}e\ufe0f")).toBe(
      "a\\u{2028}b\\u{feff}c\\u{ad}d\\u{e0041}e\\u{fe0f}",
    );
    expect(visible("no\u00a0break\u3000wide")).toBe("no\\u{a0}break\\u{3000}wide");
  });

  it("leaves what people write", () => {
    const text = "Füchse & Söhne, 東京 ✓ <b>not markup</b>";
    expect(visible(text)).toBe(text);
    expect(parts(text)).toEqual([{ text, escaped: false }]);
  });

  it("writes everything but ASCII out in identifiers", () => {
    expect(visible("main\u0430", true)).toBe("main\\u{430}");
    expect(visible("feat-123", true)).toBe("feat-123");
  });

  it("stops marks from piling up", () => {
    expect(visible("e\u0301")).toBe("e\u0301");
    expect(visible(`e${"\u0301".repeat(4)}`)).toBe("e\u0301\u0301\\u{301}\\u{301}");
  });

  it("has nothing left that disturbs, for every character there is", () => {
    for (let point = 0; point <= 0x10ffff; point += 1) {
      if (point >= 0xd800 && point <= 0xdfff) continue;
      const out = visible(String.fromCodePoint(point));
      if (/[\p{Cc}\p{Cf}\p{Cn}\p{Co}\p{Zl}\p{Zp}]/u.test(out)) throw new Error(`U+${point.toString(16)}`);
    }
  });

  it("shortens by characters, not by halves of them", () => {
    expect(shorten("𝒳𝒳𝒳𝒳", 3)).toBe("𝒳𝒳…");
    expect(shorten("abc", 3)).toBe("abc");
  });
});

describe("lookAlike", () => {
  it("flags what passes for something else", () => {
    expect(lookAlike("аcme/backend")).toMatch(/several scripts/);
    expect(lookAlike("see сосо")).toMatch(/look like Latin/);
    expect(lookAlike("ｍａｉｎ")).toMatch(/styled/);
    expect(lookAlike("𝐦𝐚𝐢𝐧")).toMatch(/styled/);
  });

  it("leaves languages alone", () => {
    for (const text of ["acme/backend", "Привет мир", "東京 station", "Ελληνικά", "naïve café", "№ 5"]) {
      expect(lookAlike(text)).toBeNull();
    }
  });
});
