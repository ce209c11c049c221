/** Requests that wait, with their cards: shaped after what `bailiwick-card` draws from a request's bytes. */
import type { AskView, CardView, Crumb, EvidenceLine, Pending } from "../../bindings/protocol";
import { visible } from "../../lib/visible";
import type { PendingCard, RuleBasis } from "../approvals";
import { HOSTILE } from "./hostile";
import type { Random } from "./random";

const WORDS = ["ridge", "otter", "cabin", "lunar", "maple", "orbit", "velvet", "harbor", "cactus", "tunnel", "amber", "violin", "puzzle", "garden", "copper", "island"];
/** The four words of a digest. */
export const code = (digest: string): string[] => [7, 9, 11, 13].map((at) => WORDS[Number.parseInt(digest[at] ?? "0", 16)] ?? "ridge");

const ask = (policy: string, title: string, because: string, told: Partial<AskView> = {}): AskView => ({ policy, title, because, count: 1, role: "approver", assurance: null, excluded: [], approved: 0, ...told });
const line = (what: string, value: string, state = "plain"): EvidenceLine => ({ what, value, state });

const FORK = ask("ask-about-forks", "code from a fork needs an approver", "the branch of a fork is written by people whom this repository has not let in");
const PRODUCTION = ask("ask-about-production", "two people agree to production", "what reaches production reaches customers", { count: 2, assurance: "keychain" });
const QUORUM = ask("change-quorum", "2 persons agree to a change of policy", "nobody alone changes what everybody is held by", { count: 2, role: "steward" });

/** Who asks. */
export interface From {
  label: string;
  /** The id of its key. */
  key: string;
  /** The sub-agent, with what it no longer has. */
  below?: { label: string; dropped: string[] };
}

interface Made {
  headline: string;
  version: string | null;
  crumbs: Crumb[];
  evidence: EvidenceLine[];
  risks: EvidenceLine[];
  asks: AskView[];
  says: string | null;
  news: string[];
  rule: RuleBasis | null;
  hasDiff: boolean;
}

function put(random: Random, now: number, kind: string, made: Made, { agent, ...told }: Partial<Pending> & { agent?: string } = {}): PendingCard {
  const target = random.digest();
  const card: CardView = {
    shown: {
      digest: target,
      kind,
      headline: made.headline,
      code: code(target),
      lines: [
        { field: "realm", value: random.digest() },
        { field: "issuer", value: random.digest() },
        ...(agent ? [{ field: "agent", value: agent }] : []),
        ...made.risks.map((one) => ({ field: one.what, value: one.value })),
        ...made.asks.map((one, index) => ({ field: `asks[${index}]`, value: `${one.count} of ${one.role} (${one.policy})` })),
        { field: "facts", value: random.digest() },
        { field: "policy", value: random.digest() },
      ],
      flags: [],
    },
    version: made.version,
    crumbs: made.crumbs,
    process: kind === "request" ? [
      { field: "executable", value: "/usr/bin/node" },
      { field: "cwd", value: "/home/ada/work/backend" },
      { field: "ancestry", value: "node, claude, bash, tmux" },
      { field: "uid", value: "1000" },
      { field: "pid", value: "40417" },
    ] : [],
    evidence: made.evidence,
    risks: made.risks,
    reversible: kind !== "request",
    asks: made.asks,
    says: made.says,
    broken: null,
  };
  const pending: Pending = {
    target,
    kind,
    envelope: "{}",
    facts: "{}",
    operation: kind === "request" ? random.digest() : null,
    asks: made.asks,
    answers: [],
    since: now - 14,
    expires: now + 106,
    held: false,
    has_diff: made.hasDiff,
    news: made.news,
    ...told,
  };
  return { pending, card, rule: made.rule };
}

const crumbsOf = (from: From): Crumb[] => [
  { name: "ada", standing: "person", dropped: [] },
  { name: from.label, standing: "signed", dropped: [] },
  ...(from.below ? [{ name: from.below.label, standing: "claimed", dropped: from.below.dropped }] : []),
];

export function merge(random: Random, now: number, from: From, branch = "retry-with-backoff", told: Partial<Pending> = {}): PendingCard {
  const head = random.hex(40);
  const pull = random.whole(101, 940);
  return put(random, now, "request", {
    headline: `Merge ${branch} into main of acme/backend at ${head.slice(0, 7)}`,
    version: head,
    crumbs: crumbsOf(from),
    evidence: [
      line("checks", "all required passed: ci/lint, ci/test", "good"),
      line("reviews", "approved at this commit by grace", "good"),
      line("files", "7 changed: src/retry.rs, src/client.rs, web/status.ts, docs/retry.md, .github/workflows/ci.yml, assets/flow.png, src/backoff.rs"),
      line("author", "lin-contrib"),
      line("fork", "the branch is of a fork", "bad"),
      line("commits", `${head} (${branch}) onto ${random.hex(40)} (refs/heads/main)`),
      line("pull request", `#${pull}`),
      line("approvals", "1", "other"),
      line("commit strangers", "lin-contrib", "other"),
      line("required check apps", '{"app_id":20001,"name":"ci/lint"}, {"app_id":20001,"name":"ci/test"}', "other"),
    ],
    risks: [
      line("target", "acme/backend"),
      line("effect", "moves refs/heads/main"),
      line("effect", "makes code run, with the secrets of its surroundings"),
      line("credential, kind", "installation-token"),
      line("credential, permissions.contents", "write"),
      line("credential, repositories[0]", "48151623"),
    ],
    asks: [FORK],
    says: "summary: Retries now back off with jitter. All tests pass locally; the failing benchmark is unrelated.\ntests: 412 passed",
    news: ["first merge from a fork by this agent"],
    hasDiff: true,
    rule: {
      agent: from.label,
      action: "pulls/merge",
      resource: "acme/backend",
      connection: "github",
      arguments: [
        { name: "branch", kind: "ref", value: branch, any: { ref: "refs/heads/**" } },
        { name: "target", kind: "ref", value: "main", any: null },
      ],
    },
  }, { ...told, agent: from.key });
}

