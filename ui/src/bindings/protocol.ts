// Written by crates/protocol/tests/typescript.rs from the wire types. Do not edit:
// WRITE_BINDINGS=1 cargo test -p bailiwick-protocol --features typescript

export type JsonValue = number | string | boolean | null | JsonValue[] | { [key: string]: JsonValue };

/**
 * What a client may branch on. Everything else is in the message.
 */
export type ErrorCode = "bad-request" | "too-large" | "not-found" | "bad-statement" | "not-the-successor" | "not-permitted" | "replayed" | "not-authorised" | "revoked" | "paused" | "uses-spent" | "denied" | "nobody-to-ask" | "denied-by-person" | "nobody-answered" | "approval-void" | "unknown-action" | "bad-argument" | "other-resource" | "no-evidence" | "wider-than-asked" | "destination-refused" | "moved" | "rate-limited" | "unreachable" | "no-answer" | "wrong-answer" | "expired" | "outcome-unknown" | "not-set-up" | "clock-behind" | "store" | "root-secret" | "restarted" | "already-running" | "other-version" | "no-broker" | "internal";

/**
 * An error as it crosses a boundary.
 */
export type ApiError = { 
/**
 * What to branch on.
 */
code: ErrorCode, 
/**
 * What happened and why, as a lower-case sentence.
 */
message: string, 
/**
 * What to do about it.
 */
hint: string, };

/**
 * How far an operation has come.
 */
export type Stage = "received" | "verified" | "evidence" | "decided" | "awaiting-approval" | "minting" | "acting" | "finished";

/**
 * A resource: what it is by id, and what it is called.
 */
export type ResourceView = { 
/**
 * `repository:1296269`.
 */
id: string, 
/**
 * `acme/backend`.
 */
name: string, };

/**
 * A policy that refused, in words.
 */
export type PolicyRefusal = { 
/**
 * The policy's id.
 */
policy: string, 
/**
 * Its title.
 */
title: string, 
/**
 * Why it exists.
 */
because: string, 
/**
 * What is missing here: `the check ci/test has not passed`.
 */
missing: Array<string>, 
/**
 * What would make it pass.
 */
remedy: string, };

/**
 * The life of one credential.
 */
export type CredentialView = { 
/**
 * `evidence` or `operation`.
 */
purpose: string, 
/**
 * `installation-token` or `app-jwt`.
 */
kind: string, 
/**
 * The scope that was asked for.
 */
scope: JsonValue, 
/**
 * When it was asked for, in seconds since 1970.
 */
requested: number, 
/**
 * When the destination says that it ends by itself, in seconds since 1970.
 */
expires: number | null, 
/**
 * `alive`, or how it ended: `revoked-proven`, `revoked`, `not-revocable`, `value-lost`, `not-minted`, `expired`.
 */
end: string, 
/**
 * From the answer that carried it to its end, in milliseconds.
 */
life_ms: number | null, };

/**
 * An operation.
 */
export type OperationView = { 
/**
 * The invocation's statement digest.
 */
id: string, 
/**
 * The action's id: `pulls/merge`.
 */
action: string, 
/**
 * The operation in words, written by the broker from the typed operation: `merge feat-123 into main of acme/backend`.
 */
sentence: string, 
/**
 * The connection's name.
 */
connection: string, 
/**
 * What it acts on.
 */
resource: ResourceView, 
/**
 * With which arguments.
 */
arguments: JsonValue, 
/**
 * The person at the root, once the chain was verified.
 */
person: string | null, 
/**
 * The labels along the chain; below the first they are claims of agents.
 */
path: Array<string>, 
/**
 * The key that asked.
 */
agent: string, 
/**
 * The chain's capabilities by digest, root first.
 */
chain: Array<string>, 
/**
 * How far it has come.
 */
stage: Stage, 
/**
 * How it ended: `succeeded`, `failed`, `denied`, `expired`, `halted`, `unknown`.
 */
outcome: string | null, 
/**
 * Why, unless it succeeded.
 */
reason: ApiError | null, 
/**
 * The policies that refused.
 */
refusals: Array<PolicyRefusal>, 
/**
 * What it waits for, while persons are asked.
 */
waiting: Waiting | null, 
/**
 * The facts that were decided on.
 */
facts: JsonValue | null, 
/**
 * What the destination answered.
 */
output: JsonValue | null, 
/**
 * Its credentials.
 */
credentials: Array<CredentialView>, 
/**
 * When it was received, in seconds since 1970.
 */
received: number, 
/**
 * From there to now or to the outcome, in milliseconds.
 */
elapsed_ms: number, 
/**
 * The receipt's statement digest.
 */
receipt: string | null, 
/**
 * Whether this answers an invocation that had been received before: nothing ran again.
 */
replayed: boolean, };

