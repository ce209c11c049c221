// What EMULATE.md says and the broker's tests lean on: if emulate changes, this says so first.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { after, before, test } from 'node:test';
import { appToken, call, peer, record } from './bench.mjs';

let emulate;
let facts;
let app;
const repository = '/repos/acme/backend';
const ask = (token, method, path, body) => call(facts.url, token, method, path, body);
const mint = async (permissions, repositories = [facts.repository_id]) => {
  const asked = { repository_ids: repositories, permissions };
  return ask(app, 'POST', `/app/installations/${facts.installation_id}/access_tokens`, asked);
};

before(async () => {
  emulate = await peer('emulate.mjs', '--complete');
  ({ facts } = emulate);
  app = appToken(facts);
});
after(async () => {
  assert.equal(await emulate.end(), 0);
  assert.equal(existsSync(dirname(facts.key_file)), false, 'the folder with the key goes with the peer');
});

test('a token is as narrow as it was asked for, and the oracle lists it', async () => {
  const { status, body } = await mint({ contents: 'read', checks: 'read' });
  assert.equal(status, 201);
  assert.deepEqual(body.permissions, { contents: 'read', checks: 'read' });
  assert.deepEqual(body.repositories.map(({ id }) => id), [facts.repository_id]);
  assert.equal((await ask(body.token, 'GET', '/repos/acme/other')).status, 403);
  const listed = (await call(facts.direct_url, app, 'GET', '/_emulate/installation-tokens')).body.installation_tokens;
  assert.deepEqual(listed.at(-1).permissions, { contents: 'read', checks: 'read' });
  assert.deepEqual(listed.at(-1).repository_ids, [facts.repository_id]);
});

test('a token wider than the installation is refused', async () => {
  assert.equal((await mint({ members: 'read' })).status, 422);
  assert.equal((await mint({ contents: 'read' }, [999])).status, 422);
});

test('an ended token is dead', async () => {
  const { token } = (await mint({ metadata: 'read' })).body;
  assert.equal((await ask(token, 'GET', repository)).status, 200);
  assert.equal((await ask(token, 'DELETE', '/installation/token')).status, 204);
  assert.equal((await ask(token, 'GET', repository)).status, 401);
});

test('a token that nobody minted reaches nothing', async () => {
  assert.equal((await ask('ghs_nobody', 'GET', repository)).status, 403);
});

test('the evidence of the story is there', async () => {
  const { token } = (await mint({
    contents: 'read', pull_requests: 'read', checks: 'read', administration: 'read', statuses: 'read', metadata: 'read',
  })).body;
  const seen = async (path) => (await ask(token, 'GET', repository + path)).body;
  const [pull, ...others] = await seen('/pulls?head=acme:feat-123&base=main&state=open');
  assert.deepEqual([pull.number, pull.head.sha, others], [facts.pull, facts.head_sha, []]);
  const [review] = await seen(`/pulls/${facts.pull}/reviews`);
  assert.deepEqual([review.state, review.commit_id, review.user.login], ['APPROVED', facts.head_sha, 'hubot']);
  const { check_runs: [run] } = await seen(`/commits/${facts.head_sha}/check-runs`);
  assert.deepEqual([run.name, run.conclusion, run.app], ['tests', 'success', null]);
  assert.deepEqual((await seen('/branches/main/protection')).required_status_checks.contexts, ['tests']);
  const { files } = await seen(`/compare/${facts.base_sha}...${facts.head_sha}`);
  assert.deepEqual(files.map(({ filename }) => filename), ['src/answer.txt']);
  assert.deepEqual(await seen('/rules/branches/main'), []);
  assert.deepEqual((await seen(`/commits/${facts.head_sha}/status`)).statuses, []);
});

test('a merge wants the evaluated commit and a token that may write', async () => {
  const merge = (token, sha) => ask(token, 'PUT', `${repository}/pulls/${facts.pull}/merge`, { sha });
  const reader = (await mint({ contents: 'read' })).body.token;
  assert.equal((await merge(reader, facts.head_sha)).status, 403);
  const writer = (await mint({ contents: 'write' })).body.token;
  assert.equal((await merge(writer, 'b'.repeat(40))).status, 422);
  const { status, body } = await merge(writer, facts.head_sha);
  assert.deepEqual([status, body.merged], [200, true]);
  const tip = await ask(writer, 'GET', `${repository}/git/ref/heads/main`);
  assert.equal(tip.body.object.sha, body.sha);
});

test('every request above was one that GitHub describes', () => {
  const wrong = record(facts.record).filter(({ violations }) => violations.some(({ location }) => location[0] === 'request'));
  assert.deepEqual(wrong, []);
});