export function deploy(random: Random, now: number, from: From, told: Partial<Pending> = {}): PendingCard {
  const head = random.hex(40);
  return put(random, now, "request", {
    headline: `Deploy main of acme/backend to production at ${head.slice(0, 7)}`,
    version: head,
    crumbs: crumbsOf(from),
    evidence: [
      line("branch patterns", "main"),
      line("branch policy", "custom"),
      line("environment", "production"),
      line("environment exists", "yes"),
      line("prevents self review", "yes"),
      line("ref", "refs/heads/main"),
      line("required reviewers", "@acme/operations"),
      line("sha", head),
    ],
    risks: [
      line("target", "acme/backend"),
      line("effect", "deploys to production"),
      line("effect", "makes code run, with the secrets of its surroundings"),
      line("credential, kind", "installation-token"),
      line("credential, permissions.deployments", "write"),
      line("credential, repositories[0]", "48151623"),
    ],
    asks: [PRODUCTION],
    says: null,
    news: ["first deploy to production by this agent"],
    hasDiff: false,
    rule: null,
  }, { ...told, agent: from.key });
}

/** A request that comes out of this person's own delegation, where policy does not let them answer for it alone. */
export function own(random: Random, now: number, from: From): PendingCard {
  const one = merge(random, now, from, "fix-login", { since: now - 5, expires: now + 115 });
  const asks = one.pending.asks.map((each) => ({ ...each, policy: "ask-somebody-else", title: "somebody else agrees to what one's own agent does", because: "nobody answers for their own agent alone", excluded: ["ada"] }));
  return { ...one, pending: { ...one.pending, asks }, card: { ...one.card, asks } };
}

/** A deployment that policy lets only better kept keys agree to than this person's. */
export function better(random: Random, now: number, from: From): PendingCard {
  const one = deploy(random, now, from);
  const asks = one.pending.asks.map((each) => ({ ...each, assurance: "synced-passkey" as const }));
  return { ...one, pending: { ...one.pending, asks }, card: { ...one.card, asks } };
}

/** A change of the roster, of which there is nothing but the statement itself. */
export function roster(random: Random, now: number): PendingCard {
  const one = change(random, now);
  const asks = one.pending.asks.map((each) => ({ ...each, title: "2 persons agree to a change of the roster", because: "nobody alone says who may act" }));
  const headline = "Let these persons act from now on: ada, grace, linus, margaret; 2 must agree to changes";
  const lines = [{ field: "change_quorum", value: "2" }, { field: "persons[3].name", value: "margaret" }, { field: "persons[3].roles[0]", value: "approver" }, { field: "persons[3].keys[0].assurance", value: "device-bound" }];
  return { ...one, pending: { ...one.pending, asks, kind: "roster", has_diff: false }, card: { ...one.card, asks, shown: { ...one.card.shown, kind: "roster", headline, lines }, crumbs: [], evidence: [], risks: [] } };
}

/** A change of policy by another steward, which waits for a second one. */
export function change(random: Random, now: number): PendingCard {
  return put(random, now, "policy", {
    headline: "Put another policy in force, in place of 4be1c09d",
    version: null,
    crumbs: [{ name: "grace", standing: "person", dropped: [] }],
    evidence: [
      line("softened", "main-business-hours asks 1 of approver where it refused", "bad"),
      line("changed", "ask-about-forks"),
      line("past operations", "9 of 260 would end otherwise"),
    ],
    risks: [line("effect", "decides what every agent may do from then on")],
    asks: [{ ...QUORUM, approved: 1 }],
    says: null,
    news: [],
    hasDiff: true,
    rule: null,
  }, { operation: null, facts: null, expires: now + 86_000, since: now - 400, answers: [{ digest: random.digest(), person: "grace", assurance: "device-bound", answer: "approve", reason: null, time: now - 400 }] });
}

/** Every field that an agent or a destination writes, filled with something that deceives; escaped, as the shell does it. */
export function hostile(random: Random, now: number): PendingCard[] {
  const told = (text: string): string => visible(text.replaceAll("\\", "\\\\"));
  const made = Object.values(HOSTILE).map((name, index) => {
    const one = merge(random, now - index, { label: told(name), key: random.digest(), below: { label: told(name), dropped: [told(name)] } }, visible(name.slice(0, 400), true));
    one.pending.news = [told(name)];
    return {
      ...one,
      card: {
        ...one.card,
        process: [{ field: "executable", value: told(name) }, { field: "cwd", value: told(HOSTILE.long) }],
        evidence: [...one.card.evidence, line(told(name), told(name)), line("title", told(HOSTILE.long))],
        says: Object.values(HOSTILE).map((text) => `${told(name).slice(0, 40)}: ${told(text)}`).join("\n"),
        shown: { ...one.card.shown, flags: [{ field: "path[1]", why: "mixes letters of several scripts that look alike" }], lines: [...one.card.shown.lines, { field: "claims.note", value: told(name) }] },
      },
    };
  });
  const last = made.at(-1);
  if (last) last.card = { ...last.card, broken: "the facts beside it are not those that it names" };
  return made;
}