/**
 * The broker's state.
 */
export type Status = { 
/**
 * The broker's version.
 */
version: string, 
/**
 * The protocol's version.
 */
protocol: number, 
/**
 * The realm, once there is a genesis.
 */
realm: string | null, 
/**
 * The broker's public key, `ed25519:<base64>`.
 */
broker_key: string, 
/**
 * The broker's time in seconds since 1970.
 */
now: number, 
/**
 * `sidecar` or `installed`.
 */
mode: string, 
/**
 * Whether a real destination is connected while agents could reach its root secret.
 */
advisory: boolean, 
/**
 * The halt in force, by digest.
 */
halted: string | null, 
/**
 * The pauses in force.
 */
paused: Array<PauseView>, 
/**
 * How many entries the ledger has.
 */
entries: number, 
/**
 * The ledger's head.
 */
head: string, 
/**
 * The policy in force, by digest.
 */
policy: string | null, 
/**
 * The connections.
 */
connections: Array<ConnectionView>, 
/**
 * Whether the clock is behind what was recorded, which freezes minting.
 */
clock_behind: boolean, 
/**
 * The three numbers of the front page and what they rest on.
 */
numbers: Numbers, };

/**
 * Numbers that are measured, never written in.
 */
export type Numbers = { 
/**
 * Operations that ended.
 */
operations: number, 
/**
 * Of these, those attributed to a named person.
 */
attributed: number, 
/**
 * Credentials ever handed to an agent.
 */
held_by_agents: number, 
/**
 * Credentials that were minted.
 */
minted: number, 
/**
 * Of these, those known to be dead.
 */
dead: number, 
/**
 * Of these, those that live now or whose value was lost before they end.
 */
alive: number, 
/**
 * The median life of a credential in milliseconds.
 */
median_life_ms: number | null, 
/**
 * The longest life of a credential in milliseconds.
 */
longest_life_ms: number | null, };

/**
 * A connection.
 */
export type ConnectionView = { 
/**
 * Its name.
 */
name: string, 
/**
 * The statement in force, by digest.
 */
statement: string, 
/**
 * The API's base URL.
 */
api: string, 
/**
 * The App's number.
 */
app: number, 
/**
 * The installation's number.
 */
installation: number, 
/**
 * Whether the broker has the root secret.
 */
root_present: boolean, 
/**
 * The catalogue's version: `github-1`.
 */
catalogue: string, };

/**
 * What a connection may do at its destination now.
 */
export type ConnectionCheck = { 
/**
 * Who the App acts for: `acme`.
 */
account: string, 
/**
 * The App's name there.
 */
app: string, 
/**
 * The permissions that it has.
 */
permissions: { [key in string]: string }, 
/**
 * The repositories that it reaches.
 */
resources: Array<ResourceView>, 
/**
 * What the catalogue's actions need and it has not, in words.
 */
missing: Array<string>, 
/**
 * The destination's clock minus ours, in seconds.
 */
clock_skew_seconds: number, };

/**
 * A statement that took effect.
 */
export type Admitted = { 
/**
 * Its digest.
 */
digest: string, 
/**
 * Its place in the ledger; 0 while it waits for others.
 */
sequence: number, 
/**
 * For a revocation or a halt: what it stopped.
 */
stopped?: Stopped, 
/**
 * For a change that others must agree to first: how many more persons. It is proposed, not in force,
 * and stands in no ledger yet.
 */
waits_for?: number, };

/**
 * A target of a pause or a revocation.
 */
export type TargetView = { 
/**
 * `capability`, `agent`, `person`, `connection`, `standing`, `everything`.
 */
kind: string, 
/**
 * Its id; `all` for everything.
 */
id: string, };

/**
 * A pause in force.
 */
export type PauseView = { 
/**
 * Its statement digest, which a resume names.
 */
id: string, 
/**
 * What is held.
 */
target: TargetView, 
/**
 * Since when, in seconds since 1970.
 */
since: number, };

