// Prism's mock answers with GitHub's own error bodies.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { peer } from './bench.mjs';

let mock;
before(async () => { mock = await peer('mock.mjs'); });
after(async () => assert.equal(await mock.end(), 0));

test('a refused merge reads as GitHub writes it', async () => {
  const answer = await fetch(`${mock.facts.url}/repos/acme/backend/pulls/1/merge`, {
    method: 'PUT', headers: { 'content-type': 'application/json', prefer: 'code=409' }, body: '{}',
  });
  assert.equal(answer.status, 409);
  assert.match((await answer.json()).message, /Head branch was modified/);
});

test('a request against the description is refused', async () => {
  const answer = await fetch(`${mock.facts.url}/repos/acme/backend/pulls/1/merge`, {
    method: 'PUT', headers: { 'content-type': 'application/json' }, body: '{"sha": 1}',
  });
  assert.equal(answer.status, 422);
});
