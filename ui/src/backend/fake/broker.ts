/** What the parts of the fake share: the world, whether it can be reached, the ledger's length, who listens. */
import type { OperationView } from "../../bindings/protocol";
import type { BackendEvent, Failure } from "../backend";
import type { FakeApprovals } from "./approvals";
import { confirmation } from "./confirmation";
import { finished } from "./operation";
import { Random } from "./random";
import type { Scenario } from "./scenario";
import { type World, asker, world } from "./world";

export const seconds = (): number => Math.floor(Date.now() / 1_000);
export const wait = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

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

export class FakeBroker {
  readonly scenario: Scenario;
  readonly random = new Random(7);
  readonly realm = new Random(3).digest();
  world: World;
  away: boolean;
  entries: number;
  /** The four words of what persons were asked about, by receipt. */
  readonly codes = new Map<string, string[]>();
  #handlers = new Set<(event: BackendEvent) => void>();
  #number = 1_000;

  constructor(scenario: Scenario) {
    this.scenario = scenario;
    this.world = world(scenario, seconds());
    this.away = scenario === "offline";
    this.entries = this.world.operations.length + 9;
  }

  /** A number that no operation has yet. */
  number(): number {
    this.#number += 1;
    return this.#number;
  }

  reach(): void {
    if (this.away) throw AWAY;
  }

  /** Reading beyond the status, which a damaged store refuses. */
  read(): void {
    this.reach();
    if (this.scenario === "error") throw DISK;
  }

  async sign(headline: string, words: string[] = []): Promise<void> {
    if (!(await confirmation(headline, words))) {
      throw { code: "cancelled", message: "nothing was signed", hint: "" } satisfies Failure;
    }
  }

  statement(kind: string): { digest: string; sequence: number } {
    this.entries += 1;
    const admitted = { digest: this.random.digest(), sequence: this.entries - 1 };
    this.emit({ event: "statement", kind, ...admitted });
    return admitted;
  }

  emit(event: BackendEvent): void {
    for (const handler of this.#handlers) handler(structuredClone(event));
  }

  subscribe(handler: (event: BackendEvent) => void): () => void {
    this.#handlers.add(handler);
    handler({ event: "link", state: this.away ? "away" : "connected", failure: this.away ? AWAY : null });
    return () => this.#handlers.delete(handler);
  }

  setAway(away: boolean): void {
    this.away = away;
    this.emit({ event: "link", state: away ? "away" : "connected", failure: away ? AWAY : null });
  }

  put(view: OperationView): void {
    const index = this.world.operations.findIndex((one) => one.id === view.id);
    if (index < 0) this.world.operations.unshift(view);
    else this.world.operations[index] = view;
    this.emit({ event: "operation", operation: view });
  }

  /** The id of the agent of this name. */
  keyOf(label: string): string {
    return this.world.agents.find((one) => one.name === label)?.id ?? this.random.digest();
  }

  /** An operation that waits for persons. */
  hold({ id, sentence, label, waiting }: FakeApprovals["operations"][number]): void {
    const holder = this.world.capabilities.find((one) => one.label === label) ?? this.world.capabilities[0];
    if (!holder) return;
    const end = finished(this.random, asker(this.world.capabilities, holder), "merged", seconds() - 30, 900);
    this.world.operations.unshift({ ...end, id, sentence, waiting, stage: "awaiting-approval", outcome: null, output: null, receipt: null, elapsed_ms: 300, credentials: [] });
  }

  /** What waited for persons is carried out, or ends. */
  carryOn(id: string, how: string, why: string): void {
    const waited = this.world.operations.find((one) => one.id === id);
    const usable = this.world.capabilities.find((one) => one.state === "active");
    if (!usable) return;
    const end = finished(this.random, asker(this.world.capabilities, usable), "merged", seconds(), this.number());
    const ended: OperationView = waited ? { ...waited, waiting: null, stage: "finished", outcome: "succeeded", output: end.output, receipt: end.receipt, credentials: end.credentials } : { ...end, id };
    if (waited?.waiting) this.codes.set(ended.receipt ?? "", waited.waiting.code);
    this.entries += 1;
    const refused: OperationView = { ...ended, outcome: "denied", output: null, credentials: [] };
    if (how === "approved") this.put(ended);
    else if (how === "denied") this.put({ ...refused, reason: { code: "denied-by-person", message: `ada said no: ${why}`, hint: "do not ask again for the same" } });
    else this.put({ ...refused, reason: { code: how === "expired" ? "nobody-answered" : "approval-void", message: how === "expired" ? "nobody answered in time" : "what was to be approved changed while it waited", hint: "ask again" } });
  }
}
