/** Destinations: what each connection reaches, a new one, and the practice range. */
import type { ConnectionCheck } from "../../bindings/protocol";
import type { ChosenKey, Failure, PracticeView } from "../backend";
import { type FakeBroker, wait } from "./broker";
import { HOSTILE } from "./hostile";
import { REPOSITORIES, agent, connection } from "./world";

export class FakeConnections {
  #broker: FakeBroker;
  #practice: PracticeView | null = null;

  constructor(broker: FakeBroker) {
    this.#broker = broker;
  }

  async checkConnection(name: string): Promise<ConnectionCheck> {
    this.#broker.read();
    await wait(this.#broker.scenario === "many" ? 0 : 250);
    const found = this.#broker.world.connections.find((one) => one.name === name);
    if (!found) throw { code: "not-set-up", message: `there is no connection \`${name}\``, hint: "connect it first" } satisfies Failure;
    if (!found.root_present) {
      throw { code: "root-secret", message: `the key of the connection \`${name}\` is not in the root store`, hint: "connect it again with the App's key" } satisfies Failure;
    }
    const hostile = this.#broker.scenario === "hostile";
    return {
      account: hostile ? HOSTILE.markup : "acme",
      app: hostile ? HOSTILE.styled : name === "practice" ? "practice-app" : "bailiwick-acme",
      permissions: { checks: "read", contents: "write", issues: "write", metadata: "read", pull_requests: "write", statuses: "read", ...(name === "practice" ? { deployments: "write" } : {}) },
      resources: hostile ? Object.values(HOSTILE).map((text, index) => ({ id: `repository:${index + 1}`, name: text })) : REPOSITORIES,
      missing: name === "practice" ? [] : ["`repos/create-deployment` needs `deployments: write`"],
      clock_skew_seconds: 0,
    };
  }

  async connectGitHub(draft: { name: string; api: string }): Promise<ConnectionCheck> {
    const { world, random } = this.#broker;
    this.#broker.reach();
    await this.#broker.sign(`Connect ${draft.name}?`);
    world.connections = [...world.connections.filter((one) => one.name !== draft.name), connection(random, draft.name, draft.api)];
    world.advisory = true;
    this.#broker.statement("connection");
    return this.checkConnection(draft.name);
  }

  async chooseAppKey(): Promise<ChosenKey> {
    return { handle: "key-1", file_name: "bailiwick-acme.private-key.pem", fingerprint: this.#broker.random.digest() };
  }

  async practice(): Promise<PracticeView | null> {
    return this.#practice;
  }

  async startPractice(): Promise<PracticeView> {
    this.#broker.reach();
    if (this.#practice) return this.#practice;
    await wait(150);
    await this.#broker.sign("Connect the practice range?");
    const { world, random } = this.#broker;
    const made = connection(random, "practice", "http://127.0.0.1:40231");
    const demo = agent(random, "demo-agent", true);
    world.connections = [...world.connections.filter((one) => one.name !== "practice"), made];
    world.agents = [...world.agents, demo];
    this.#practice = { api: made.api, connection: "practice", agent: demo };
    this.#broker.statement("connection");
    return this.#practice;
  }
}
