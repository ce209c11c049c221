/** Names that an agent or a destination might use to deceive. Each must be shown as what it is. */

export const HOSTILE = {
  markup: `<img src=x onerror="document.title='pwned'"><script>document.title='pwned'</script>`,
  bidi: "deploy to \u202egnigats\u202c of acme/\u2066backend\u2069",
  zeroWidth: "ci\u200b-bot\u200d\ufeff",
  lookAlike: "аcme/bаckend",
  control: "ok\u001b[2J\u001b[31mALL CLEAR\u0007\r\nadmin approved this",
  styled: "𝐚𝐩𝐩𝐫𝐨𝐯𝐞𝐝",
  zalgo: `z${"\u0301\u0302\u0303".repeat(30)}`,
  long: "a-very-long-name-".repeat(640).slice(0, 10_240),
  url: "javascript:alert(1)//https://acme.example",
  template: "{@html '<b>bold</b>'} ${7*7} {{7*7}}",
} as const;

export const HOSTILE_NAMES: readonly string[] = Object.values(HOSTILE);
