// Starts `emulate`, a stateful GitHub REST server that we did not write, with the story's seed.
//
//   node24 emulate.mjs [--port N] [--lifeline] [--webhook URL] [--bare] [--complete] [--record FILE]
//
// prints {"url", "app_id", "installation_id", "key_file", "repository", "repository_id", "tokens",
// "pull", …} and runs until it is told to stop. `--bare` leaves the repository with its first commit
// only. `--record` puts the witness before it (`url` is then the witness's, `direct_url` emulate's),
// and `--complete` lets the witness answer the routes that emulate lacks (lib/gaps.mjs). EMULATE.md
// says what emulate answers and what a pass against it does not prove.

import { writeFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { gaps } from './lib/gaps.mjs';
import { announce, freePort, ready, scratch, start, untilStopped } from './lib/peer.mjs';
import { tellTheStory } from './lib/story.mjs';
import { judge, witness } from './lib/witness.mjs';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    webhook: { type: 'string', default: '' },
    lifeline: { type: 'boolean', default: false },
    bare: { type: 'boolean', default: false },
    complete: { type: 'boolean', default: false },
    record: { type: 'string', default: '' },
  },
});

const began = Date.now();
const port = Number(values.port) || (await freePort());
const url = `http://127.0.0.1:${port}`;
const folder = scratch('emulate');
const secrets = join(folder, 'secrets.json');
const webhook = values.webhook ? { webhook_url: values.webhook, webhook_secret: 's3cret' } : {};

// A token that emulate does not know acts as the first user: `nobody` owns nothing and is first, and
// every repository is private.
const seed = {
  tokens: {
    author_token: { login: 'octocat', scopes: ['repo', 'user'] },
    reviewer_token: { login: 'hubot', scopes: ['repo', 'user'] },
  },
  github: {
    users: [{ login: 'nobody' }, { login: 'octocat' }, { login: 'hubot' }],
    orgs: [{
      login: 'acme',
      members: [{ login: 'octocat', role: 'admin' }, { login: 'hubot', role: 'admin' }],
    }],
    repos: [
      { owner: 'acme', name: 'backend', private: true, auto_init: true },
      { owner: 'acme', name: 'other', private: true, auto_init: true },
    ],
    apps: [{
      app_id: 12345, slug: 'bailiwick', name: 'Bailiwick',
      permissions: {
        contents: 'write', issues: 'write', pull_requests: 'write', checks: 'write', metadata: 'read',
        administration: 'read', statuses: 'read', deployments: 'write',
      },
      events: ['push', 'pull_request'], ...webhook,
      installations: [{ installation_id: 100, account: 'acme', repository_selection: 'all' }],
    }, {
      app_id: 777, slug: 'ci', name: 'CI',
      permissions: { checks: 'write', contents: 'write', metadata: 'read' }, events: [],
      installations: [{ installation_id: 200, account: 'acme', repository_selection: 'all' }],
    }],
  },
};
const seedFile = join(folder, 'seed.json');
writeFileSync(seedFile, JSON.stringify(seed));

const child = start('emulate/dist/index.js', [
  'start', '--service', 'github', '--port', String(port), '--seed', seedFile,
  '--generated-secrets-file', secrets,
], { cwd: folder });
const servers = [];
const stop = untilStopped({ children: [child], folders: [folder], servers, lifeline: values.lifeline });

try {
  await ready(`${url}/meta`, child);
  const readyMs = Date.now() - began;
  const keyFile = keyOf(secrets, 12345, folder);
  const facts = {
    url, app_id: 12345, installation_id: 100, key_file: keyFile, repository: 'acme/backend',
    tokens: { author: 'author_token', reviewer: 'reviewer_token' },
  };
  const told = await tellTheStory(url, facts.tokens, { bare: values.bare });
  const seen = values.record || values.complete ? await watched(servers) : {};
  announce({ ...facts, ...told, ...seen, ready_ms: readyMs, seeded_ms: Date.now() - began });
} catch (error) {
  process.stderr.write(`emulate did not start: ${error.message}\n`);
  stop(1);
}

/** Takes the App's RSA key (PKCS#1) out of emulate's secrets file and puts it in a PEM file of its own. */
function keyOf(file, appId, into) {
  const { generatedSecrets } = JSON.parse(readFileSync(file, 'utf8'));
  const mine = generatedSecrets.find(({ id }) => id === String(appId));
  if (!mine) throw new Error(`emulate wrote no private key for the app \`${appId}\``);
  const pem = join(into, `app-${appId}.pem`);
  writeFileSync(pem, mine.value, { mode: 0o600 });
  return pem;
}

/** Puts the witness before emulate: the address that the broker gets is then the witness's. */
async function watched(into) {
  const record = values.record || join(folder, 'record.jsonl');
  writeFileSync(record, '');
  const fill = values.complete ? gaps(url) : undefined;
  const before = await witness({ upstream: url, port: 0, record, judging: await judge(), fill });
  into.push(before.server);
  return { url: before.url, direct_url: url, record };
}
