/**
 * A broker that lives in the page, for browser tests and for trying the screens without a shell.
 *
 * It keeps the product's promises in small (a revoked chain refuses, a pause holds, what is signed is asked
 * for first) so that a story over it means something, but it verifies nothing: no shipped page contains it.
 */
import type { OperationView, Stage, Status } from "../../bindings/protocol";
import type { Backend, BackendEvent } from "../backend";
import { FakeAgents } from "./agents";
import { FakeApprovals } from "./approvals";
import { FakeBroker, seconds, wait } from "./broker";
import { CATALOGUE } from "./catalogue";
import { FakeConnections } from "./connections";
import { FakeDelegating } from "./delegating";
import { FakeLedger } from "./ledger";
import type { Fate } from "./operation";
import { FakePeople } from "./people";
import { FakePolicies } from "./policies";
import { FakeProfile } from "./profile";
import { Random } from "./random";
import type { Scenario } from "./scenario";
import { FakeStopping } from "./stopping";
import { EMPTY } from "./world";

export class Fake implements Backend {
  readonly approvals: FakeApprovals;
  readonly people: FakePeople;
  #broker: FakeBroker;
  #profile: FakeProfile;
  #agents: FakeAgents;
  #ledger: FakeLedger;
  #delegating: FakeDelegating;
  #connections: FakeConnections;
  #stopping: FakeStopping;
  #policies: FakePolicies;

  /** With `still`, nothing moves by itself; with `plain`, nothing is offered beyond what always is, and never what
      is `without`. */
  constructor(scenario: Scenario, still: boolean, plain: boolean, without: string[]) {
    const broker = new FakeBroker(scenario);
    this.#broker = broker;
    this.#profile = new FakeProfile(broker, plain, without);
    this.#agents = new FakeAgents(broker);
    this.#ledger = new FakeLedger(broker);
    this.#delegating = new FakeDelegating(broker, this.#profile, this.#agents);
    this.#connections = new FakeConnections(broker);
    this.approvals = new FakeApprovals(scenario, seconds(), broker, { ci: broker.keyOf("ci-bot"), release: broker.keyOf("release-agent") });
    if (scenario !== "hostile") for (const one of this.approvals.operations.toReversed()) broker.hold(one);
    this.#stopping = new FakeStopping(broker, this.approvals);
    this.#policies = new FakePolicies(scenario, seconds(), broker, () => broker.world.operations.slice(0, 260));
    this.people = new FakePeople(scenario, seconds(), broker, (event) => broker.emit(event));
    if (!still && scenario !== "fresh" && scenario !== "empty") void this.#agents.live();
  }

  // What a test moves.

  /** The broker goes away, or comes back. */
  setAway(away: boolean): void {
    this.#broker.setAway(away);
  }

  /** One operation, from received to finished, each stage `pace` milliseconds. */
  operate(fate: Fate, pace = 400, leaf?: string): Promise<OperationView | null> {
    return this.#agents.operate(fate, pace, leaf);
  }

  /** An operation that stays in this stage until it is stopped or finished: for stories and pictures. */
  park(stage: Stage, label?: string): OperationView {
    return this.#agents.park(stage, label);
  }

  /** What was true of it earlier arrives once more, after its end. */
  repeat(id: string): void {
    this.#agents.repeat(id);
  }

  // The broker itself.

  async status(): Promise<Status> {
    const { world, entries } = this.#broker;
    this.#broker.reach();
    const done = world.operations.filter((one) => one.outcome !== null);
    const lives = done.flatMap((one) => one.credentials.map((each) => each.life_ms ?? 0)).sort((a, b) => a - b);
    const alive = world.operations.flatMap((one) => one.credentials).filter((one) => one.end === "alive").length;
    return {
      version: "0.1.0",
      protocol: 1,
      realm: this.#profile.realm,
      broker_key: new Random(5).key(),
      now: seconds(),
      mode: "sidecar",
      advisory: world.advisory && world.connections.some((one) => one.api.startsWith("https://")),
      halted: world.halted,
      paused: world.paused,
      entries,
      head: new Random(entries).digest(),
      policy: new Random(9).digest(),
      connections: world.connections,
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

  async startBroker(): Promise<Status> {
    await wait(120);
    const broker = this.#broker;
    if (broker.scenario === "offline" && broker.world.operations.length === 0) broker.world = { ...EMPTY };
    broker.setAway(false);
    return this.status();
  }

  async subscribe(handler: (event: BackendEvent) => void): Promise<() => void> {
    return this.#broker.subscribe(handler);
  }

  async actions(): Promise<typeof CATALOGUE> {
    return CATALOGUE;
  }

  // Everything else is done by whose it is.

  profile: Backend["profile"] = () => this.#profile.profile();
  settings: Backend["settings"] = () => this.#profile.settings();
  foundRealm: Backend["foundRealm"] = (name, place) => this.#profile.foundRealm(name, place);

  operations: Backend["operations"] = (query) => this.#ledger.operations(query);
  operation: Backend["operation"] = (id) => this.#ledger.operation(id);
  receipts: Backend["receipts"] = (query) => this.#ledger.receipts(query);
  receipt: Backend["receipt"] = (digest) => this.#ledger.receipt(digest);
  verify: Backend["verify"] = (progress) => this.#ledger.verify(progress);
  cancelVerify: Backend["cancelVerify"] = async () => this.#ledger.cancelVerify();

  agents: Backend["agents"] = () => this.#delegating.agents();
  createAgent: Backend["createAgent"] = (name) => this.#delegating.createAgent(name);
  capabilities: Backend["capabilities"] = () => this.#delegating.capabilities();
  delegate: Backend["delegate"] = (draft) => this.#delegating.delegate(draft);

  checkConnection: Backend["checkConnection"] = (name) => this.#connections.checkConnection(name);
  connectGitHub: Backend["connectGitHub"] = (draft) => this.#connections.connectGitHub(draft);
  chooseAppKey: Backend["chooseAppKey"] = () => this.#connections.chooseAppKey();
  practice: Backend["practice"] = () => this.#connections.practice();
  startPractice: Backend["startPractice"] = () => this.#connections.startPractice();

  preview: Backend["preview"] = (target) => this.#stopping.preview(target);
  pause: Backend["pause"] = (target) => this.#stopping.pause(target);
  revoke: Backend["revoke"] = (target) => this.#stopping.revoke(target);
  halt: Backend["halt"] = () => this.#stopping.halt();
  resume: Backend["resume"] = (id) => this.#stopping.resume(id);

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
  policyProve: Backend["policyProve"] = (texts, compare) => this.#policies.policyProve(texts, compare);
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
}
