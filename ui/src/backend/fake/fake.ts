/**
 * A broker that lives in the page, for browser tests and for trying the screens without a shell.
 *
 * It keeps the product's promises in small (a revoked chain refuses, a pause holds, what is signed is asked
 * for first) so that a story over it means something, but it verifies nothing: no shipped page contains it.
 */
import type { CapabilityView, ConnectionCheck, OperationView, Stage, Status, Stopped, TargetView } from "../../bindings/protocol";
import type {
  AgentView,
  Backend,
  BackendEvent,
  Delegated,
  Draft,
  Failure,
  KeyPlace,
  Offer,
  PracticeView,
  Profile,
  ReceiptView,
  Setting,
  Verified,
  VerifyProgress,
} from "../backend";
import { type Around, FakeApprovals } from "./approvals";
import { CATALOGUE } from "./catalogue";
import { confirmation } from "./confirmation";
import { HOSTILE } from "./hostile";
import { type Asker, type Fate, credential, finished, row } from "./operation";
import { FakePeople } from "./people";
import { FakePolicies } from "./policies";
import { Random } from "./random";
import type { Scenario } from "./scenario";
import { EMPTY, REPOSITORIES, type World, agent, asker, connection, world } from "./world";

const seconds = (): number => Math.floor(Date.now() / 1_000);
const wait = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

const AWAY: Failure = {
  code: "no-broker",
  message: "nobody listens on `/run/user/1000/bailiwick/console/socket`",
  hint: "start the broker; what it has recorded is safe",
};
const DISK: Failure = {
  code: "store",
  message: "the store refuses: `database disk image is malformed`",
  hint: "stop the broker, keep the data folder as it is, and run `bailiwick doctor`",
};

/** What the shell can offer beyond what always is. */
const OFFERS: Offer[] = ["approvals", "policy", "people", "session"];

export class Fake implements Backend {
  readonly approvals: FakeApprovals;
  readonly people: FakePeople;
  #policies: FakePolicies;
  #world: World;
  #scenario: Scenario;
  #random = new Random(7);
  #handlers = new Set<(event: BackendEvent) => void>();
  #away = false;
  #cancel: (() => void) | null = null;
  #number = 1_000;
  #practice: PracticeView | null = null;
  #profile: Profile;
  #realm = new Random(3).digest();
  #entries: number;
  /** The four words of what persons were asked about, by receipt. */
  #codes = new Map<string, string[]>();

