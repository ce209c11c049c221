// Renders the SVGs into the sizes that Tauri packages, and packs .ico and .icns from the PNGs.
import { createRequire } from "node:module";
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const { chromium } = createRequire(new URL("../ui/package.json", import.meta.url))("playwright-core");

const browser = await chromium.launch({
  executablePath: process.env.BAILIWICK_CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
});
const page = await browser.newPage();

async function render(name, size) {
  const svg = await readFile(`${here}${name}.svg`, "utf8");
  await page.setViewportSize({ width: size, height: size });
  await page.setContent(`<style>body{margin:0}svg{display:block;width:${size}px;height:${size}px}</style>${svg}`);
  return page.screenshot({ omitBackground: true, clip: { x: 0, y: 0, width: size, height: size } });
}

const sizes = new Map();
for (const size of [16, 32, 48, 64, 128, 256, 512]) sizes.set(size, await render("icon", size));
await writeFile(`${here}32x32.png`, sizes.get(32));
await writeFile(`${here}128x128.png`, sizes.get(128));
await writeFile(`${here}128x128@2x.png`, sizes.get(256));
await writeFile(`${here}icon.png`, sizes.get(512));
for (const name of ["tray", "tray-dark", "tray-waiting"]) await writeFile(`${here}${name}.png`, await render(name, 44));
await browser.close();

// ICO: a directory of PNGs (allowed since Windows Vista). Each entry is 16 bytes.
const ico = [16, 32, 48, 64, 256];
const head = Buffer.alloc(6 + 16 * ico.length);
head.writeUInt16LE(1, 2);
head.writeUInt16LE(ico.length, 4);
let offset = head.length;
ico.forEach((size, index) => {
  const at = 6 + 16 * index;
  head.writeUInt8(size % 256, at);
  head.writeUInt8(size % 256, at + 1);
  head.writeUInt16LE(1, at + 4);
  head.writeUInt16LE(32, at + 6);
  head.writeUInt32LE(sizes.get(size).length, at + 8);
  head.writeUInt32LE(offset, at + 12);
  offset += sizes.get(size).length;
});
await writeFile(`${here}icon.ico`, Buffer.concat([head, ...ico.map((size) => sizes.get(size))]));

// ICNS: type, length, PNG, for each size.
const icns = [["icp4", 16], ["icp5", 32], ["icp6", 64], ["ic07", 128], ["ic08", 256], ["ic09", 512]].map(([type, size]) => {
  const entry = Buffer.alloc(8);
  entry.write(type, "ascii");
  entry.writeUInt32BE(sizes.get(size).length + 8, 4);
  return Buffer.concat([entry, sizes.get(size)]);
});
const all = Buffer.concat(icns);
const top = Buffer.alloc(8);
top.write("icns", "ascii");
top.writeUInt32BE(all.length + 8, 4);
await writeFile(`${here}icon.icns`, Buffer.concat([top, all]));
