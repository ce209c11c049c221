/**
 * The one door from the screens to everything outside the page.
 *
 * A screen never learns which side of the door it is on: `tauri.ts` leads to the shell in Rust, `fake/` to a
 * broker that lives in the page, for browser tests. Nothing secret passes here: a passphrase is asked for,
 * an App's key is read and every signature is made by the shell, after a confirmation that it draws itself.
 */
import type {
  Admitted,
  CapabilityView,
  ConnectionCheck,
  ErrorCode,
  Event,
  JsonValue,
  OperationView,
  PauseView,
  ResourceView,
  Status,
  Stopped,
  TargetView,
} from "../bindings/protocol";
import type { Approvals } from "./approvals";
import type { People, SessionView, SigningView } from "./people";
import type { Policies } from "./policies";

/** What only the shell can say; the broker's own codes are in the wire's `ErrorCode`. */
export type ShellErrorCode =
  /** The person pressed *Cancel* in the native confirmation, or stopped a verification. */
  | "cancelled"
  /** The keychain is locked, absent or refuses. */
  | "keychain"
  /** The delegation key cannot be had, or the passphrase or PIN is not its. */
  | "key-file"
  /** What was verified does not hold: ledger, realm or broker is not the one that was pinned. */
  | "not-verified"
  /** A value that the person wrote cannot be what it should be. */
  | "bad-value"
  /** The prover or its solver is not installed, or cannot answer: nothing is called proved. */
  | "no-proof"
  /** What must hold of every policy was not proved of this one: it is not signed. */
  | "unproved"
  /** Nobody is signed in: reading and signing wait for that, stopping does not. */
  | "locked"
  /** The practice range does not start: `git` is missing, or its program is not there. */
  | "practice";

/** Every call rejects with one of these and nothing else. */
export interface Failure {
  code: ErrorCode | ShellErrorCode;
  /** What happened and why, as a lower-case sentence. */
  message: string;
  /** What to do about it; may be empty. */
  hint: string;
}

/** Where the delegation key rests. */
export type KeyPlace = "keychain" | "key-file" | "passkey" | "security-key";

/** A part of the door that a shell may not have yet. Its screens are shown only where it is offered. */
export type Offer = "approvals" | "policy" | "proof" | "people" | "session";

/** The person's delegation key. */
export interface KeyView {
  place: KeyPlace;
  /** The keychain's item, or the file's path. */
  where: string;
  /** `ed25519:<base64>`. */
  public: string;
  /** `sha256:…`. */
  id: string;
}

/** This profile as the shell knows it, whether a broker runs or not. */
export interface Profile {
  /** `null`: the default profile; else its data folder, shown in the title. */
  data_dir: string | null;
  /** The console's own version. */
  version: string;
  /** The person's name, once there is one. */
  person: string | null;
  key: KeyView | null;
  /** The genesis that is pinned here; `null` before the first run has ended. */
  realm: string | null;
  /** What the user is called on this machine, as a first proposal for a name; empty if it cannot be one. */
  user: string;
  /** Whether this system has a keychain that answers, and if not, why. */
  keychain: Failure | null;
  /** Where else a key can be made here; absent: nowhere. */
  places?: KeyPlace[];
  /** What is behind the door beyond what always is; absent: nothing. */
  offers?: Offer[];
}

/** A value of the configuration and where it comes from. */
export interface Setting {
  name: string;
  value: string | null;
  /** `default`, `file`, `environment` or `command line`. */
  from: string;
}

/** An agent's key that can be delegated to. */
export interface AgentView {
  /** Its name in this profile, if its key was created here. */
  name: string | null;
  /** `ed25519:<base64>`. */
  public: string;
  /** Its key id. */
  id: string;
  /** The key file, if it was created here. */
  key_file: string | null;
  /** Whether it is the practice range's demo agent. */
  demo: boolean;
}

/** What an argument may be, as it stands in a grant. */
export type Constraint =
  | { exact: string | number | boolean }
  | { one_of: (string | number | boolean)[] }
  | { glob: string }
  | { range: { min: number; max: number } }
  | { path_prefix: string }
  | { ref: string };

/** An argument of an action, with what a grant says about it when the person says nothing. */
export interface ArgumentView {
  name: string;
  kind: "ref" | "text" | "number" | "word";
  required: boolean;
  /** `any`: any value of its kind; `must-be-said`: authority hangs on it; `left-out`: it cannot be used. */
  unsaid: "any" | "must-be-said" | "left-out";
  /** The constraint that every value of its kind meets. */
  any: Constraint;
}

/** An action of the catalogue. */
export interface ActionView {
  /** `pulls/merge`. */
  id: string;
  /** `github.merge`. */
  alias: string;
  /** `merge a pull request`. */
  does: string;
  arguments: ArgumentView[];
}

/** What the person has filled in to delegate. The shell builds, shows, signs and submits the capability. */
export interface Draft {
  /** The holder's public key, `ed25519:<base64>`. */
  holder: string;
  /** What to call the holder. */
  label: string;
  purpose: string;
  connection: string;
  /** One entry an action; it makes one grant, and one more for each combination of arguments that may be absent. */
  actions: { action: string; arguments: { name: string; constraint: Constraint; may_be_absent: boolean }[] }[];
  resources: ResourceView[];
  /** From now, for so many seconds. */
  seconds: number;
  max_uses: number | null;
  rate: { uses: number; seconds: number } | null;
  max_depth: number;
}

