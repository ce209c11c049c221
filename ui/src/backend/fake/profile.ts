/** Who this profile is, what it is configured to, and founding a realm. */
import type { Failure, KeyPlace, Offer, Profile, Setting } from "../backend";
import type { FakeBroker } from "./broker";
import { Random } from "./random";

/** What the shell can offer beyond what always is. */
const OFFERS: Offer[] = ["approvals", "policy", "proof", "people", "session"];

/** Throws unless it can name a person or an agent. */
export function name(text: string, message: string): void {
  if (!/^[a-z0-9][a-z0-9._-]*$/.test(text)) throw { code: "bad-value", message, hint: "use a-z, 0-9, `.`, `_` and `-`" } satisfies Failure;
}

export class FakeProfile {
  #broker: FakeBroker;
  #profile: Profile;

  constructor(broker: FakeBroker, plain: boolean, without: string[]) {
    this.#broker = broker;
    const fresh = broker.scenario === "fresh";
    const random = new Random(11);
    this.#profile = {
      data_dir: null,
      version: "0.1.0",
      person: fresh ? null : "ada",
      key: fresh ? null : { place: "keychain", where: "bailiwick delegation ada", public: random.key(), id: random.digest() },
      realm: fresh ? null : broker.realm,
      user: "ada",
      keychain: null,
      places: plain ? [] : ["passkey", "security-key"],
      offers: plain ? [] : OFFERS.filter((one) => !without.includes(one)),
    };
  }

  get person(): string {
    return this.#profile.person ?? "";
  }

  get realm(): string | null {
    return this.#profile.realm;
  }

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

  async foundRealm(person: string, place: KeyPlace): Promise<Profile> {
    name(person, `\`${person}\` cannot be a person's name`);
    const { random, realm } = this.#broker;
    await this.#broker.sign(`Found a realm as ${person}?`);
    const where = place === "keychain" ? `bailiwick delegation ${person}` : "/home/ada/.config/bailiwick/person.key";
    this.#profile = { ...this.#profile, person, realm, key: { place, where, public: random.key(), id: random.digest() } };
    this.#broker.statement("roster");
    this.#broker.statement("policy");
    return structuredClone(this.#profile);
  }
}
