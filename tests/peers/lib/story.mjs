// Puts into emulate what the story of a merge needs, through its REST API alone.
//
// `acme/backend` gets a protected `main`, the branch `feat-123` one commit ahead, one open pull
// request by the author, an approving review of its head by somebody else, and the passing check
// `tests`. A test that wants a refusal changes one of these with the same two tokens.

/** One request as a person; throws with the whole answer unless it succeeded. */
export async function ask(url, token, method, path, body) {
  const answer = await fetch(url + path, {
    method,
    headers: { authorization: `Bearer ${token}`, accept: 'application/vnd.github+json' },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${text}`);
  return text ? JSON.parse(text) : null;
}

/** Seeds the story and says which numbers and commits it made. */
export async function tellTheStory(url, tokens, { bare }) {
  const as = (token, method, path, body) => ask(url, token, method, `/repos/acme/backend${path}`, body);
  const repository = await as(tokens.author, 'GET', '');
  const other = await ask(url, tokens.author, 'GET', '/repos/acme/other');
  const facts = { repository_id: repository.id, other_repository_id: other.id };
  if (bare) return facts;

  const base = (await as(tokens.author, 'GET', '/git/ref/heads/main')).object.sha;
  await as(tokens.author, 'POST', '/git/refs', { ref: 'refs/heads/feat-123', sha: base });
  await as(tokens.author, 'PUT', '/contents/src/answer.txt', {
    message: 'Answer the question', branch: 'feat-123', content: Buffer.from('42\n').toString('base64'),
  });
  const pull = await as(tokens.author, 'POST', '/pulls', {
    title: 'Answer the question', head: 'feat-123', base: 'main', body: 'It is 42.',
  });
  const head = pull.head.sha;
  await as(tokens.reviewer, 'POST', `/pulls/${pull.number}/reviews`, {
    commit_id: head, event: 'APPROVE', body: 'Yes.',
  });
  await as(tokens.author, 'POST', '/check-runs', {
    name: 'tests', head_sha: head, status: 'completed', conclusion: 'success', app_id: 777,
  });
  await as(tokens.author, 'PUT', '/branches/main/protection', {
    required_status_checks: { strict: false, contexts: ['tests'] },
    enforce_admins: true,
    required_pull_request_reviews: { required_approving_review_count: 1 },
    restrictions: null,
  });
  return { ...facts, pull: pull.number, branch: 'feat-123', target: 'main', base_sha: base, head_sha: head };
}