/** A capability that was signed and admitted. */
export interface Delegated {
  /** Its statement digest. */
  capability: string;
  sequence: number;
  /** The exact lines to paste on the agent's side; empty for the demo agent, which fetches by itself. */
  lines: string[];
}

/** One row of the list of receipts: what a list of a hundred thousand needs and no more. */
export interface ReceiptRow {
  operation: string;
  receipt: string;
  sentence: string;
  action: string;
  connection: string;
  resource: string;
  person: string | null;
  path: string[];
  outcome: string;
  /** `missing[0]` of the first policy that refused (its title if nothing is listed), or the reason's message; `null` when it succeeded. */
  why: string | null;
  received: number;
  elapsed_ms: number;
}

/** One receipt, read from its envelope, whose signature the shell has checked against the pinned broker key. */
export interface ReceiptView {
  /** Its statement digest. */
  digest: string;
  /** `null`: signature and digest hold; else what does not. */
  broken: string | null;
  /** The broker's key that it was checked against, `ed25519:<base64>`. */
  checked_with: string;
  /** When it was issued, in seconds since 1970. */
  issued: number;
  /** The predicate as it was signed: the fields of `bailiwick_authority::Receipt`. */
  body: JsonValue;
  /** The envelope's text, as it was signed. */
  envelope: string;
  /** Where persons were asked: the four words of that request. */
  code?: string[];
}

/** How far the verification of the ledger has come. */
export interface VerifyProgress {
  entries: number;
  of: number;
}

/** A ledger that holds. One that does not rejects with `not-verified`. */
export interface Verified {
  entries: number;
  receipts: number;
  erased: number;
  head: string;
  /** Whether it was held against a genesis and a broker key that were pinned before. */
  pinned: boolean;
  ms: number;
}

/** An App's private key that the person chose. It stays in the shell; this is its handle. */
export interface ChosenKey {
  handle: string;
  file_name: string;
  /** Over its public half, `sha256:…`. */
  fingerprint: string;
}

/** A GitHub App to connect. */
export interface GitHubDraft {
  name: string;
  api: string;
  app: number;
  installation: number;
  /** From `chooseAppKey`. */
  key: string;
}

/** The practice range and its demo agent. */
export interface PracticeView {
  /** Its API's address. */
  api: string;
  /** The connection that was signed for it. */
  connection: string;
  /** The demo agent: it begins to work as soon as something is delegated to it. */
  agent: AgentView;
}

/** What reaches the screens while it happens. */
export type BackendEvent =
  | Event
  /** The way to the broker: whoever missed events reads everything again. */
  | { event: "link"; state: "connected" | "connecting" | "away"; failure: Failure | null }
  /** A key waits to be touched, or no longer does. */
  | { event: "signing"; signing: SigningView | null }
  /** Somebody signed in, or the console was locked: the shell holds the lock. */
  | { event: "session"; session: SessionView };

/** The door. Every promise rejects with a `Failure`. */
export interface Backend extends Approvals, Policies, People {
  // Reading.
  profile(): Promise<Profile>;
  settings(): Promise<Setting[]>;
  status(): Promise<Status>;
  /** Newest first; with `before` only those received before that second. At most 1,000. */
  operations(query: { limit: number; before: number | null }): Promise<OperationView[]>;
  operation(id: string): Promise<OperationView>;
  capabilities(): Promise<CapabilityView[]>;
  /** Agents whose keys are in this profile, the practice range's demo agent among them. */
  agents(): Promise<AgentView[]>;
  /** The catalogue, in its order. */
  actions(): Promise<ActionView[]>;
  /** What revoking this would stop. Nothing is done. */
  preview(target: TargetView): Promise<Stopped>;
  /** Finished operations, newest first; with `before` only those received before that second. At most 1,000. */
  receipts(query: { limit: number; before: number | null }): Promise<ReceiptRow[]>;
  receipt(digest: string): Promise<ReceiptView>;
  /** Asks the destination; takes seconds. */
  checkConnection(name: string): Promise<ConnectionCheck>;
  /** The practice range, if it runs. */
  practice(): Promise<PracticeView | null>;

  /** Walks the whole ledger. One at a time; a second call rejects. */
  verify(progress: (progress: VerifyProgress) => void): Promise<Verified>;
  /** Makes a running `verify` reject with `cancelled`. */
  cancelVerify(): Promise<void>;

  // Stopping without a signature.
  pause(target: TargetView): Promise<PauseView>;

  // What a person signs: the shell shows it in a window of its own; *Cancel* rejects with `cancelled`.
  delegate(draft: Draft): Promise<Delegated>;
  revoke(target: TargetView, reason: string): Promise<Stopped>;
  halt(reason: string): Promise<Stopped>;
  /** Lifts a pause or a halt, by its digest. */
  resume(id: string): Promise<Admitted>;
  connectGitHub(draft: GitHubDraft): Promise<ConnectionCheck>;

  // Setting up.
  /** Makes the key where there is none, names the person, founds the realm, signs the shipped policy. Can be called again after it was cut off. */
  foundRealm(name: string, place: KeyPlace): Promise<Profile>;
  /** Starts the practice range with its demo agent, if it does not run, and connects it. */
  startPractice(): Promise<PracticeView>;
  /** The system's file chooser; `null` if the person chose none. */
  chooseAppKey(): Promise<ChosenKey | null>;
  createAgent(name: string): Promise<AgentView>;
  /** Starts the broker that lies beside the console, if none runs. */
  startBroker(): Promise<Status>;

  /** What happens from now on, until the answer is called. */
  subscribe(handler: (event: BackendEvent) => void): Promise<() => void>;
}