/**
 * What a revocation or halt stopped, or would stop.
 */
export type Stopped = { 
/**
 * Whether it is on disk. If not, it holds in memory until the broker ends: the disk refuses.
 */
durable: boolean, 
/**
 * From the request's arrival to the moment after which no request head is written, in microseconds.
 */
acknowledged_us: number, 
/**
 * Live capabilities under the target, the target included.
 */
capabilities: Array<string>, 
/**
 * Operations that were under way.
 */
operations: Array<StoppedOperation>, 
/**
 * Credentials that were alive.
 */
credentials: Array<StoppedCredential>, };

/**
 * An operation that was under way.
 */
export type StoppedOperation = { 
/**
 * Its id.
 */
id: string, 
/**
 * The operation in words.
 */
sentence: string, 
/**
 * How far it had come.
 */
stage: Stage, 
/**
 * Its outcome, if it was known when this was answered.
 */
outcome: string | null, 
/**
 * From the revocation's arrival to that outcome, in milliseconds.
 */
after_ms: number | null, };

/**
 * A credential that was alive.
 */
export type StoppedCredential = { 
/**
 * Whose.
 */
operation: string, 
/**
 * `evidence` or `operation`.
 */
purpose: string, 
/**
 * `dead` (proven), `dies-at` or `cannot-be-revoked`.
 */
became: string, 
/**
 * For `dies-at`: when, in seconds since 1970.
 */
dies_at: number | null, };

/**
 * A capability as people read it.
 */
export type CapabilityView = { 
/**
 * Its statement digest.
 */
id: string, 
/**
 * Its parent's.
 */
parent: string | null, 
/**
 * The person at the root.
 */
person: string, 
/**
 * The holder's key, `ed25519:<base64>`.
 */
holder: string, 
/**
 * The holder's key id.
 */
holder_id: string, 
/**
 * What its issuer calls the holder.
 */
label: string, 
/**
 * What it is for.
 */
purpose: string, 
/**
 * What may be asked.
 */
grants: Array<GrantView>, 
/**
 * From when, in seconds since 1970.
 */
not_before: number, 
/**
 * Until when, in seconds since 1970.
 */
expires: number, 
/**
 * How often in all.
 */
max_uses: number | null, 
/**
 * How often it was used.
 */
uses: number, 
/**
 * How many more links may follow.
 */
max_depth: number, 
/**
 * `active`, `not-yet`, `expired`, `revoked`.
 */
state: string, };

/**
 * An alarm of the ledger.
 */
export type AlarmView = { 
/**
 * Its ledger entry.
 */
sequence: number, 
/**
 * When, in seconds since 1970.
 */
time: number, 
/**
 * `refused`, `lapsed` or `counter`.
 */
code: string, 
/**
 * The statement that it is about.
 */
statement: string, 
/**
 * Whose key that statement names, if anybody's on the roster.
 */
person: string | null, 
/**
 * What was noticed, in a sentence.
 */
text: string, };

/**
 * A line of a capability.
 */
export type GrantView = { 
/**
 * The connection.
 */
connection: string, 
/**
 * The actions.
 */
actions: Array<string>, 
/**
 * The resources.
 */
resources: Array<ResourceView>, 
/**
 * What each argument may be, as in the statement.
 */
arguments: JsonValue, };

/**
 * An entry of the ledger with its statement.
 */
export type LedgerEntry = { 
/**
 * Its place, from 0.
 */
sequence: number, 
/**
 * The statement's kind.
 */
kind: string, 
/**
 * The statement digest.
 */
statement: string, 
/**
 * SHA-256 of the envelope.
 */
envelope_digest: string, 
/**
 * When it was admitted, in seconds since 1970.
 */
time: number, 
/**
 * The chained head after it.
 */
head: string, 
/**
 * The envelope's text, unless it was erased.
 */
envelope: string | null, };

/**
 * A page of the ledger.
 */
export type LedgerPage = { 
/**
 * How many entries the whole ledger has.
 */
size: number, 
/**
 * The entries, in order.
 */
entries: Array<LedgerEntry>, };

/**
 * Something that waits for persons.
 */
