/**
 * What the console knows, kept current by the backend's events: the one place that screens read from.
 *
 * Nothing is assumed: after a gap everything is read again, and what could not be read says why.
 */
import { getContext, setContext } from "svelte";
import type { Proposed } from "../backend/approvals";
import type { ActionView, AgentView, Backend, BackendEvent, Failure, Offer, PracticeView, Profile } from "../backend/backend";
import type { SigningView } from "../backend/people";
import type { CapabilityView, OperationView, Status, TargetView } from "../bindings/protocol";
import { Session } from "./session.svelte";
import { Waiting } from "./waiting.svelte";

/** How many operations the screens hold; the list of receipts pages on its own. */
const HELD = 1_000;
/** How long what just ended stays in the flow, in milliseconds. */
const LINGER = 8_000;
/** Statements come in bursts; the broker is asked once for each burst. */
const BURST = 60;

/** Something that was read, is being read, or could not be. */
export type Reading = "loading" | "ready" | Failure;

export class Console {
  readonly backend: Backend;
  readonly waiting: Waiting;
  readonly session: Session;
  /** The key that waits for its person. */
  signing = $state.raw<SigningView | null>(null);
  profile = $state<Profile | null>(null);
  profileFailure = $state<Failure | null>(null);
  link = $state<"connecting" | "connected" | "away">("connecting");
  linkFailure = $state<Failure | null>(null);
  status = $state.raw<Status | null>(null);
  capabilities = $state.raw<CapabilityView[]>([]);
  agents = $state.raw<AgentView[]>([]);
  actions = $state.raw<ActionView[]>([]);
  practice = $state.raw<PracticeView | null>(null);
  /** Newest first. */
  operations = $state.raw<OperationView[]>([]);
  reading = $state<{ operations: Reading; capabilities: Reading }>({ operations: "loading", capabilities: "loading" });
  /** This machine's time in seconds, ticking. */
  now = $state(Date.now() / 1_000);
  /** What was done just now, for everybody to read and a screen reader to say. */
  notice = $state<{ text: string; tone: "plain" | "stop" } | null>(null);
  /** When an operation that was watched came to its end, in milliseconds since 1970. */
  #ended = new Map<string, number>();
  #burst: ReturnType<typeof setTimeout> | null = null;
  #noticeEnd: ReturnType<typeof setTimeout> | null = null;

