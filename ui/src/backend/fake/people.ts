/** Persons and keys, in small. */
import type { Enrolment, InvitationView, KeyEndEffect, KeyEndKind, People, PersonView, Role, RosterView, SessionView } from "../people";
import type { Proposed } from "../approvals";
import type { BackendEvent, Failure, KeyPlace } from "../backend";
import type { Around } from "./approvals";
import { code } from "./card";
import { HOSTILE } from "./hostile";
import { Random } from "./random";
import type { Scenario } from "./scenario";

const DAY = 86_400;

export class FakePeople implements People {
  #around: Around;
  #emit: (event: BackendEvent) => void;
  #random = new Random(19);
  #persons: PersonView[];
  #statement: string;
  #session: SessionView;
  #alarms: RosterView["alarms"];
  #quorum: number | null = null;
  #cancel: (() => void) | null = null;

  constructor(scenario: Scenario, now: number, around: Around, emit: (event: BackendEvent) => void) {
    this.#around = around;
    this.#emit = emit;
    const random = this.#random;
    this.#statement = random.digest();
    const key = (assurance: PersonView["keys"][number]["assurance"], enrolled: string, since: number, last: number | null, told: Partial<PersonView["keys"][number]> = {}): PersonView["keys"][number] => ({ id: random.digest(), public: random.key(), assurance, enrolled, since: now - since, last_used: last === null ? null : now - last, end: null, here: false, ...told });
    const odd = scenario === "hostile";
    this.#persons =
      scenario === "empty" || scenario === "fresh"
        ? [{ name: "ada", roles: ["steward", "approver", "security"], identities: [], keys: [key("keychain", "ada-laptop", 60, 40, { here: true })] }]
        : [
            { name: "ada", roles: ["steward", "approver"], identities: [{ connection: "github", id: "1000001" }], keys: [key("keychain", odd ? HOSTILE.bidi : "ada-laptop", 60 * DAY, 320, { here: true }), key("device-bound", odd ? HOSTILE.long : "blue security key", 58 * DAY, 2 * DAY), key("keychain", odd ? HOSTILE.markup : "the old laptop", 400 * DAY, 61 * DAY, { end: { how: "rotated", since: null } })] },
            { name: "grace", roles: ["steward", "approver", "security"], identities: [{ connection: "github", id: "1000002" }], keys: [key("synced-passkey", odd ? HOSTILE.lookAlike : "phone and laptop", 44 * DAY, 5_400)] },
            { name: "linus", roles: ["approver"], identities: [], keys: [key("file", odd ? HOSTILE.styled : "build machine", 12 * DAY, null), key("device-bound", "key on the ring", 30 * DAY, 9 * DAY, { end: { how: "compromised", since: 388 } })] },
          ];
    const alarm = (sequence: number, before: number, person: string | null, text: string) => ({ sequence, time: now - before, code: "refused", statement: random.digest(), person, text });
    this.#alarms =
      this.#persons.length < 2
        ? []
        : [
            alarm(402, 2 * 3_600, odd ? HOSTILE.bidi : "linus", odd ? HOSTILE.long : "an approval was refused: `linus` has approved it already with another key, and counts once however many keys sign"),
            alarm(388, 9 * DAY, null, odd ? HOSTILE.markup : "an invitation was refused: it lets nobody in by itself"),
          ];
    this.#session = { person: "ada", until: now + 11 * 3_600, idle_seconds: 600 };
  }

  // What a test moves.

  /** A key waits to be touched, until it is or until the person cancels. */
  async touch(headline: string): Promise<boolean> {
    this.#emit({ event: "signing", signing: { headline, code: code(this.#random.digest()), key: "your passkey" } });
    const touched = await new Promise<boolean>((done) => {
      this.#cancel = () => done(false);
      (window as unknown as { touchKey: () => void }).touchKey = () => done(true);
    });
    this.#emit({ event: "signing", signing: null });
    return touched;
  }

  setIdle(seconds: number): void {
    this.#session = { ...this.#session, idle_seconds: seconds };
  }

  // Reading.

