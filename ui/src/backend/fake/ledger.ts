/** Operations and receipts as they are read back, and walking the whole ledger. */
import type { OperationView } from "../../bindings/protocol";
import type { Failure, ReceiptRow, ReceiptView, Verified, VerifyProgress } from "../backend";
import { type FakeBroker, wait } from "./broker";
import { HOSTILE } from "./hostile";
import { row } from "./operation";
import { Random } from "./random";

export interface Query {
  limit: number;
  before: number | null;
}

export class FakeLedger {
  #broker: FakeBroker;
  #cancel: (() => void) | null = null;

  constructor(broker: FakeBroker) {
    this.#broker = broker;
  }

  async operations(query: Query): Promise<OperationView[]> {
    this.#broker.read();
    return this.#page(query);
  }

  async operation(id: string): Promise<OperationView> {
    this.#broker.read();
    const found = this.#broker.world.operations.find((one) => one.id === id);
    if (!found) throw { code: "not-found", message: `there is no operation \`${id}\``, hint: "check the digest" } satisfies Failure;
    return found;
  }

  async receipts(query: Query): Promise<ReceiptRow[]> {
    this.#broker.read();
    if (this.#broker.scenario === "many") await wait(4);
    return this.#page(query)
      .filter((one) => one.receipt !== null)
      .map(row);
  }

  async receipt(digest: string): Promise<ReceiptView> {
    this.#broker.read();
    const found = this.#broker.world.operations.find((one) => one.receipt === digest);
    if (!found) throw { code: "not-found", message: `there is no statement \`${digest}\``, hint: "check the digest" } satisfies Failure;
    const hostile = this.#broker.scenario === "hostile";
    return {
      digest,
      broken: null,
      checked_with: new Random(5).key(),
      code: this.#broker.codes.get(digest),
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

  async verify(progress: (progress: VerifyProgress) => void): Promise<Verified> {
    this.#broker.read();
    const of = this.#broker.entries;
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
    return { entries: of, receipts: this.#broker.world.operations.length, erased: 0, head: new Random(of).digest(), pinned: true, ms: Math.round(performance.now() - started) };
  }

  cancelVerify(): void {
    this.#cancel?.();
  }

  #page(query: Query): OperationView[] {
    const all = this.#broker.world.operations;
    const start = query.before === null ? 0 : all.findIndex((one) => one.received < (query.before ?? 0));
    return start < 0 ? [] : all.slice(start, start + query.limit);
  }
}
