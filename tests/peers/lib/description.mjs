// GitHub's own OpenAPI description, cut down to the operations of operations.txt.
//
// The whole has 811 paths and takes Prism 3 s to load; the part has what it needs and every
// component that this part refers to, unchanged but for one addition: an answer that GitHub documents
// once for all routes (401, 403, 404, 429 and the 5xx) is held against its `basic-error` where the
// operation does not describe it itself.

import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HERE } from './peer.mjs';

const WHOLE = join(HERE, 'node_modules/@octokit/openapi/generated/api.github.com.json');
const VERSION = join(HERE, 'node_modules/@octokit/openapi/package.json');
const CACHE = join(HERE, 'node_modules/.cache/bailiwick');
const METHODS = ['get', 'put', 'post', 'patch', 'delete'];
const EVERYWHERE = ['401', '403', '404', '429', '500', '502', '503'];

/** The operation ids of operations.txt. */
export function operations() {
  return readFileSync(join(HERE, 'operations.txt'), 'utf8')
    .split('\n').map((line) => line.trim()).filter((line) => line && !line.startsWith('#'));
}

/** The pruned description, from the cache when neither the list nor the package has changed. */
export function description() {
  const wanted = operations();
  const key = createHash('sha256')
    .update(JSON.stringify([JSON.parse(readFileSync(VERSION, 'utf8')).version, wanted, EVERYWHERE]))
    .update(readFileSync(new URL(import.meta.url)))
    .digest('hex').slice(0, 16);
  const file = join(CACHE, `github-${key}.json`);
  try {
    return { file, document: JSON.parse(readFileSync(file, 'utf8')) };
  } catch {
    // Not there yet.
  }
  const document = prune(JSON.parse(readFileSync(WHOLE, 'utf8')), wanted);
  try {
    mkdirSync(CACHE, { recursive: true });
    writeFileSync(`${file}.${process.pid}`, JSON.stringify(document));
    renameSync(`${file}.${process.pid}`, file);
  } catch {
    // The folder belongs to somebody else: it is made anew each time.
  }
  return { file, document };
}

function prune(whole, wanted) {
  const missing = new Set(wanted);
  const paths = {};
  for (const [path, item] of Object.entries(whole.paths)) {
    for (const method of METHODS) {
      const operation = item[method];
      if (!operation || !missing.delete(operation.operationId)) continue;
      paths[path] ??= item.parameters ? { parameters: item.parameters } : {};
      paths[path][method] = answering(operation);
    }
  }
  if (missing.size) throw new Error(`GitHub's description has no operation \`${[...missing].join('`, `')}\``);

  const components = {};
  const follow = (value) => {
    if (Array.isArray(value)) return value.forEach(follow);
    if (!value || typeof value !== 'object') return undefined;
    const reference = value.$ref;
    if (typeof reference === 'string' && reference.startsWith('#/components/')) {
      const [kind, name] = reference.slice('#/components/'.length).split('/').map(unescape);
      components[kind] ??= {};
      if (!(name in components[kind])) {
        components[kind][name] = whole.components[kind][name];
        follow(components[kind][name]);
      }
    }
    return Object.values(value).forEach(follow);
  };
  follow(paths);
  const { openapi, info } = whole;
  return { openapi, info, paths, components };
}

function answering(operation) {
  const responses = { ...operation.responses };
  for (const status of EVERYWHERE) {
    responses[status] ??= {
      description: 'documented once for all of the REST API',
      content: { 'application/json': { schema: { $ref: '#/components/schemas/basic-error' } } },
    };
  }
  return { ...operation, responses };
}

function unescape(part) {
  return part.replaceAll('~1', '/').replaceAll('~0', '~');
}