export type Pending = { 
/**
 * What an approval names: the statement digest of the request, or of the change or rule that is proposed.
 */
target: string, 
/**
 * `request`, or the kind of the statement that is proposed: `policy`, `roster`, `connection`, `standing`.
 */
kind: string, 
/**
 * The envelope of the target. A console draws the card from these bytes and checks the broker's signature.
 */
envelope: string, 
/**
 * For a request: the facts that it names by digest, in their one encoding.
 */
facts: string | null, 
/**
 * For a request: the operation's id.
 */
operation: string | null, 
/**
 * Who must agree.
 */
asks: Array<AskView>, 
/**
 * Who has answered.
 */
answers: Array<AnswerView>, 
/**
 * Since when it waits, in seconds since 1970.
 */
since: number, 
/**
 * Until when it can be answered, in seconds since 1970; it is denied then. Moves while it is held.
 */
expires: number, 
/**
 * Whether somebody holds it, so that its clock stands still.
 */
held: boolean, 
/**
 * Whether its diff can be read.
 */
has_diff: boolean, 
/**
 * What is new compared with what was approved before: `first deploy to production by this agent`.
 */
news: Array<string>, };

/**
 * One ask of a request.
 */
export type AskView = { 
/**
 * The policy's id; `change-quorum` for a change.
 */
policy: string, 
/**
 * Its title.
 */
title: string, 
/**
 * Why it exists.
 */
because: string, 
/**
 * How many persons.
 */
count: number, 
/**
 * In which role.
 */
role: string, 
/**
 * How their keys must at least be kept.
 */
assurance: string | null, 
/**
 * Persons whose approval does not count, because the operation is their own.
 */
excluded: Array<string>, 
/**
 * How many have approved so far.
 */
approved: number, };

/**
 * A person's answer.
 */
export type AnswerView = { 
/**
 * The approval's statement digest.
 */
digest: string, 
/**
 * Who.
 */
person: string, 
/**
 * How the key that signed is kept.
 */
assurance: string, 
/**
 * `approve` or `deny`.
 */
answer: string, 
/**
 * Why, in the person's words.
 */
reason: string | null, 
/**
 * When it was admitted, in seconds since 1970.
 */
time: number, };

/**
 * What an operation waits for, as its agent sees it.
 */
export type Waiting = { 
/**
 * The request's statement digest.
 */
request: string, 
/**
 * Four words that the approver sees too.
 */
code: Array<string>, 
/**
 * In words: `1 of approver`.
 */
needs: Array<string>, 
/**
 * Until when it can be answered, in seconds since 1970.
 */
expires: number, 
/**
 * Whether somebody holds it.
 */
held: boolean, };

/**
 * The change that a request is about, file by file.
 */
export type Diff = { 
/**
 * The commit that the change starts from.
 */
base: string, 
/**
 * The commit that would be merged.
 */
head: string, 
/**
 * The files, in the destination's order.
 */
files: Array<DiffFile>, 
/**
 * Whether every file is here with its whole patch.
 */
complete: boolean, };

/**
 * One file of a change.
 */
export type DiffFile = { 
/**
 * Its path.
 */
path: string, 
/**
 * The path that it had, where it was renamed.
 */
from: string | null, 
/**
 * `added`, `modified`, `removed`, `renamed`.
 */
status: string, 
/**
 * Whether policy protects it.
 */
protected: boolean, 
/**
 * Lines added.
 */
added: number, 
/**
 * Lines removed.
 */
removed: number, 
/**
 * The unified patch; absent for a binary file or one that the destination cut.
 */
patch: string | null, };

/**
 * A rule that persons made from answers.
 */
export type StandingView = { 
/**
 * Its statement digest.
 */
id: string, 
/**
 * In words: `ci-bot may do pulls/merge on acme/backend without asking, 10 times, until …`.
 */
sentence: string, 
/**
 * Within these bounds: what each argument may be, as in the statement; one that is not here must be absent.
 */
arguments: JsonValue, 
/**
 * The asks that it answers.
 */
asks: Array<string>, 
/**
 * Who signed it.
 */
persons: Array<string>, 
/**
 * How often it was used.
 */
uses: number, 
/**
 * How often it may be used.
 */
max_uses: number, 
/**
 * Until when, in seconds since 1970.
 */
expires: number, 
/**
 * `proposed`, `active`, `spent`, `expired`, `revoked`, `policy-changed`, or `void`: those who made it may not
 * any more.
 */
state: string, };

