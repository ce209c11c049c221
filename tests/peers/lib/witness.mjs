// A proxy that passes every byte on as it came and writes down what Prism says of both directions.
//
// Prism's own `proxy` command parses and re-serialises bodies, follows redirects and cuts its report at
// 8 kB; this one uses Prism's router and validators and does the forwarding itself, so that a hang, a
// reset or an odd header arrives at the client as the upstream made it.
//
// Each exchange becomes one line of JSON in the record, written before the client gets the end of the
// answer: who has its answer can read the record.
//   {seq, arrived_ms, finished_ms, method, path, operation, status, authorization, violations: [...]}
// `arrived_ms` is when the request's head was read (milliseconds since 1970, with fractions), `status`
// is null when the upstream gave none, `authorization` is {scheme, sha256 of the credential}, never the
// credential.

import { createHash } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { createServer, request as send } from 'node:http';
import { createRequire } from 'node:module';
import { description } from './description.mjs';

const require = createRequire(import.meta.url);
const { getHttpOperationsFromSpec } = require('@stoplight/prism-http');
const { default: route } = require('@stoplight/prism-http/dist/router/index.js');
const { validateInput, validateOutput } = require('@stoplight/prism-http/dist/validator/index.js');
const SEVERITIES = ['error', 'warning', 'information', 'hint'];

/** Reads the description once; the answer judges exchanges. */
export async function judge() {
  const { document } = description();
  const resources = await getHttpOperationsFromSpec(document);
  const long = longSegments(document);
  return (exchange) => violationsOf(resources, long, exchange);
}

/**
 * The routes whose parameter may hold slashes (`x-multi-segment` in the description), as patterns:
 * Prism's router knows one segment only, so the slashes are encoded before it looks.
 */
function longSegments({ paths, components }) {
  const named = (parameter) => components.parameters[parameter.$ref?.split('/').pop()] ?? parameter;
  const found = [];
  for (const [path, item] of Object.entries(paths)) {
    for (const [method, operation] of Object.entries(item)) {
      const long = (operation.parameters ?? []).map(named).find((one) => one['x-multi-segment']);
      if (!long || !path.includes(`{${long.name}}`)) continue;
      const [before, after] = path.split(`{${long.name}}`).map((part) => part.replace(/\{[^}]+\}/g, '[^/]+'));
      // A longer tail is the more particular route: `commits/{ref}/status` before `commits/{ref}`.
      found.push({ method, pattern: new RegExp(`^(${before})(.+)(${after})$`), weight: after.length });
    }
  }
  return found.sort((one, other) => other.weight - one.weight);
}

/**
 * Starts the proxy on a loopback port. `fill` may answer a request instead of the upstream: it gets
 * {method, path, authorization} and gives {status, body} or nothing.
 */
export async function witness({ upstream, port, record, judging, fill = () => undefined }) {
  const target = new URL(upstream);
  let sequence = 0;
  const server = createServer(async (incoming, outgoing) => {
    const seq = (sequence += 1);
    const arrived = now();
    const body = await collect(incoming).catch(() => null);
    if (body === null) return;
    const seen = (status, headers, answer) => {
      const exchange = {
        method: incoming.method, path: incoming.url, headers: incoming.headers, body,
        status, answerHeaders: headers, answer,
      };
      appendFileSync(record, `${JSON.stringify({
        seq, arrived_ms: arrived, finished_ms: now(), method: incoming.method, path: incoming.url,
        ...judging(exchange), status, authorization: credential(incoming.headers.authorization),
      })}\n`);
    };
    const filled = fill({ method: incoming.method, path: incoming.url, authorization: incoming.headers.authorization });
    if (filled) {
      const text = filled.body === undefined ? '' : JSON.stringify(filled.body);
      const headers = text ? { 'content-type': 'application/json; charset=utf-8' } : {};
      seen(filled.status, headers, Buffer.from(text));
      outgoing.writeHead(filled.status, headers).end(text);
      return;
    }
    forward({ target, incoming, outgoing, body, seen });
  });
  server.keepAliveTimeout = 60_000;
  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return { server, url: `http://127.0.0.1:${server.address().port}` };
}

function forward({ target, incoming, outgoing, body, seen }) {
  const onward = send({
    host: target.hostname, port: target.port, method: incoming.method,
    path: target.pathname.replace(/\/$/, '') + incoming.url, headers: incoming.headers,
  });
  // Once the client gives up, nobody waits for the upstream any more.
  outgoing.once('close', () => onward.destroy());
  onward.once('error', () => {
    if (!outgoing.writableFinished && !outgoing.destroyed) {
      seen(null, {}, Buffer.alloc(0));
      outgoing.destroy();
    }
  });
  onward.once('response', (answer) => {
    const chunks = [];
    outgoing.writeHead(answer.statusCode, answer.statusMessage, answer.rawHeaders);
    outgoing.flushHeaders();
    // The last piece waits until the record is written.
    let held;
    answer.on('data', (chunk) => {
      chunks.push(chunk);
      if (held) outgoing.write(held);
      held = chunk;
    });
    answer.once('end', () => {
      seen(answer.statusCode, answer.headers, Buffer.concat(chunks));
      outgoing.end(held);
    });
    answer.once('aborted', () => {
      if (held) outgoing.write(held, () => outgoing.destroy());
      else outgoing.destroy();
    });
  });
  onward.end(body);
}

function violationsOf(resources, long, exchange) {
  const { pathname: asked, searchParams } = new URL(exchange.path, 'http://upstream.invalid');
  const method = exchange.method.toLowerCase();
  const many = long.find((one) => one.method === method && one.pattern.test(asked));
  const pathname = many
    ? asked.replace(many.pattern, (_, before, value, after) => before + value.replaceAll('/', '%2F') + after)
    : asked;
  const query = {};
  for (const name of searchParams.keys()) {
    const values = searchParams.getAll(name);
    query[name] = values.length === 1 ? values[0] : values;
  }
  const input = {
    method, url: { path: pathname, query }, headers: exchange.headers,
    body: parsed(exchange.body, exchange.headers),
  };
  const found = route({ resources, input });
  if (found._tag === 'Left') {
    const message = found.left.detail ?? found.left.message;
    return { operation: null, violations: [{ location: ['request', 'path'], severity: 'error', message }] };
  }
  const resource = found.right;
  const violations = told('request', validateInput({ resource, element: input }));
  if (exchange.status !== null) {
    const element = {
      statusCode: exchange.status, headers: exchange.answerHeaders,
      body: parsed(exchange.answer, exchange.answerHeaders),
    };
    violations.push(...told('response', validateOutput({ resource, element })));
  }
  return { operation: resource.iid ?? resource.id, violations };
}

function told(side, verdict) {
  if (verdict._tag !== 'Left') return [];
  return verdict.left.map(({ path = [], severity, code, message }) => (
    { location: [side, ...path.map(String)], severity: SEVERITIES[severity] ?? 'error', code, message }
  ));
}

function parsed(body, headers) {
  if (body.length === 0) return undefined;
  const text = body.toString('utf8');
  if (!/json/.test(headers['content-type'] ?? '')) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function credential(header) {
  if (!header) return null;
  const [scheme, ...rest] = header.split(' ');
  return { scheme, sha256: createHash('sha256').update(rest.join(' ')).digest('hex') };
}

async function collect(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function now() {
  return performance.timeOrigin + performance.now();
}
