// The routes that emulate lacks and a merge cannot do without, answered in its place.
//
// No statuses, no rulesets, and a token that can be ended: after `DELETE /installation/token` the token
// gets 401 here, whatever emulate would say. Everything else is emulate's own word.

const ROUTES = [
  [/^GET \/repos\/[^/]+\/[^/]+\/rules\/branches\/[^/]+$/, () => []],
  [/^GET \/repos\/[^/]+\/[^/]+\/commits\/[^/]+\/statuses$/, () => []],
];
const COMBINED = /^GET (\/repos\/([^/]+)\/([^/]+))\/commits\/([0-9a-f]{40})\/status$/;
const PROTECTED = { message: 'Bad credentials', documentation_url: 'https://docs.github.com/rest', status: '401' };

/** Makes the filler for one emulate; it remembers the ended tokens. */
export function gaps(upstream) {
  const ended = new Set();
  return ({ method, path, authorization }) => {
    const asked = `${method} ${path.split('?')[0]}`;
    if (authorization && ended.has(authorization)) return { status: 401, body: PROTECTED };
    if (asked === 'DELETE /installation/token') {
      if (!/ ghs_/.test(authorization ?? '')) return { status: 401, body: PROTECTED };
      ended.add(authorization);
      return { status: 204 };
    }
    for (const [pattern, answer] of ROUTES) {
      if (pattern.test(asked)) return { status: 200, body: answer() };
    }
    const combined = COMBINED.exec(asked);
    if (combined) return { status: 200, body: combinedStatus(upstream, combined) };
    return undefined;
  };
}

/** GitHub's answer for a commit that nobody set a status on: `pending`, with none listed. */
function combinedStatus(upstream, [, repository, owner, name, sha]) {
  return {
    state: 'pending', statuses: [], sha, total_count: 0,
    repository: { name, full_name: `${owner}/${name}`, private: true, url: upstream + repository },
    commit_url: `${upstream}${repository}/commits/${sha}`, url: `${upstream}${repository}/commits/${sha}/status`,
  };
}
