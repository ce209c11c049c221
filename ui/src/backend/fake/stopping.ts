/** Pausing, revoking, halting and lifting: what each would stop, and what became of it. */
import type { CapabilityView, OperationView, PauseView, Stopped, TargetView } from "../../bindings/protocol";
import type { FakeApprovals } from "./approvals";
import { type FakeBroker, seconds } from "./broker";

export class FakeStopping {
  #broker: FakeBroker;
  #approvals: FakeApprovals;

  constructor(broker: FakeBroker, approvals: FakeApprovals) {
    this.#broker = broker;
    this.#approvals = approvals;
  }

  async preview(target: TargetView): Promise<Stopped> {
    this.#broker.read();
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

  async pause(target: TargetView): Promise<PauseView> {
    this.#broker.reach();
    const { world, random } = this.#broker;
    const pause = { id: random.digest(), target, since: seconds() };
    world.paused = [...world.paused, pause];
    this.#broker.statement("pause");
    return pause;
  }

  async revoke(target: TargetView): Promise<Stopped> {
    this.#broker.reach();
    await this.#broker.sign(`Revoke the ${target.kind}?`);
    if (target.kind === "standing") this.#approvals.revoke(target.id);
    return this.#stop(target, "revocation");
  }

  async halt(): Promise<Stopped> {
    this.#broker.reach();
    await this.#broker.sign("Halt everything?");
    const stopped = this.#stop({ kind: "everything", id: "all" }, "halt");
    this.#broker.world.halted = this.#broker.random.digest();
    return stopped;
  }

  async resume(id: string): Promise<{ digest: string; sequence: number }> {
    this.#broker.reach();
    await this.#broker.sign("Lift it?");
    const { world } = this.#broker;
    world.paused = world.paused.filter((one) => one.id !== id);
    if (world.halted === id) world.halted = null;
    return this.#broker.statement("resume");
  }

  #under(target: TargetView): { capabilities: CapabilityView[]; operations: OperationView[] } {
    const all = this.#broker.world.capabilities.filter((one) => one.state === "active" || one.state === "not-yet");
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
      operations: this.#broker.world.operations.filter((one) => one.outcome === null && one.chain.some((id) => ended.has(id))),
    };
  }

  #stop(target: TargetView, kind: string): Stopped {
    const { world, random } = this.#broker;
    const { capabilities, operations } = this.#under(target);
    const ids = new Set(capabilities.map((one) => one.id));
    world.capabilities = world.capabilities.map((one) => (ids.has(one.id) ? { ...one, state: "revoked" } : one));
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
    this.#broker.statement(kind);
    for (const one of operations) {
      const ended: OperationView = {
        ...one,
        stage: "finished",
        outcome: "halted",
        reason: { code: "revoked", message: "the capability was revoked while this was under way", hint: "ask for a new capability" },
        credentials: one.credentials.map((each) => ({ ...each, end: "revoked-proven", life_ms: each.life_ms ?? 380 })),
        receipt: random.digest(),
      };
      setTimeout(() => this.#broker.put(ended), 60);
    }
    return stopped;
  }
}
