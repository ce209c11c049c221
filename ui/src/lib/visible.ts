/**
 * Text from agents and destinations, made visible: what is shown is what is there.
 *
 * Characters that move, hide, reorder or restyle other text are written out as `\u{…}`, as the command line
 * does. Letters of one script that pass for another's are flagged. Nothing here is markup.
 */

/** A stretch of text: as it is, or the escape of one character. */
export interface Part {
  text: string;
  escaped: boolean;
}

const DISTURBS =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u{FFF9}-\u{FFFB}\u{115F}\u{1160}\u{3164}\u{FFA0}]/u;
const OTHER_SPACE = /(?! )\p{Zs}/u;
const MARK = /\p{M}/u;

/** How many combining marks a character may carry before they are written out. */
const MOST_MARKS = 2;

function escape(character: string): string {
  if (character === "\n") return "\\n";
  if (character === "\t") return "\\t";
  if (character === "\r") return "\\r";
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}

/** The parts of a line of text. With `ascii`, everything else is written out: for identifiers. */
export function parts(text: string, ascii = false): Part[] {
  const out: Part[] = [];
  let plain = "";
  let marks = 0;
  for (const character of text) {
    marks = MARK.test(character) ? marks + 1 : 0;
    const disturbs =
      DISTURBS.test(character) ||
      OTHER_SPACE.test(character) ||
      marks > MOST_MARKS ||
      (ascii && (character.codePointAt(0) ?? 0) > 0x7e);
    if (!disturbs) {
      plain += character;
      continue;
    }
    if (plain) out.push({ text: plain, escaped: false });
    plain = "";
    out.push({ text: escape(character), escaped: true });
  }
  if (plain) out.push({ text: plain, escaped: false });
  return out;
}

/** The parts of a text in which the shell wrote the escapes already, a `\\` doubled: what it drew of signed bytes.
    Should anything in it disturb all the same, it is written out as everywhere. */
export function drawnParts(text: string): Part[] {
  return text.split(/(\\\\|\\u\{[0-9a-f]{1,6}\}|\\[nrt])/).flatMap((piece, index) => {
    if (index % 2 === 0) return parts(piece);
    return [piece === "\\\\" ? { text: "\\", escaped: false } : { text: piece, escaped: true }];
  });
}

/** The same as one string, for places without markup: titles, labels for a screen reader, the clipboard. */
export function visible(text: string, ascii = false): string {
  return parts(text, ascii)
    .map((part) => part.text)
    .join("");
}

/** At most `limit` characters, with an ellipsis. */
export function shorten(text: string, limit: number): string {
  const characters = Array.from(text);
  return characters.length <= limit ? text : `${characters.slice(0, limit - 1).join("")}…`;
}

const LATIN = /\p{Script=Latin}/u;
const OTHER = /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\p{Script=Cherokee}\p{Script=Coptic}\p{Script=Lisu}]/u;
/** Cyrillic and Greek letters that look like Latin ones (from the confusables of Unicode TR39). */
const PASSES_FOR_LATIN = /^[аеорсухіјѕһԁԛԝАВЕКМНОРСТУХІЈЅѴνοαρυικΑΒΕΖΗΙΚΜΝΟΡΤΥΧ\d._/-]+$/u;

/** Why a text may not be what it looks like; `null` if nothing suggests so. */
export function lookAlike(text: string): string | null {
  for (const word of text.split(/[\s,;:()[\]{}"'`]+/u)) {
    if (!word) continue;
    if (LATIN.test(word) && OTHER.test(word)) return "mixes letters of several scripts that look alike";
    if (OTHER.test(word) && PASSES_FOR_LATIN.test(word)) return "is written in letters that look like Latin ones";
    const folded = word.normalize("NFKC");
    if (/^[\x21-\x7e]+$/.test(folded) && /(?![A-Za-z])\p{L}/u.test(word)) {
      return "uses styled letters that look like plain ones";
    }
  }
  return null;
}