/**
 * What a proposed rule would have done on past operations.
 */
export type Backtest = { 
/**
 * Past requests that persons answered and whose asks the rule names.
 */
asked: number, 
/**
 * Of these approved, those that the rule would have let through.
 */
would_have_approved: number, 
/**
 * Of these denied, those that the rule would have let through.
 */
against_a_denial: number, };

/**
 * How asking goes for one policy or one agent, as measured.
 */
export type Fatigue = { 
/**
 * `policy` or `agent`.
 */
by: string, 
/**
 * The policy's id, or the agent's key id.
 */
id: string, 
/**
 * Its title, or the agent's label.
 */
name: string, 
/**
 * How often it was asked.
 */
asked: number, 
/**
 * How often that ended in an approval.
 */
approved: number, 
/**
 * How often in a denial by a person.
 */
denied: number, 
/**
 * How often nobody answered in time.
 */
timed_out: number, 
/**
 * The median time from asking to the last answer, in milliseconds.
 */
median_ms: number | null, 
/**
 * How often the evidence was opened before the answer.
 */
evidence_opened: number, 
/**
 * What is proposed, when almost everything is approved: `narrow it, or let a rule answer`.
 */
proposal: string | null, };

/**
 * A statement as it is shown before it is signed or answered.
 */
export type Shown = { 
/**
 * The statement's digest.
 */
digest: string, 
/**
 * Its kind: `capability`, `request`, `policy`, …
 */
kind: string, 
/**
 * What signing it does, in a sentence of ours.
 */
headline: string, 
/**
 * Four words that are the same wherever this statement is shown.
 */
code: Array<string>, 
/**
 * Everything that it says, field by field, in order.
 */
lines: Array<Line>, 
/**
 * What may not be what it looks like.
 */
flags: Array<Flag>, };

/**
 * One field of a statement.
 */
export type Line = { 
/**
 * Where: `grants[0].resources[0].name`.
 */
field: string, 
/**
 * What it says.
 */
value: string, };

/**
 * Something that may not be what it looks like.
 */
export type Flag = { 
/**
 * Where: a field.
 */
field: string, 
/**
 * Why: `mixes letters of several scripts that look alike`.
 */
why: string, };

/**
 * A request as an approver sees it.
 */
export type CardView = { 
/**
 * The request in full.
 */
shown: Shown, 
/**
 * The exact version that would be acted on: a commit, where there is one.
 */
version: string | null, 
/**
 * Who delegated to whom, the person first, the agent that asks last.
 */
crumbs: Array<Crumb>, 
/**
 * The process that holds the key, as observed.
 */
process: Array<Line>, 
/**
 * What the broker itself saw.
 */
evidence: Array<EvidenceLine>, 
/**
 * What can hurt: target, reversibility, the credential that would exist.
 */
risks: Array<EvidenceLine>, 
/**
 * Whether it can be taken back.
 */
reversible: boolean, 
/**
 * Why it is asked.
 */
asks: Array<AskView>, 
/**
 * The agent's own words, not checked; absent when it said nothing.
 */
says: string | null, 
/**
 * Why this must not be answered: the signature or the facts do not fit. Then nothing above holds.
 */
broken: string | null, };

/**
 * One link between a person and the agent that asks.
 */
export type Crumb = { 
/**
 * A person's name, or a label.
 */
name: string, 
/**
 * `person`, `signed` (a person gave it this label) or `claimed` (an agent did).
 */
standing: string, 
/**
 * What this link no longer has of what the one before had, in words.
 */
dropped: Array<string>, };

/**
 * One line of evidence.
 */
export type EvidenceLine = { 
/**
 * What: `required checks`.
 */
what: string, 
/**
 * How it stands.
 */
value: string, 
/**
 * `good`, `bad`, `plain`; `other` for a fact that stands as it was fetched, beside what is said in words.
 */
state: string, };

/**
 * One event.
 */
export type Event = { "event": "operation", 
/**
 * As it is now.
 */
operation: OperationView, } | { "event": "statement", 
/**
 * Its place.
 */
sequence: number, 
/**
 * Its kind.
 */
kind: string, 
/**
 * Its digest.
 */
digest: string, } | { "event": "pending", 
/**
 * As it is now.
 */
pending: Pending, } | { "event": "settled", 
/**
 * What was waited for.
 */
target: string, 
/**
 * `approved`, `denied`, `expired`, `void`, `halted`.
 */
how: string, } | { "event": "missed", 
/**
 * How many.
 */
count: number, };

