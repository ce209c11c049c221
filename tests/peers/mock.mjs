// Starts Prism's own mock of GitHub: it answers each described operation with GitHub's own example.
//
//   node24 mock.mjs [--port N] [--lifeline]
//
// prints {"url", "description", "ready_ms"}. `Prefer: code=409` asks for that status; a request that
// does not fit the description gets 422.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { description } from './lib/description.mjs';
import { announce, freePort, ready, scratch, start, untilStopped } from './lib/peer.mjs';

const { values } = parseArgs({
  options: { port: { type: 'string', default: '0' }, lifeline: { type: 'boolean', default: false } },
});

const began = Date.now();
const folder = scratch('mock');
const file = join(folder, 'github.json');
writeFileSync(file, JSON.stringify(description().document));
const port = Number(values.port) || (await freePort());
const url = `http://127.0.0.1:${port}`;
const child = start('@stoplight/prism-cli/dist/index.js', [
  'mock', '--host', '127.0.0.1', '--port', String(port), '--verboseLevel', 'warn', file,
]);
const stop = untilStopped({ children: [child], folders: [folder], lifeline: values.lifeline });
try {
  await ready(`${url}/meta`, child);
  announce({ url, description: file, ready_ms: Date.now() - began });
} catch (error) {
  process.stderr.write(`prism did not start: ${error.message}\n`);
  stop(1);
}
