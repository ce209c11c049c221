/** Agents at work: operations from received to finished, in small. */
import type { CapabilityView, OperationView, Stage } from "../../bindings/protocol";
import { type FakeBroker, seconds, wait } from "./broker";
import { type Asker, type Fate, credential, finished } from "./operation";
import { asker } from "./world";

export class FakeAgents {
  #broker: FakeBroker;

  constructor(broker: FakeBroker) {
    this.#broker = broker;
  }

  async operate(fate: Fate, pace: number, leaf?: string): Promise<OperationView | null> {
    const { world, random } = this.#broker;
    const usable = world.capabilities.filter((one) => one.state === "active");
    const chosen = usable.find((one) => one.id === leaf) ?? random.pick(usable.length > 0 ? usable : [null]);
    return chosen ? this.#run(asker(world.capabilities, chosen), fate, pace) : null;
  }

  park(stage: Stage, label?: string): OperationView {
    const { world, random } = this.#broker;
    const holder = world.capabilities.find((one) => one.state === "active" && (label === undefined || one.label === label));
    if (!holder) throw new Error("nobody may ask");
    const end = finished(random, asker(world.capabilities, holder), "merged", seconds(), this.#broker.number());
    const view: OperationView = { ...end, stage, outcome: null, output: null, receipt: null, elapsed_ms: 300, credentials: [], facts: null };
    if (stage === "acting" || stage === "minting") view.credentials = [credential("operation", { contents: "write" }, seconds(), null)];
    this.#broker.put(view);
    return view;
  }

  repeat(id: string): void {
    const known = this.#broker.world.operations.find((one) => one.id === id);
    if (known) this.#broker.emit({ event: "operation", operation: { ...known, stage: "acting", outcome: null, receipt: null } });
  }

  /** The demo agent: asks again and again, sometimes for what it will be refused. */
  async demo(capability: CapabilityView): Promise<void> {
    const fates: Fate[] = ["merged", "failing-check", "merged", "protected-path", "no-review"];
    for (let turn = 0; this.#usable(capability); turn += 1) {
      await this.#run(asker(this.#broker.world.capabilities, capability), fates[turn % fates.length] ?? "merged", 220);
      await wait(3_000);
    }
  }

  /** All of them, for ever. */
  async live(): Promise<void> {
    const fates: Fate[] = ["merged", "commented", "merged", "failing-check", "deployed", "merged", "no-review", "opened"];
    for (let turn = 0; ; turn += 1) {
      if (!this.#broker.away && this.#broker.world.halted === null) void this.operate(fates[turn % fates.length] ?? "merged", 700);
      await wait(2_600);
    }
  }

  async #run(from: Asker, fate: Fate, pace: number): Promise<OperationView> {
    const broker = this.#broker;
    const end = finished(broker.random, from, fate, seconds(), broker.number());
    const started = Date.now();
    const denied = end.outcome === "denied";
    const ended = (): boolean => broker.world.operations.some((one) => one.id === end.id && one.outcome !== null);
    const stages: Stage[] = denied ? ["received", "verified", "evidence", "decided"] : ["received", "verified", "evidence", "decided", "minting", "acting"];
    for (const stage of stages) {
      if (ended()) return end;
      const live = stage === "evidence" ? end.credentials.slice(0, 1) : stage === "minting" || stage === "acting" ? end.credentials : [];
      broker.put({
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
    if (ended()) return end;
    broker.entries += 1;
    broker.put({ ...end, elapsed_ms: Date.now() - started });
    return end;
  }

  #usable(capability: CapabilityView): boolean {
    const { world, away } = this.#broker;
    const now = world.capabilities.find((one) => one.id === capability.id);
    return now?.state === "active" && world.paused.length === 0 && world.halted === null && !away;
  }
}
