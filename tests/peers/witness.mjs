// Stands before an HTTP server on loopback and holds every exchange against GitHub's description.
//
//   node24 witness.mjs --upstream URL [--port N] [--record FILE] [--lifeline]
//
// prints {"url", "upstream", "record", "operations", "ready_ms"}; lib/witness.mjs says what a line of
// the record is.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { operations } from './lib/description.mjs';
import { announce, scratch, untilStopped } from './lib/peer.mjs';
import { judge, witness } from './lib/witness.mjs';

const { values } = parseArgs({
  options: {
    upstream: { type: 'string' },
    port: { type: 'string', default: '0' },
    record: { type: 'string' },
    lifeline: { type: 'boolean', default: false },
  },
});
if (!values.upstream) {
  process.stderr.write('witness.mjs needs `--upstream`, the address of the server to stand before\n');
  process.exit(2);
}

const began = Date.now();
const folders = [];
let { record } = values;
if (!record) {
  folders.push(scratch('witness'));
  record = join(folders[0], 'record.jsonl');
}
writeFileSync(record, '');
const judging = await judge();
const { server, url } = await witness({ upstream: values.upstream, port: Number(values.port), record, judging });
untilStopped({ servers: [server], folders, lifeline: values.lifeline });
announce({ url, upstream: values.upstream, record, operations: operations().length, ready_ms: Date.now() - began });