  async roster(): Promise<RosterView> {
    this.#around.read();
    const stewards = this.#persons.filter((one) => one.roles.includes("steward")).map((one) => one.name);
    const quorum = this.#quorum ?? Math.min(2, stewards.length);
    return { statement: this.#statement, change_quorum: quorum, persons: structuredClone(this.#persons), recovery: { quorum, persons: stewards }, named: null, alarms: structuredClone(this.#alarms) };
  }

  async readInvitation(text: string): Promise<InvitationView> {
    if (!text.trim().startsWith("bailiwick-invitation:")) throw { code: "bad-value", message: "this is no invitation", hint: "paste all of it, from `bailiwick-invitation:` on" } satisfies Failure;
    const forged = text.includes("forged");
    if (forged) throw { code: "not-verified", message: "whoever wrote this does not hold the key in it", hint: "ask for a new one, over another way" } satisfies Failure;
    const name = /:([a-z0-9._-]+):/.exec(text)?.[1] ?? "margaret";
    const random = new Random(text.length);
    const id = random.digest();
    return { text: text.trim(), name, public: random.key(), id, assurance: "device-bound", enrolled: "margaret-desktop", code: code(id) };
  }

  async previewKeyEnd(key: string, how: KeyEndKind, since: number | null): Promise<KeyEndEffect> {
    this.#around.read();
    const held = ["ada lets ci-bot merge into main of acme/backend", "ada lets release-agent merge in acme/frontend"];
    const mine = this.#persons[0]?.keys.some((one) => one.id === key) ?? false;
    if (!mine) return { stands: [], stops: [] };
    if (how === "rotated") return { stands: held, stops: [] };
    return { stands: how === "compromised" && since !== null ? ["the policy in force, admitted before"] : [], stops: held };
  }

  async session(): Promise<SessionView> {
    return { ...this.#session };
  }

  // Signing.

  async invitation(name: string, place: KeyPlace, realm: string): Promise<InvitationView> {
    if (!/^sha256:[0-9a-f]{64}$/.test(realm)) throw { code: "bad-value", message: "this is no realm's digest", hint: "its steward's console shows it under Settings" } satisfies Failure;
    const id = this.#random.digest();
    return { text: `bailiwick-invitation:${name}:${this.#random.hex(180)}`, name, public: this.#random.key(), id, assurance: place === "passkey" ? "synced-passkey" : place === "security-key" ? "device-bound" : place === "keychain" ? "keychain" : "file", enrolled: `${name}-laptop`, code: code(id) };
  }

  async enrol(enrolment: Enrolment): Promise<Proposed> {
    const read = await this.readInvitation(enrolment.invitation);
    const proposed = await this.#next(`Let ${read.name} act from now on?`);
    const key = { id: read.id, public: read.public, assurance: read.assurance, enrolled: read.enrolled, since: Math.floor(Date.now() / 1_000), last_used: null, end: null, here: false };
    const known = this.#persons.find((one) => one.name === read.name);
    if (known) {
      for (const end of enrolment.ends) for (const one of known.keys) if (one.id === end.key) one.end = { how: end.how, since: end.since };
      known.keys.push(key);
    } else this.#persons.push({ name: read.name, roles: enrolment.roles, identities: enrolment.identities, keys: [key] });
    return proposed;
  }

  async setRoles(person: string, roles: Role[]): Promise<Proposed> {
    const proposed = await this.#next(`Change what ${person} may do?`);
    const found = this.#persons.find((one) => one.name === person);
    if (found) found.roles = roles;
    return proposed;
  }

  async setQuorum(quorum: number): Promise<Proposed> {
    const proposed = await this.#next(`Let ${quorum} persons agree to a change?`);
    this.#quorum = quorum;
    return proposed;
  }

  async rotateKey(place: KeyPlace): Promise<Proposed> {
    const proposed = await this.#next("Put a new key in place of this one?");
    const me = this.#persons[0];
    for (const one of me?.keys ?? []) if (one.here) Object.assign(one, { here: false, end: { how: "rotated", since: null } });
    me?.keys.unshift({ id: this.#random.digest(), public: this.#random.key(), assurance: place === "keychain" ? "keychain" : place === "key-file" ? "file" : "device-bound", enrolled: "ada-laptop", since: Math.floor(Date.now() / 1_000), last_used: null, end: null, here: true });
    return proposed;
  }

  async endKey(key: string, how: KeyEndKind, since: number | null): Promise<Proposed> {
    const proposed = await this.#next("End this key?");
    for (const one of this.#persons.flatMap((person) => person.keys)) if (one.id === key) one.end = { how, since };
    return proposed;
  }

  async signIn(): Promise<SessionView> {
    const now = Math.floor(Date.now() / 1_000);
    await this.#around.sign("Sign in for 12 hours?", code(this.#random.digest()));
    this.#session = { ...this.#session, person: "ada", until: now + 43_200 };
    return { ...this.#session };
  }

  async lock(): Promise<SessionView> {
    this.#session = { ...this.#session, person: null, until: null };
    return { ...this.#session };
  }

  async touched(): Promise<void> {}

  async cancelSigning(): Promise<void> {
    this.#cancel?.();
  }

  async #next(headline: string): Promise<Proposed> {
    this.#around.reach();
    await this.#around.sign(headline, code(this.#random.digest()));
    const admitted = this.#around.statement("roster");
    this.#statement = admitted.digest;
    return admitted;
  }
}
