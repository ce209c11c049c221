// The witness sees what is wrong in both directions, and changes nothing on the way.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { get, request } from 'node:http';
import { after, before, test } from 'node:test';
import { call, peer, record, upstream } from './bench.mjs';

const SHA = 'a'.repeat(40);
const MERGED = { sha: SHA, merged: true, message: 'Pull Request successfully merged' };
let answer;
let server;
let watch;

before(async () => {
  server = await upstream((incoming, outgoing) => answer(incoming, outgoing));
  watch = await peer('witness.mjs', '--upstream', server.address);
});
after(async () => {
  assert.equal(await watch.end(), 0);
  server.end();
});

const json = (status, body) => (incoming, outgoing) => {
  incoming.resume();
  outgoing.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
};
const merge = (body) => call(watch.facts.url, 'ghs_planted', 'PUT', '/repos/acme/backend/pulls/1/merge', body);
const last = () => record(watch.facts.record).at(-1);

test('an exchange as described has no violation', async () => {
  answer = json(200, MERGED);
  assert.deepEqual(await merge({ sha: SHA }), { status: 200, body: MERGED });
  const { operation, status, violations, authorization, arrived_ms: from, finished_ms: to } = last();
  assert.deepEqual([operation, status, violations], ['pulls/merge', 200, []]);
  assert.equal(authorization.scheme, 'Bearer');
  assert.ok(from <= to && Math.abs(Date.now() - to) < 60_000);
});

test('a request against the description is seen', async () => {
  answer = json(200, MERGED);
  await merge({ sha: 7, merge_method: 'octopus' });
  assert.deepEqual(last().violations.map(({ location }) => location.join('.')).sort(),
    ['request.body.merge_method', 'request.body.sha']);
});

test('an answer against the description is seen', async () => {
  answer = json(200, { sha: SHA, merged: 'yes' });
  await merge({ sha: SHA });
  assert.ok(last().violations.some(({ location }) => location.join('.') === 'response.body.merged'));
  answer = json(418, {});
  await merge({ sha: SHA });
  assert.match(last().violations[0].message, /status code/);
});

test('an error that GitHub documents for all routes is described everywhere', async () => {
  answer = json(429, { message: 'slow down', documentation_url: 'https://docs.github.com/rest' });
  await merge({ sha: SHA });
  assert.deepEqual(last().violations, []);
});

test('a route that is not described is seen', async () => {
  answer = json(200, {});
  await call(watch.facts.url, 't', 'GET', '/repos/acme/backend/nothing');
  assert.equal(last().operation, null);
  assert.equal(last().violations.length, 1);
});

test('references with slashes find their operation', async () => {
  answer = json(404, { message: 'Not Found', documentation_url: 'https://docs.github.com/rest' });
  for (const [path, operation] of [
    ['/git/ref/heads/feature/a/b', 'git/get-ref'],
    ['/branches/feature/a', 'repos/get-branch'],
    ['/branches/feature/a/protection', 'repos/get-branch-protection'],
    ['/rules/branches/feature/a', 'repos/get-branch-rules'],
    ['/commits/heads/feature/a/status', 'repos/get-combined-status-for-ref'],
    ['/commits/heads/feature/a/check-runs', 'checks/list-for-ref'],
    ['/compare/main...feature/a', 'repos/compare-commits-with-basehead'],
  ]) {
    await call(watch.facts.url, 't', 'GET', `/repos/acme/backend${path}`);
    assert.deepEqual([last().operation, last().violations], [operation, []], path);
  }
});

test('bytes and headers arrive as they were sent', async () => {
  const body = Buffer.from('{ "sha" :\t"\\u0041",\n "merged":true}');
  answer = (incoming, outgoing) => {
    incoming.resume();
    outgoing.writeHead(201, 'Made', ['Content-Type', 'application/json', 'X-Odd', 'one', 'X-Odd', 'two', 'Link', '<u>; rel="next"']);
    outgoing.write(body.subarray(0, 5));
    outgoing.end(body.subarray(5));
  };
  const [seen] = await once(get(`${watch.facts.url}/meta?a=%2F&b`), 'response');
  const chunks = [];
  for await (const chunk of seen) chunks.push(chunk);
  assert.deepEqual(Buffer.concat(chunks), body);
  assert.equal(seen.statusMessage, 'Made');
  assert.equal(seen.headers.link, '<u>; rel="next"');
  assert.equal(seen.headers['x-odd'], 'one, two');
  assert.equal(last().path, '/meta?a=%2F&b');
});

test('a redirect is handed on, not followed', async () => {
  answer = (incoming, outgoing) => outgoing.writeHead(301, { location: '/repositories/1' }).end();
  const [seen] = await once(get(`${watch.facts.url}/repos/acme/backend`), 'response');
  seen.resume();
  assert.equal(seen.statusCode, 301);
});

test('a reset in the body arrives as a reset', async () => {
  let reset;
  answer = (incoming, outgoing) => {
    outgoing.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' });
    outgoing.write('{"half": true');
    reset = () => outgoing.socket.resetAndDestroy();
  };
  const [seen] = await once(get(`${watch.facts.url}/meta`), 'response');
  reset();
  await assert.rejects(async () => { for await (const chunk of seen) assert.ok(chunk); });
});

test('a hang after the request head is a hang, and ends with the client', async () => {
  let hung;
  const arrived = new Promise((resolve) => { answer = (incoming) => resolve(incoming); });
  const asking = request(`${watch.facts.url}/meta`);
  asking.on('error', () => {});
  asking.end();
  hung = await arrived;
  const gone = once(hung.socket, 'close');
  asking.destroy();
  await gone;
});

test('a closed upstream is a closed connection, and recorded without a status', async () => {
  answer = (incoming) => incoming.socket.destroy();
  await assert.rejects(call(watch.facts.url, 't', 'GET', '/meta'));
  assert.equal(last().status, null);
});

test('the record never holds a credential', () => {
  assert.ok(!readFileSync(watch.facts.record, 'utf8').includes('ghs_planted'));
});
