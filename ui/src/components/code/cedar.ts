/** The grammar of Cedar's policies and schemas for highlight.js. */
import type { LanguageFn } from "highlight.js";

export const cedar: LanguageFn = (hljs) => ({
  name: "Cedar",
  keywords: {
    keyword: "permit forbid when unless if then else in has like is principal action resource context entity type namespace appliesTo enum",
    literal: "true false",
    built_in: "contains containsAll containsAny isEmpty ip decimal datetime duration Set Long String Bool",
  },
  contains: [
    hljs.C_LINE_COMMENT_MODE,
    hljs.QUOTE_STRING_MODE,
    hljs.C_NUMBER_MODE,
    { scope: "attr", match: /@[a-z_]+/ },
    { scope: "type", match: /\b[A-Z][A-Za-z0-9_]*(?=::)/ },
  ],
});