/**
 * The texts of a policy.
 */
export type PolicyTexts = { 
/**
 * The guard set, in Cedar.
 */
guard: string, 
/**
 * The ask set, in Cedar.
 */
ask: string, 
/**
 * The schema, in Cedar.
 */
schema: string, 
/**
 * Calendars and protected paths, in JSON.
 */
data: string, };

/**
 * One rule of a policy, as people read it.
 */
export type RuleView = { 
/**
 * `guard` or `ask`.
 */
set: string, 
/**
 * Its id, unique over both sets.
 */
id: string, 
/**
 * Whether it permits; else it forbids, or asks.
 */
permits: boolean, 
/**
 * What holds, in one line.
 */
title: string, 
/**
 * Why; empty for a permit that does not say.
 */
because: string, 
/**
 * What would make it pass, with its places unfilled: `have {merge.pull} reviewed`.
 */
remedy: string, 
/**
 * For an ask: who must agree, `2 of approver`.
 */
approval: string | null, 
/**
 * For an ask: how their keys must at least be kept.
 */
assurance: string | null, 
/**
 * The line of its text on which it starts, from 1.
 */
line: number, 
/**
 * The rule in Cedar, as it was written.
 */
text: string, };

/**
 * What is wrong with a policy's texts, where.
 */
export type PolicyProblemView = { 
/**
 * `guard`, `ask`, `schema` or `data`.
 */
text: string, 
/**
 * The line, from 1.
 */
line: number, 
/**
 * The column, from 1, in characters.
 */
column: number, 
/**
 * What is wrong, as a lower-case sentence.
 */
message: string, 
/**
 * What to do about it.
 */
hint: string, };

/**
 * What a check of texts found.
 */
export type PolicyCheck = { 
/**
 * Why they would not load; empty when they would.
 */
problems: Array<PolicyProblemView>, 
/**
 * The rules, guard first, in the order of their text; empty when there are problems.
 */
rules: Array<RuleView>, };

/**
 * A policy statement of the ledger.
 */
export type PolicyVersion = { 
/**
 * Its statement digest.
 */
statement: string, 
/**
 * The one that it follows.
 */
previous: string | null, 
/**
 * Its place in the ledger.
 */
sequence: number, 
/**
 * When it was admitted, in seconds since 1970.
 */
time: number, 
/**
 * Who signed it, by name.
 */
person: string, 
/**
 * Whether it is the one in force.
 */
in_force: boolean, 
/**
 * The digests of its texts.
 */
guard: string, 
/**
 * Of the ask set.
 */
ask: string, 
/**
 * Of the schema.
 */
schema: string, 
/**
 * Of the data.
 */
data: string, };

/**
 * Which policy is meant.
 */
export type PolicySource = { "source": "in-force" } | { "source": "statement", 
/**
 * Its statement digest.
 */
statement: string, } | { "source": "texts", 
/**
 * Its texts.
 */
texts: PolicyTexts, };

/**
 * A question about an operation that somebody made up. What is left out is filled in.
 */
export type PolicyQuestion = { 
/**
 * The action's id: `pulls/merge`.
 */
action: string, 
/**
 * What it would do, as receipts write it: `moves_ref(refs/heads/main)`. Left out: as the catalogue says for
 * these arguments.
 */
effects?: Array<string>, 
/**
 * The connection's name.
 */
connection: string, 
/**
 * On what.
 */
resource: ResourceView, 
/**
 * With which arguments.
 */
arguments: JsonValue, 
/**
 * What the broker would have seen.
 */
facts?: JsonValue, 
/**
 * The key that asks, by id.
 */
agent?: string, 
/**
 * The labels along the chain; only the first is for policies.
 */
path: Array<string>, 
/**
 * The person at the root.
 */
person: string, 
/**
 * That person's roles.
 */
roles: Array<string>, 
/**
 * How that person's key is kept.
 */
assurance: string, 
/**
 * When, in seconds since 1970. Left out: now.
 */
now?: number, 
/**
 * When the capability ends. Left out: an hour later.
 */
expires?: number, };

/**
 * What is to be judged.
 */