  constructor(backend: Backend) {
    this.backend = backend;
    this.waiting = new Waiting(backend);
    this.session = new Session(backend, (locked) => (locked ? this.#forget() : void this.readAll()));
  }

  /** Whether the shell has this part of the door. */
  offers(offer: Offer): boolean {
    return this.profile?.offers?.includes(offer) ?? false;
  }

  /** Reads everything and stays current. */
  async start(): Promise<void> {
    setInterval(() => {
      this.now = Date.now() / 1_000;
    }, 500);
    await this.readProfile();
    if (this.offers("session")) await this.session.read();
    try {
      await this.backend.subscribe((event) => this.#hear(event));
    } catch (failure) {
      this.link = "away";
      this.linkFailure = failure as Failure;
    }
    await this.readAll();
  }

  async readProfile(): Promise<void> {
    try {
      this.profile = await this.backend.profile();
      this.profileFailure = null;
    } catch (failure) {
      this.profileFailure = failure as Failure;
    }
  }

  /** Nothing is read out: there is a realm, and nobody is signed in. */
  get #closed(): boolean {
    return this.session.locked && this.profile?.realm !== null;
  }

  /** Everything again; behind the lock only how the broker is. */
  async readAll(): Promise<void> {
    if (this.#closed) {
      await this.#readStatus();
      return;
    }
    await Promise.all([this.#readStatus(), this.readOperations(), this.readCapabilities(), this.readAgents(), this.readWaiting()]);
  }

  /** What was read out is not kept behind the lock. */
  #forget(): void {
    this.operations = [];
    this.capabilities = [];
    this.agents = [];
    this.practice = null;
    this.signing = null;
    this.waiting.forget();
    this.reading = { operations: "loading", capabilities: "loading" };
  }

  async readWaiting(): Promise<void> {
    if (this.offers("approvals")) await this.waiting.read();
  }

  async #readStatus(): Promise<void> {
    try {
      this.status = await this.backend.status();
      this.link = "connected";
      this.linkFailure = null;
    } catch (failure) {
      this.link = "away";
      this.linkFailure = failure as Failure;
    }
  }

  async readOperations(): Promise<void> {
    try {
      const read = await this.backend.operations({ limit: HELD, before: null });
      if (this.#closed) return;
      this.operations = read;
      this.reading.operations = "ready";
    } catch (failure) {
      this.reading.operations = failure as Failure;
    }
  }

  async readCapabilities(): Promise<void> {
    try {
      const read = await this.backend.capabilities();
      if (this.#closed) return;
      this.capabilities = read;
      this.reading.capabilities = "ready";
    } catch (failure) {
      this.reading.capabilities = failure as Failure;
    }
  }

  async readAgents(): Promise<void> {
    const [agents, actions, practice] = await Promise.allSettled([
      this.backend.agents(),
      this.actions.length > 0 ? this.actions : this.backend.actions(),
      this.backend.practice(),
    ]);
    if (this.#closed) return;
    if (agents.status === "fulfilled") this.agents = agents.value;
    if (actions.status === "fulfilled") this.actions = actions.value;
    if (practice.status === "fulfilled") this.practice = practice.value;
  }

  #hear(event: BackendEvent): void {
    switch (event.event) {
      case "operation":
        this.#take(event.operation);
        break;
      case "statement":
        this.#soon();
        break;
      case "pending":
        if (this.offers("approvals") && !this.#closed) this.waiting.hear(event.pending);
        break;
      case "settled":
        this.waiting.settle(event.target, event.how);
        break;
      case "signing":
        this.signing = event.signing;
        break;
      case "session":
        this.session.take(event.session);
        break;
      case "missed":
        void this.readAll();
        break;
      case "link":
        this.linkFailure = event.failure;
        if (event.state === "connected" && this.link !== "connected") void this.readAll();
        this.link = event.state;
        break;
    }
  }

  #take(operation: OperationView): void {
    const index = this.operations.findIndex((known) => known.id === operation.id);
    // A terminal state is terminal: what arrives late does not bring an operation back to life.
    if (index >= 0 && this.operations[index]?.outcome && !operation.outcome) return;
    if (operation.outcome) {
      if (!this.#ended.has(operation.id)) this.#ended.set(operation.id, Date.now());
      this.#soon();
    }
    if (index >= 0) this.operations = this.operations.with(index, operation);
    else this.operations = [operation, ...this.operations].slice(0, HELD);
  }

  /** The status, and what capabilities have used, once for each burst. */
  #soon(): void {
    this.#burst ??= setTimeout(() => {
      this.#burst = null;
      void this.#readStatus();
      if (!this.#closed) void this.readCapabilities();
    }, BURST);
  }

  /** What is under way, and what came to its end before one's eyes. */
  flow = $derived.by<OperationView[]>(() => {
    const edge = this.now * 1_000 - LINGER;
    return this.operations.filter((one) => !one.outcome || (this.#ended.get(one.id) ?? 0) > edge);
  });

  running = $derived(this.operations.filter((one) => !one.outcome));

  /** The label of an agent's key, as its newest capability has it; `null` if nobody named it. */
  labelOf(key: string): string | null {
    return (
      this.capabilities.findLast((one) => one.holder_id === key || one.holder === key)?.label ??
      this.agents.find((one) => one.id === key || one.public === key)?.name ??
      null
    );
  }

  /** What an action does, in words; its id where the catalogue does not know it. */
  doing(action: string): string {
    return this.actions.find((one) => one.id === action)?.does ?? action;
  }

  /** Whether a pause holds this agent. */
  isPaused(key: string): boolean {
    return (this.status?.paused ?? []).some((one) => one.target.kind === "everything" || one.target.id === key);
  }

  say(text: string, tone: "plain" | "stop" = "plain"): void {
    this.notice = { text, tone };
    if (this.#noticeEnd) clearTimeout(this.#noticeEnd);
    this.#noticeEnd = setTimeout(() => {
      this.notice = null;
    }, 7_000);
  }

  /** Says what became of a change: it waits for others, or holds, in these words. */
  sayProposed(proposed: Proposed, holds: string): void {
    this.say(proposed.sequence === null ? "Signed. It waits for others to agree." : holds);
  }

  /** Holds an agent or everything at once; nothing is signed. */
  async pause(target: TargetView): Promise<Failure | null> {
    try {
      await this.backend.pause(target);
      const who = target.kind === "everything" ? "everything" : (this.labelOf(target.id) ?? "the agent");
      this.say(`Paused ${who}. Nothing new starts; what is under way goes on.`);
      await this.#readStatus();
      return null;
    } catch (failure) {
      return failure as Failure;
    }
  }

  /** Lifts a pause or halt, with a signature. */
  async resume(id: string): Promise<Failure | null> {
    try {
      await this.backend.resume(id);
      this.say("Lifted. It is in the ledger, with your signature.");
      await this.readAll();
      return null;
    } catch (failure) {
      return failure as Failure;
    }
  }
}

const KEY = Symbol("console");

export const provideConsole = (console: Console): Console => setContext(KEY, console);
export const useConsole = (): Console => getContext<Console>(KEY);
