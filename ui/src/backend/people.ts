/** What the screens ask and do about persons, their keys, and who sits here. */
import type { AlarmView } from "../bindings/protocol";
import type { Proposed } from "./approvals";
import type { KeyPlace } from "./backend";

/** How well a key is kept, as it was enrolled. */
export type Assurance = "file" | "keychain" | "synced-passkey" | "device-bound";
export type Role = "steward" | "approver" | "security";
/** How a key ends. */
export type KeyEndKind = "rotated" | "retired" | "compromised";

/** A key of the roster. */
export interface EnrolledKeyView {
  id: string;
  public: string;
  assurance: Assurance;
  /** Where it was enrolled, in the person's words. */
  enrolled: string;
  /** When, in seconds since 1970. */
  since: number;
  /** When a statement of it was last admitted; `null`: never. */
  last_used: number | null;
  /** How it ended; `since` is the ledger entry from which on nothing of it counts. */
  end: { how: KeyEndKind; since: number | null } | null;
  /** Whether this console signs with it. */
  here: boolean;
}

export interface PersonView {
  name: string;
  roles: Role[];
  /** The person's ids at destinations. */
  identities: { connection: string; id: string }[];
  keys: EnrolledKeyView[];
}

/** The roster in force. */
export interface RosterView {
  statement: string;
  /** How many persons must agree to a change. */
  change_quorum: number;
  persons: PersonView[];
  /** Persons who together can enrol a new key for somebody who lost theirs; and how many of them it takes. */
  recovery: { quorum: number; persons: string[] };
  /** Persons who are named to give somebody who lost every key a new one without a steward; `null`: nobody is. */
  named: { quorum: number; persons: string[] } | null;
  /** What the broker noticed lately about persons' statements, newest first. */
  alarms: AlarmView[];
}

/** What a newcomer sends: a public key and a proof that they hold it. */
export interface InvitationView {
  /** The text to send, or that was received. */
  text: string;
  name: string;
  public: string;
  id: string;
  assurance: Assurance;
  enrolled: string;
  /** Four words, the same on both sides. */
  code: string[];
}

/** Enrolling a person, or a further key of one, who keeps roles and ids: both are empty then. */
export interface Enrolment {
  invitation: string;
  roles: Role[];
  identities: { connection: string; id: string }[];
  /** Keys of the same person that end with it: after a loss. */
  ends: { key: string; how: KeyEndKind; since: number | null }[];
}

/** What ending a key would do. */
export interface KeyEndEffect {
  /** What it signed and what stays in force, in words. */
  stands: string[];
  /** What stops, in words. */
  stops: string[];
}

/** Who sits here, and until when. */
export interface SessionView {
  /** `null`: nobody is signed in, or it is locked. */
  person: string | null;
  /** Until when at most, in seconds since 1970. */
  until: number | null;
  /** After so many seconds without a touch it locks. */
  idle_seconds: number;
}

/** A key that waits for its person on a page in the browser: drawn while the shell waits for it. A security key at USB
    and its PIN are asked for in windows of the shell's own. */
export interface SigningView {
  headline: string;
  /** None while a key is made. */
  code: string[];
  key: string;
}

export interface People {
  roster(): Promise<RosterView>;
  /** Reads a received invitation and checks its proof; nothing is enrolled. */
  readInvitation(text: string): Promise<InvitationView>;
  previewKeyEnd(key: string, how: KeyEndKind, since: number | null): Promise<KeyEndEffect>;
  session(): Promise<SessionView>;

  /** Makes a key here and the invitation that a steward of the realm reads; `realm` is its digest. */
  invitation(name: string, place: KeyPlace, realm: string): Promise<InvitationView>;
  enrol(enrolment: Enrolment): Promise<Proposed>;
  setRoles(person: string, roles: Role[]): Promise<Proposed>;
  /** So many persons must agree to a change of roster, policy or connections. */
  setQuorum(quorum: number): Promise<Proposed>;
  /** Makes a new key of this console's person; the old one ends as `rotated`. */
  rotateKey(place: KeyPlace): Promise<Proposed>;
  endKey(key: string, how: KeyEndKind, since: number | null): Promise<Proposed>;

  /** Signs a reading session. */
  signIn(): Promise<SessionView>;
  lock(): Promise<SessionView>;
  /** Somebody touched the page: what is open stays open. */
  touched(): Promise<void>;
  /** The running signature rejects with `cancelled`. */
  cancelSigning(): Promise<void>;
}