export type PolicySubject = { "about": "operation", 
/**
 * Its id.
 */
id: string, } | { "about": "made-up", 
/**
 * The question.
 */
question: PolicyQuestion, };

/**
 * A request to judge something without doing it.
 */
export type PolicyTry = { 
/**
 * By which policy.
 */
policy: PolicySource, 
/**
 * What.
 */
subject: PolicySubject, };

/**
 * A rule that determined an answer.
 */
export type RuleName = { 
/**
 * Its id.
 */
id: string, 
/**
 * Its title.
 */
title: string, };

/**
 * Who would have to agree.
 */
export type ObligationView = { 
/**
 * How many persons.
 */
count: number, 
/**
 * In which role.
 */
role: string, 
/**
 * How their keys must at least be kept.
 */
assurance: string | null, };

/**
 * How a policy answers.
 */
export type PolicyAnswer = { 
/**
 * As receipts write it: `allow`, `deny`, or that people must agree.
 */
outcome: string, 
/**
 * The rules that determined it: permits that allowed, forbids that refused, or asks.
 */
determining: Array<RuleName>, 
/**
 * Every reason to refuse, in words.
 */
refusals: Array<PolicyRefusal>, 
/**
 * Who would have to agree.
 */
asks: Array<ObligationView>, 
/**
 * What could not be evaluated. Any of these denies.
 */
errors: Array<string>, 
/**
 * What was judged, with everything that was filled in.
 */
question: PolicyQuestion, 
/**
 * For an operation that was judged before: what its decision was then.
 */
then: PolicyThen | null, };

/**
 * What was decided when an operation ran.
 */
export type PolicyThen = { 
/**
 * The outcome.
 */
outcome: string, 
/**
 * The policy statement that decided.
 */
policy: string | null, 
/**
 * The ids of the rules that determined it.
 */
determining: Array<string>, };

/**
 * A request to compare two policies.
 */
export type PolicyDiffRequest = { 
/**
 * The earlier one.
 */
old: PolicySource, 
/**
 * The later one.
 */
new: PolicySource, };

/**
 * A rule on both sides of a difference; one side is missing where it was added or removed.
 */
export type RuleChange = { 
/**
 * As it was.
 */
old: RuleView | null, 
/**
 * As it becomes.
 */
new: RuleView | null, };

/**
 * How two policies differ.
 */
export type PolicyDiff = { 
/**
 * What matters most, in one sentence: what is softened comes first.
 */
headline: string, 
/**
 * Whether anything makes the guard weaker by its form: a forbid that left the guard or was rewritten, a permit that came.
 */
softens: boolean, 
/**
 * Forbids of the guard that only ask any more.
 */
guard_to_ask: Array<RuleChange>, 
/**
 * Asks that refuse now.
 */
ask_to_guard: Array<RuleChange>, 
/**
 * Rules that came.
 */
added: Array<RuleChange>, 
/**
 * Rules that went.
 */
removed: Array<RuleChange>, 
/**
 * Rules that say something else, where they decide or ask.
 */
changed: Array<RuleChange>, 
/**
 * Rules whose sentences for people are others, and nothing else.
 */
reworded: Array<RuleChange>, 
/**
 * Whether the schema is another.
 */
schema_changed: boolean, 
/**
 * Whether calendars, protected paths or zones are others.
 */
data_changed: boolean, 
/**
 * How past operations would end.
 */
backtest: PolicyBacktest, };

/**
 * How past operations would end under the later policy.
 */
export type PolicyBacktest = { 
/**
 * How many were judged by both: the newest that have a decision.
 */
judged: number, 
/**
 * Those that the two answer differently.
 */
different: Array<BacktestCase>, };

/**
 * A past operation that two policies answer differently.
 */
export type BacktestCase = { 
/**
 * The operation.
 */
operation: string, 
/**
 * In words.
 */
sentence: string, 
/**
 * What the earlier policy answers.
 */
old: string, 
/**
 * What the later one answers.
 */
new: string, };

/**
 * What a solver answered to one question about a policy.
 */
export type ProofView = { 
/**
 * What was to be shown, in words.
 */
claim: string, 
/**
 * Over which kinds of requests: `pulls/merge`.
 */
action: string, 
/**
 * `proved`, `refuted`, or `unknown` where the solver did not say.
 */
answer: string, 
/**
 * For `refuted`: a request that shows it, as JSON.
 */
example: JsonValue | null, };