  /** With `still`, nothing moves by itself; with `plain`, nothing is offered beyond what always is. */
  constructor(scenario: Scenario, still: boolean, plain: boolean) {
    this.#scenario = scenario;
    this.#world = world(scenario, seconds());
    this.#away = scenario === "offline";
    this.#entries = this.#world.operations.length + 9;
    const fresh = scenario === "fresh";
    const random = new Random(11);
    this.#profile = {
      data_dir: null,
      version: "0.1.0",
      person: fresh ? null : "ada",
      key: fresh ? null : { place: "keychain", where: "bailiwick delegation ada", public: random.key(), id: random.digest() },
      realm: fresh ? null : this.#realm,
      user: "ada",
      keychain: null,
      places: plain ? [] : ["passkey", "security-key"],
      offers: plain ? [] : OFFERS,
    };
    const around: Around = {
      read: () => this.#read(),
      reach: () => this.#reach(),
      sign: (headline, words) => this.#sign(headline, words),
      statement: (kind) => this.#statement(kind),
      emit: (event) => this.#emit(event),
      carryOn: (operation, how, why) => this.#carryOn(operation, how, why),
    };
    this.approvals = new FakeApprovals(scenario, seconds(), around, { ci: this.#keyOf("ci-bot"), release: this.#keyOf("release-agent") });
    if (scenario !== "hostile") for (const one of this.approvals.operations.toReversed()) this.#wait(one);
    this.#policies = new FakePolicies(scenario, seconds(), around, () => this.#world.operations.slice(0, 260));
    this.people = new FakePeople(scenario, seconds(), around, (event) => this.#emit(event));
    if (!still && scenario !== "fresh" && scenario !== "empty") void this.#live();
  }

  // What a test moves.

  /** The broker goes away, or comes back. */
  setAway(away: boolean): void {
    this.#away = away;
    this.#emit({ event: "link", state: away ? "away" : "connected", failure: away ? AWAY : null });
  }

  /** One operation, from received to finished, each stage `pace` milliseconds. */
  async operate(fate: Fate, pace = 400, leaf?: string): Promise<OperationView | null> {
    const usable = this.#world.capabilities.filter((one) => one.state === "active");
    const chosen = usable.find((one) => one.id === leaf) ?? this.#random.pick(usable.length > 0 ? usable : [null]);
    return chosen ? this.#run(asker(this.#world.capabilities, chosen), fate, pace) : null;
  }

  /** An operation that stays in this stage until it is stopped or finished: for stories and pictures. */
  park(stage: Stage, label?: string): OperationView {
    const holder = this.#world.capabilities.find((one) => one.state === "active" && (label === undefined || one.label === label));
    if (!holder) throw new Error("nobody may ask");
    this.#number += 1;
    const end = finished(this.#random, asker(this.#world.capabilities, holder), "merged", seconds(), this.#number);
    const view: OperationView = { ...end, stage, outcome: null, output: null, receipt: null, elapsed_ms: 300, credentials: [], facts: null };
    if (stage === "acting" || stage === "minting") view.credentials = [credential("operation", { contents: "write" }, seconds(), null)];
    this.#put(view);
    return view;
  }

  /** What was true of it earlier arrives once more, after its end. */
  repeat(id: string): void {
    const known = this.#world.operations.find((one) => one.id === id);
    if (known) this.#emit({ event: "operation", operation: { ...known, stage: "acting", outcome: null, receipt: null } });
  }

  // Reading.

  async profile(): Promise<Profile> {
    return structuredClone(this.#profile);
  }

  async settings(): Promise<Setting[]> {
    const base = "/home/ada/.local";
    return [
      ["data-dir", null, "default"],
      ["places.data", `${base}/share/bailiwick`, "default"],
      ["places.config", "/home/ada/.config/bailiwick", "default"],
      ["places.log", `${base}/state/bailiwick/log`, "default"],
      ["places.console_socket", "/run/user/1000/bailiwick/console/socket", "default"],
      ["places.agent_socket", "/run/user/1000/bailiwick/agent/socket", "default"],
      ["person.name", this.#profile.person, "file"],
      ["person.key", this.#profile.person ? "person-key.json" : null, "file"],
      ["broker.roots", "keychain", "default"],
    ].map(([name, value, from]) => ({ name: name as string, value: value as string | null, from: from as string }));
  }

  async status(): Promise<Status> {
    this.#reach();
    const done = this.#world.operations.filter((one) => one.outcome !== null);
    const lives = done.flatMap((one) => one.credentials.map((each) => each.life_ms ?? 0)).sort((a, b) => a - b);
    const alive = this.#world.operations.flatMap((one) => one.credentials).filter((one) => one.end === "alive").length;
    return {
      version: "0.1.0",
      protocol: 1,
      realm: this.#profile.realm,
      broker_key: new Random(5).key(),
      now: seconds(),
      mode: "sidecar",
      advisory: this.#world.advisory && this.#world.connections.some((one) => one.api.startsWith("https://")),
      halted: this.#world.halted,
      paused: this.#world.paused,
      entries: this.#entries,
      head: new Random(this.#entries).digest(),
      policy: new Random(9).digest(),
      connections: this.#world.connections,
      clock_behind: false,
      numbers: {
        operations: done.length,
        attributed: done.filter((one) => one.person !== null).length,
        held_by_agents: 0,
        minted: lives.length + alive,
        dead: lives.length,
        alive,
        median_life_ms: lives[Math.floor(lives.length / 2)] ?? null,
        longest_life_ms: lives.at(-1) ?? null,
      },
    };
  }

  async operations(query: { limit: number; before: number | null }): Promise<OperationView[]> {
    this.#read();
    return this.#page(query);
  }

  async operation(id: string): Promise<OperationView> {
    this.#read();
    const found = this.#world.operations.find((one) => one.id === id);
    if (!found) throw { code: "not-found", message: `there is no operation \`${id}\``, hint: "check the digest" } satisfies Failure;
    return found;
  }

  async capabilities(): Promise<CapabilityView[]> {
    this.#read();
    return this.#world.capabilities;
  }

  async agents(): Promise<AgentView[]> {
    return this.#world.agents;
  }

  async actions(): Promise<typeof CATALOGUE> {
    return CATALOGUE;
  }

  async preview(target: TargetView): Promise<Stopped> {
    this.#read();
    const { capabilities, operations } = this.#under(target);
    return {
      durable: true,
      acknowledged_us: 0,
      capabilities: capabilities.map((one) => one.id),
      operations: operations.map((one) => ({ id: one.id, sentence: one.sentence, stage: one.stage, outcome: null, after_ms: null })),
      credentials: operations.flatMap((one) =>
        one.credentials
          .filter((each) => each.end === "alive")
          .map((each) => ({ operation: one.id, purpose: each.purpose, became: "alive", dies_at: each.expires })),
      ),
    };
  }

  async receipts(query: { limit: number; before: number | null }): Promise<ReturnType<typeof row>[]> {
    this.#read();
    if (this.#scenario === "many") await wait(4);
    return this.#page(query)
      .filter((one) => one.receipt !== null)
      .map(row);
  }

  async receipt(digest: string): Promise<ReceiptView> {
    this.#read();
    const found = this.#world.operations.find((one) => one.receipt === digest);
    if (!found) throw { code: "not-found", message: `there is no statement \`${digest}\``, hint: "check the digest" } satisfies Failure;
    const hostile = this.#scenario === "hostile";
    return {
      digest,
      broken: null,
      checked_with: new Random(5).key(),
      code: this.#codes.get(digest),
      issued: found.received + Math.ceil(found.elapsed_ms / 1_000),
      body: {
        effects: found.action === "pulls/merge" ? ["moves_ref refs/heads/main", "runs_code"] : ["publishes"],
        process: { executable: hostile ? HOSTILE.bidi : "/usr/bin/bailiwick", pid: 40_417, uid: 1_000 },
        policy: new Random(9).digest(),
        decision: { outcome: found.outcome === "denied" ? "deny" : "allow", determining: found.refusals.map((one) => one.policy).concat(found.outcome === "denied" ? [] : ["may-merge-into-main"]) },
        unpinned: found.action === "pulls/merge" ? [] : ["the environment's protection rules between the last read and the act"],
        engine: { broker: "0.1.0", policy_engine: "cedar 4.14", time_zones: "2026b" },
        observations: [new Random(1).digest(), new Random(2).digest()],
      },
      envelope: JSON.stringify({ payloadType: "application/vnd.bailiwick.receipt.v1+json", payload: "eyJ…", signatures: [{ sig: "…" }] }),
    };
  }

  async checkConnection(name: string): Promise<ConnectionCheck> {
    this.#read();
    await wait(this.#scenario === "many" ? 0 : 250);
    const found = this.#world.connections.find((one) => one.name === name);
    if (!found) throw { code: "not-set-up", message: `there is no connection \`${name}\``, hint: "connect it first" } satisfies Failure;
    if (!found.root_present) {
      throw { code: "root-secret", message: `the key of the connection \`${name}\` is not in the root store`, hint: "connect it again with the App's key" } satisfies Failure;
    }
    const hostile = this.#scenario === "hostile";
    return {
      account: hostile ? HOSTILE.markup : "acme",
      app: hostile ? HOSTILE.styled : name === "practice" ? "practice-app" : "bailiwick-acme",
      permissions: { checks: "read", contents: "write", issues: "write", metadata: "read", pull_requests: "write", statuses: "read", ...(name === "practice" ? { deployments: "write" } : {}) },
      resources: hostile ? Object.values(HOSTILE).map((text, index) => ({ id: `repository:${index + 1}`, name: text })) : REPOSITORIES,
      missing: name === "practice" ? [] : ["`repos/create-deployment` needs `deployments: write`"],
      clock_skew_seconds: 0,
    };
  }

  async practice(): Promise<PracticeView | null> {
    return this.#practice;
  }

  async verify(progress: (progress: VerifyProgress) => void): Promise<Verified> {
    this.#read();
    const of = this.#entries;
    let cancelled = false;
    this.#cancel = () => {
      cancelled = true;
    };
    const started = performance.now();
    const step = Math.max(1, Math.ceil(of / 40));
    for (let entries = 0; entries < of; entries = Math.min(of, entries + step)) {
      progress({ entries, of });
      await wait(of > 10_000 ? 60 : 12);
      if (cancelled) throw { code: "cancelled", message: `stopped after ${entries} entries`, hint: "" } satisfies Failure;
    }
    progress({ entries: of, of });
    return { entries: of, receipts: this.#world.operations.length, erased: 0, head: new Random(of).digest(), pinned: true, ms: Math.round(performance.now() - started) };
  }

  async cancelVerify(): Promise<void> {
    this.#cancel?.();
  }

  // Stopping and signing.

  async pause(target: TargetView): Promise<World["paused"][number]> {
    this.#reach();
    const pause = { id: this.#random.digest(), target, since: seconds() };
    this.#world.paused = [...this.#world.paused, pause];
    this.#statement("pause");
    return pause;
  }

  async delegate(draft: Draft): Promise<Delegated> {
    this.#reach();
    await this.#sign(`Delegate to ${draft.label}?`);
    const now = seconds();
    const capability: CapabilityView = {
      id: this.#random.digest(),
      parent: null,
      person: this.#profile.person ?? "",
      holder: draft.holder,
      holder_id: this.#world.agents.find((one) => one.public === draft.holder)?.id ?? this.#random.digest(),
      label: draft.label,
      purpose: draft.purpose,
      grants: draft.actions.map((one) => ({
        connection: draft.connection,
        actions: [one.action],
        resources: draft.resources,
        arguments: Object.fromEntries(one.arguments.map((each) => [each.name, structuredClone(each.constraint)])) as never,
      })),
      not_before: now,
      expires: now + draft.seconds,
      max_uses: draft.max_uses,
      uses: 0,
      max_depth: draft.max_depth,
      state: "active",
    };
    this.#world.capabilities = [...this.#world.capabilities, capability];
    this.#statement("capability");
    const demo = this.#practice?.agent.public === draft.holder;
    if (demo) void this.#demo(capability);
    return {
      capability: capability.id,
      sequence: this.#entries - 1,
      lines: demo ? [] : [`bailiwick agent fetch ${draft.label}`, `bailiwick request ${draft.actions[0]?.action} --as ${draft.label} --repo ${draft.resources[0]?.name ?? ""} branch=… target=main`],
    };
  }

  async revoke(target: TargetView): Promise<Stopped> {
    this.#reach();
    await this.#sign(`Revoke the ${target.kind}?`);
    if (target.kind === "standing") this.approvals.revoke(target.id);
    return this.#stop(target, "revocation");
  }

  async halt(): Promise<Stopped> {
    this.#reach();
    await this.#sign("Halt everything?");
    const stopped = this.#stop({ kind: "everything", id: "all" }, "halt");
    this.#world.halted = this.#random.digest();
    return stopped;
  }

  async resume(id: string): Promise<{ digest: string; sequence: number }> {
    this.#reach();
    await this.#sign("Lift it?");
    this.#world.paused = this.#world.paused.filter((one) => one.id !== id);
    if (this.#world.halted === id) this.#world.halted = null;
    this.#statement("resume");
    return { digest: this.#random.digest(), sequence: this.#entries - 1 };
  }

  async connectGitHub(draft: { name: string; api: string }): Promise<ConnectionCheck> {
    this.#reach();
    await this.#sign(`Connect ${draft.name}?`);
    this.#world.connections = [...this.#world.connections.filter((one) => one.name !== draft.name), connection(this.#random, draft.name, draft.api)];
    this.#world.advisory = true;
    this.#statement("connection");
    return this.checkConnection(draft.name);
  }

  async foundRealm(name: string, place: KeyPlace): Promise<Profile> {
    if (!/^[a-z0-9][a-z0-9._-]*$/.test(name)) {
      throw { code: "bad-value", message: `\`${name}\` cannot be a person's name`, hint: "use a-z, 0-9, `.`, `_` and `-`" } satisfies Failure;
    }
    await this.#sign(`Found a realm as ${name}?`);
    const where = place === "keychain" ? `bailiwick delegation ${name}` : "/home/ada/.config/bailiwick/person.key";
    this.#profile = { ...this.#profile, person: name, realm: this.#realm, key: { place, where, public: this.#random.key(), id: this.#random.digest() } };
    this.#statement("roster");
    this.#statement("policy");
    return structuredClone(this.#profile);
  }

  async startPractice(): Promise<PracticeView> {
    this.#reach();
    if (this.#practice) return this.#practice;
    await wait(150);
    await this.#sign("Connect the practice range?");
    const made = connection(this.#random, "practice", "http://127.0.0.1:40231");
    const demo = agent(this.#random, "demo-agent", true);
    this.#world.connections = [...this.#world.connections.filter((one) => one.name !== "practice"), made];
    this.#world.agents = [...this.#world.agents, demo];
    this.#practice = { api: made.api, connection: "practice", agent: demo };
    this.#statement("connection");
    return this.#practice;
  }

  async chooseAppKey(): Promise<{ handle: string; file_name: string; fingerprint: string }> {
    return { handle: "key-1", file_name: "bailiwick-acme.private-key.pem", fingerprint: this.#random.digest() };
  }

  async createAgent(name: string): Promise<AgentView> {
    if (!/^[a-z0-9][a-z0-9._-]*$/.test(name) || this.#world.agents.some((one) => one.name === name)) {
      throw { code: "bad-value", message: `\`${name}\` cannot be an agent's name, or is one already`, hint: "use a-z, 0-9, `.`, `_` and `-`" } satisfies Failure;
    }
    const made = agent(this.#random, name);
    this.#world.agents = [...this.#world.agents, made];
    return made;
  }

  async startBroker(): Promise<Status> {
    await wait(120);
    if (this.#scenario === "offline" && this.#world.operations.length === 0) this.#world = { ...EMPTY };
    this.setAway(false);
    return this.status();
  }

  async subscribe(handler: (event: BackendEvent) => void): Promise<() => void> {
    this.#handlers.add(handler);
    handler({ event: "link", state: this.#away ? "away" : "connected", failure: this.#away ? AWAY : null });
    return () => this.#handlers.delete(handler);
  }

  // What is offered beyond what always is.

  pending: Backend["pending"] = () => this.approvals.pending();
  hold: Backend["hold"] = (target, held) => this.approvals.hold(target, held);
  diff: Backend["diff"] = (target) => this.approvals.diff(target);
  standing: Backend["standing"] = () => this.approvals.standing();
  backtest: Backend["backtest"] = (draft) => this.approvals.backtest(draft);
  fatigue: Backend["fatigue"] = () => this.approvals.fatigue();
  approve: Backend["approve"] = (target) => this.approvals.approve(target);
  deny: Backend["deny"] = (target, reason) => this.approvals.deny(target, reason);
  proposeRule: Backend["proposeRule"] = (draft) => this.approvals.proposeRule(draft);
  policyTexts: Backend["policyTexts"] = () => this.#policies.policyTexts();
  policyCheck: Backend["policyCheck"] = (texts) => this.#policies.policyCheck(texts);
  policyTry: Backend["policyTry"] = (question) => this.#policies.policyTry(question);
  policyDiff: Backend["policyDiff"] = (question) => this.#policies.policyDiff(question);
  policyHistory: Backend["policyHistory"] = () => this.#policies.policyHistory();
  activatePolicy: Backend["activatePolicy"] = (texts) => this.#policies.activatePolicy(texts);
  roster: Backend["roster"] = () => this.people.roster();
  readInvitation: Backend["readInvitation"] = (text) => this.people.readInvitation(text);
  previewKeyEnd: Backend["previewKeyEnd"] = (key, how, since) => this.people.previewKeyEnd(key, how, since);
  session: Backend["session"] = () => this.people.session();
  invitation: Backend["invitation"] = (name, place, realm) => this.people.invitation(name, place, realm);
  enrol: Backend["enrol"] = (enrolment) => this.people.enrol(enrolment);
  setRoles: Backend["setRoles"] = (person, roles) => this.people.setRoles(person, roles);
  setQuorum: Backend["setQuorum"] = (quorum) => this.people.setQuorum(quorum);
  rotateKey: Backend["rotateKey"] = (place) => this.people.rotateKey(place);
  endKey: Backend["endKey"] = (key, how, since) => this.people.endKey(key, how, since);
  signIn: Backend["signIn"] = () => this.people.signIn();
  lock: Backend["lock"] = () => this.people.lock();
  touched: Backend["touched"] = () => this.people.touched();
  cancelSigning: Backend["cancelSigning"] = () => this.people.cancelSigning();

  // Inside.

  #emit(event: BackendEvent): void {
    for (const handler of this.#handlers) handler(structuredClone(event));
  }

  #reach(): void {
    if (this.#away) throw AWAY;
  }

  /** Reading beyond the status, which a damaged store refuses. */
  #read(): void {
    this.#reach();
    if (this.#scenario === "error") throw DISK;
  }

  async #sign(headline: string, words: string[] = []): Promise<void> {
    if (!(await confirmation(headline, words))) {
      throw { code: "cancelled", message: "nothing was signed", hint: "" } satisfies Failure;
    }
  }

  #statement(kind: string): { digest: string; sequence: number } {
    this.#entries += 1;
    const admitted = { digest: this.#random.digest(), sequence: this.#entries - 1 };
    this.#emit({ event: "statement", kind, ...admitted });
    return admitted;
  }

  /** An operation that waits for persons. */
  #wait({ id, sentence, label, waiting }: FakeApprovals["operations"][number]): void {
    const holder = this.#world.capabilities.find((one) => one.label === label) ?? this.#world.capabilities[0];
    if (!holder) return;
    const end = finished(this.#random, asker(this.#world.capabilities, holder), "merged", seconds() - 30, 900);
    this.#world.operations.unshift({ ...end, id, sentence, waiting, stage: "awaiting-approval", outcome: null, output: null, receipt: null, elapsed_ms: 300, credentials: [] });
  }

  #keyOf(label: string): string {
    return this.#world.agents.find((one) => one.name === label)?.id ?? this.#random.digest();
  }

  /** What waited for persons is carried out, or ends. */
  #carryOn(id: string, how: string, why: string): void {
    const waited = this.#world.operations.find((one) => one.id === id);
    const usable = this.#world.capabilities.find((one) => one.state === "active");
    if (!usable) return;
    this.#number += 1;
    const end = finished(this.#random, asker(this.#world.capabilities, usable), "merged", seconds(), this.#number);
    const ended: OperationView = waited ? { ...waited, waiting: null, stage: "finished", outcome: "succeeded", output: end.output, receipt: end.receipt, credentials: end.credentials } : { ...end, id };
    if (waited?.waiting) this.#codes.set(ended.receipt ?? "", waited.waiting.code);
    this.#entries += 1;
    const refused: OperationView = { ...ended, outcome: "denied", output: null, credentials: [] };
    if (how === "approved") this.#put(ended);
    else if (how === "denied") this.#put({ ...refused, reason: { code: "denied-by-person", message: `ada said no: ${why}`, hint: "do not ask again for the same" } });
    else this.#put({ ...refused, reason: { code: how === "expired" ? "nobody-answered" : "approval-void", message: how === "expired" ? "nobody answered in time" : "what was to be approved changed while it waited", hint: "ask again" } });
  }

  #page(query: { limit: number; before: number | null }): OperationView[] {
    const all = this.#world.operations;
    const start = query.before === null ? 0 : all.findIndex((one) => one.received < (query.before ?? 0));
    return start < 0 ? [] : all.slice(start, start + query.limit);
  }

  #put(view: OperationView): void {
    const index = this.#world.operations.findIndex((one) => one.id === view.id);
    if (index < 0) this.#world.operations.unshift(view);
    else this.#world.operations[index] = view;
    this.#emit({ event: "operation", operation: view });
  }

  #under(target: TargetView): { capabilities: CapabilityView[]; operations: OperationView[] } {
    const all = this.#world.capabilities.filter((one) => one.state === "active" || one.state === "not-yet");
    const hit = (one: CapabilityView): boolean =>
      target.kind === "everything" ||
      (target.kind === "capability" && one.id === target.id) ||
      (target.kind === "agent" && one.holder_id === target.id) ||
      (target.kind === "person" && one.person === target.id) ||
      (target.kind === "connection" && one.grants.some((grant) => grant.connection === target.id));
    const ended = new Set(all.filter(hit).map((one) => one.id));
    for (let grown = true; grown; ) {
      grown = false;
      for (const one of all) {
        if (one.parent !== null && ended.has(one.parent) && !ended.has(one.id)) {
          ended.add(one.id);
          grown = true;
        }
      }
    }
    return {
      capabilities: all.filter((one) => ended.has(one.id)),
      operations: this.#world.operations.filter((one) => one.outcome === null && one.chain.some((id) => ended.has(id))),
    };
  }

  #stop(target: TargetView, kind: string): Stopped {
    const { capabilities, operations } = this.#under(target);
    const ids = new Set(capabilities.map((one) => one.id));
    this.#world.capabilities = this.#world.capabilities.map((one) => (ids.has(one.id) ? { ...one, state: "revoked" } : one));
    const stopped: Stopped = {
      durable: true,
      acknowledged_us: 1_840,
      capabilities: [...ids],
      operations: operations.map((one, index) => ({
        id: one.id,
        sentence: one.sentence,
        stage: one.stage,
        // The first one's outcome arrives later, as an event.
        outcome: index === 0 && operations.length > 1 ? null : "halted",
        after_ms: index === 0 && operations.length > 1 ? null : 4,
      })),
      credentials: operations.flatMap((one) =>
        one.credentials.filter((each) => each.end === "alive").map((each) => ({ operation: one.id, purpose: each.purpose, became: "dead", dies_at: null })),
      ),
    };
    this.#statement(kind);
    for (const one of operations) {
      const ended: OperationView = {
        ...one,
        stage: "finished",
        outcome: "halted",
        reason: { code: "revoked", message: "the capability was revoked while this was under way", hint: "ask for a new capability" },
        credentials: one.credentials.map((each) => ({ ...each, end: "revoked-proven", life_ms: each.life_ms ?? 380 })),
        receipt: this.#random.digest(),
      };
      setTimeout(() => this.#put(ended), 60);
    }
    return stopped;
  }

  async #run(from: Asker, fate: Fate, pace: number): Promise<OperationView> {
    this.#number += 1;
    const end = finished(this.#random, from, fate, seconds(), this.#number);
    const started = Date.now();
    const denied = end.outcome === "denied";
    const stages: Stage[] = denied ? ["received", "verified", "evidence", "decided"] : ["received", "verified", "evidence", "decided", "minting", "acting"];
    for (const stage of stages) {
      if (this.#world.operations.some((one) => one.id === end.id && one.outcome !== null)) return end;
      const live = stage === "evidence" ? end.credentials.slice(0, 1) : stage === "minting" || stage === "acting" ? end.credentials : [];
      this.#put({
        ...end,
        stage,
        outcome: null,
        output: null,
        receipt: null,
        refusals: [],
        reason: null,
        facts: stage === "received" || stage === "verified" || stage === "evidence" ? null : end.facts,
        credentials: live.map((one, index) => (index === live.length - 1 ? { ...one, end: "alive", life_ms: null } : one)),
        elapsed_ms: Date.now() - started,
      });
      await wait(pace);
    }
    if (this.#world.operations.some((one) => one.id === end.id && one.outcome !== null)) return end;
    this.#entries += 1;
    this.#put({ ...end, elapsed_ms: Date.now() - started });
    return end;
  }

  #usable(capability: CapabilityView): boolean {
    const now = this.#world.capabilities.find((one) => one.id === capability.id);
    return now?.state === "active" && this.#world.paused.length === 0 && this.#world.halted === null && !this.#away;
  }

  /** The demo agent: asks again and again, sometimes for what it will be refused. */
  async #demo(capability: CapabilityView): Promise<void> {
    const fates: Fate[] = ["merged", "failing-check", "merged", "protected-path", "no-review"];
    for (let turn = 0; this.#usable(capability); turn += 1) {
      await this.#run(asker(this.#world.capabilities, capability), fates[turn % fates.length] ?? "merged", 220);
      await wait(3_000);
    }
  }

  async #live(): Promise<void> {
    const fates: Fate[] = ["merged", "commented", "merged", "failing-check", "deployed", "merged", "no-review", "opened"];
    for (let turn = 0; ; turn += 1) {
      if (!this.#away && this.#world.halted === null) void this.operate(fates[turn % fates.length] ?? "merged", 700);
      await wait(2_600);
    }
  }
}
