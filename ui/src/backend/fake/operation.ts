/** Operations as a broker would tell them: shaped after what the real one printed on the practice range. */
import type { CredentialView, JsonValue, OperationView, PolicyRefusal } from "../../bindings/protocol";
import type { ReceiptRow } from "../backend";
import type { Random } from "./random";

/** What happens to one. */
export type Fate = "merged" | "commented" | "deployed" | "opened" | "failing-check" | "no-review" | "protected-path" | "unreachable" | "unknown";

/** Who asks, with what. */
export interface Asker {
  person: string;
  path: string[];
  agent: string;
  chain: string[];
  connection: string;
  resource: { id: string; name: string };
}

const REFUSALS: Record<string, (head: string) => PolicyRefusal> = {
  "failing-check": (head) => ({
    policy: "main-checks-pass",
    title: "all required checks pass",
    because: "what fails its checks breaks main for everybody",
    missing: [`the check \`ci/test\` has not succeeded on \`${head}\``],
    remedy: `make these checks succeed on \`${head}\`: \`ci/test\``,
  }),
  "no-review": (head) => ({
    policy: "main-is-reviewed",
    title: "somebody else approves the commit",
    because: "a person other than the author answers for what goes into main",
    missing: [`nobody but its authors has approved \`${head}\``],
    remedy: `ask a person who wrote none of it to approve pull request 128 at \`${head}\``,
  }),
  "protected-path": () => ({
    policy: "main-protected-paths",
    title: "agents change no protected file",
    because: "a protected file decides what runs with the repository's secrets, or who must review",
    missing: ["`.github/workflows/ci.yml` is protected"],
    remedy: "leave these files out of the change, or have a person merge it: `.github/workflows/ci.yml`",
  }),
};

const BRANCHES = ["cache-invalidation", "retry-with-backoff", "faster-start", "smaller-images", "feat-123", "fix-login", "docs-typo", "bump-tokio"];

const READS: JsonValue = { checks: "read", contents: "read", metadata: "read", pull_requests: "read", statuses: "read" };

export function credential(purpose: string, permissions: JsonValue, requested: number, life: number | null): CredentialView {
  return {
    purpose,
    kind: "installation-token",
    scope: { permissions, repositories: [48151623] },
    requested,
    expires: requested + 3_600,
    end: life === null ? "alive" : "revoked-proven",
    life_ms: life,
  };
}

/** A finished operation with this fate. */
export function finished(random: Random, asker: Asker, fate: Fate, received: number, number: number): OperationView {
  const branch = `${random.pick(BRANCHES)}-${number}`;
  const head = random.hex(40);
  const repository = asker.resource.name;
  const base: OperationView = {
    id: random.digest(),
    action: "pulls/merge",
    sentence: `merge ${branch} into main of ${repository}`,
    connection: asker.connection,
    resource: asker.resource,
    arguments: { branch, target: "main" },
    person: asker.person,
    path: asker.path,
    agent: asker.agent,
    chain: asker.chain,
    stage: "finished",
    outcome: "succeeded",
    reason: null,
    refusals: [],
    waiting: null,
    facts: {
      approving_reviewers: fate === "no-review" ? [] : ["grace"],
      author: { id: 1000001, login: "ada", type: "User" },
      changed_paths: [fate === "protected-path" ? ".github/workflows/ci.yml" : `changes/${branch}.md`],
      changes_requested_by: [],
      checks: [
        { app: "acme-ci", conclusion: "success", kind: "check-run", name: "ci/lint" },
        { app: "acme-ci", conclusion: fate === "failing-check" ? "failure" : "success", kind: "check-run", name: "ci/test" },
      ],
      checks_missing: fate === "failing-check" ? ["ci/test"] : [],
      draft: false,
      head,
      mergeable: true,
      pull: 100 + (number % 900),
      required_checks: ["ci/lint", "ci/test"],
      target: "refs/heads/main",
    },
    output: { head, merge_commit: random.hex(40), pull: 100 + (number % 900), verified: true },
    credentials: [
      credential("evidence", READS, received, random.whole(40, 420)),
      credential("operation", { contents: "write" }, received, random.whole(90, 1_900)),
    ],
    received,
    elapsed_ms: random.whole(300, 2_600),
    receipt: random.digest(),
    replayed: false,
  };
  switch (fate) {
    case "merged":
      return base;
    case "commented":
      return {
        ...base,
        action: "issues/create-comment",
        sentence: `comment on #${100 + (number % 900)} of ${repository}`,
        arguments: { issue: 100 + (number % 900), body: "Benchmarks attached; the cold path is 18 % faster." },
        facts: { issue: 100 + (number % 900), is_pull: true, locked: false, state: "open" },
        output: { comment: 3_100_000_000 + number },
        credentials: [credential("operation", { issues: "write" }, received, random.whole(60, 300))],
      };
    case "deployed":
      return {
        ...base,
        action: "repos/create-deployment",
        sentence: `deploy main of ${repository} to staging`,
        arguments: { environment: "staging", ref: "main" },
        facts: { environment: "staging", ref: "main", sha: head },
        output: { deployment: 3_100_000_000 + number, environment: "staging", sha: head, status: "queued" },
        credentials: [
          credential("evidence", { contents: "read", metadata: "read" }, received, random.whole(30, 160)),
          credential("operation", { deployments: "write" }, received, random.whole(60, 300)),
        ],
      };
    case "opened":
      return {
        ...base,
        action: "pulls/create",
        sentence: `open a pull request from ${branch} into main of ${repository}`,
        arguments: { branch, target: "main", title: "Invalidate the cache when a key rotates" },
        output: { pull: 100 + (number % 900) },
        credentials: [credential("operation", { contents: "read", pull_requests: "write" }, received, random.whole(80, 420))],
      };
    case "unreachable":
      return {
        ...base,
        outcome: "failed",
        reason: {
          code: "unreachable",
          message: "`https://api.github.com` cannot be reached: connection refused",
          hint: "nothing was sent; ask again when the network is back",
        },
        facts: null,
        output: null,
        credentials: [],
      };
    case "unknown":
      return {
        ...base,
        outcome: "unknown",
        reason: {
          code: "outcome-unknown",
          message: "the request was sent, and the destination hung up before it answered",
          hint: "Bailiwick looks it up and records a finding; do not ask again before that",
        },
        output: null,
      };
    default: {
      const refusal = REFUSALS[fate]?.(head);
      return {
        ...base,
        outcome: "denied",
        reason: { code: "denied", message: `refused by policy: ${refusal?.title}`, hint: refusal?.remedy ?? "" },
        refusals: refusal ? [refusal] : [],
        output: null,
        credentials: base.credentials.slice(0, 1),
      };
    }
  }
}

/** The row of a finished operation. */
export function row(operation: OperationView): ReceiptRow {
  return {
    operation: operation.id,
    receipt: operation.receipt ?? "",
    sentence: operation.sentence,
    action: operation.action,
    connection: operation.connection,
    resource: operation.resource.name,
    person: operation.person,
    path: operation.path,
    outcome: operation.outcome ?? "unknown",
    why: operation.refusals[0]?.missing[0] ?? operation.refusals[0]?.title ?? operation.reason?.message ?? null,
    received: operation.received,
    elapsed_ms: operation.elapsed_ms,
  };
}
