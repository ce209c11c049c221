// What the tests of the harness share: a peer as a child process, a plain upstream, an App's JWT.

import { spawn } from 'node:child_process';
import { createSign } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { HERE } from '../lib/peer.mjs';

/** Starts a peer with its lifeline in our hand, and waits for its one line. */
export async function peer(script, ...args) {
  const child = spawn(process.execPath, [join(HERE, script), '--lifeline', ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
  let complaint = '';
  child.stderr.on('data', (chunk) => { complaint += chunk; });
  const lines = createInterface({ input: child.stdout });
  const first = await Promise.race([once(lines, 'line'), once(child, 'exit').then(([code]) => {
    throw new Error(`${script} ended with ${code}: ${complaint}`);
  })]);
  const ended = once(child, 'exit');
  return {
    child,
    facts: JSON.parse(first[0]),
    end: async () => {
      child.stdin.end();
      const [code] = await ended;
      return code;
    },
  };
}

/** A server that answers as it is told; `address` is its URL. */
export async function upstream(handler) {
  const server = createServer(handler);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    address: `http://127.0.0.1:${server.address().port}`,
    end: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** The lines of a witness's record. */
export function record(file) {
  return readFileSync(file, 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line));
}

/** A GitHub App's JWT that is good for a minute. */
export function appToken({ app_id: issuer, key_file: key }) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const now = Math.floor(Date.now() / 1000);
  const signed = `${part({ alg: 'RS256', typ: 'JWT' })}.${part({ iat: now - 10, exp: now + 60, iss: String(issuer) })}`;
  return `${signed}.${createSign('RSA-SHA256').update(signed).sign(readFileSync(key)).toString('base64url')}`;
}

/** One JSON request; gives {status, body}. */
export async function call(url, token, method, path, body) {
  const answer = await fetch(url + path, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(body ? { 'content-type': 'application/json' } : {}) },
    body: body && JSON.stringify(body),
  });
  const text = await answer.text();
  return { status: answer.status, body: text ? JSON.parse(text) : null };
}
