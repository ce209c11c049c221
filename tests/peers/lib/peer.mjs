// What every peer needs: a free loopback port, a wait for readiness, one JSON line, a clean end.
//
// A peer prints exactly one line of JSON on standard output once it answers, then nothing more. It
// ends on SIGTERM, SIGINT, or, with `--lifeline`, when its standard input closes: a test that is
// killed takes its peers along. What the programs underneath print goes to standard error.

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const HERE = fileURLToPath(new URL('..', import.meta.url));

/** Asks the system for a loopback port that nobody listens on now. */
export function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

/** A private folder that goes when the peer ends. */
export function scratch(name) {
  return mkdtempSync(join(tmpdir(), `bailiwick-${name}-`));
}

/** Starts a program of node_modules with this very Node; its output goes to standard error. */
export function start(script, args, options = {}) {
  const child = spawn(process.execPath, [join(HERE, 'node_modules', script), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    ...options,
  });
  child.stdout.pipe(process.stderr);
  child.stderr.pipe(process.stderr);
  return child;
}

/** Waits until `url` answers anything at all over HTTP; fails when the child ends before that. */
export async function ready(url, child, limitMs = 60_000) {
  const end = Date.now() + limitMs;
  while (Date.now() < end) {
    if (child.exitCode !== null) throw new Error(`the peer ended with ${child.exitCode} before it answered`);
    try {
      const answer = await fetch(url, { signal: AbortSignal.timeout(2_000) });
      await answer.arrayBuffer();
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }
  throw new Error(`\`${url}\` did not answer within ${limitMs} ms`);
}

/** Ends children and removes folders when the peer is told to stop, or when a child ends by itself. */
export function untilStopped({ children = [], folders = [], servers = [], lifeline = false }) {
  let stopping = false;
  const stop = (code) => {
    if (stopping) return;
    stopping = true;
    for (const server of servers) server.close();
    for (const child of children) child.kill('SIGTERM');
    // A child that ignores the polite signal must not outlive its test.
    setTimeout(() => children.forEach((child) => child.kill('SIGKILL')), 2_000).unref();
    Promise.all(children.map((child) => new Promise((done) => {
      if (child.exitCode !== null || child.signalCode !== null) done();
      else child.once('exit', done);
    }))).then(() => {
      for (const folder of folders) rmSync(folder, { recursive: true, force: true });
      process.exit(code);
    });
  };
  process.on('SIGTERM', () => stop(0));
  process.on('SIGINT', () => stop(0));
  for (const child of children) child.once('exit', () => stop(1));
  if (lifeline) process.stdin.on('end', () => stop(0)).on('error', () => stop(0)).resume();
  return stop;
}

/** The one line that tells the test where the peer is. */
export function announce(facts) {
  process.stdout.write(`${JSON.stringify(facts)}\n`);
}
