/** Agents' keys, and letting one ask. */
import type { CapabilityView } from "../../bindings/protocol";
import type { AgentView, Delegated, Draft, Failure } from "../backend";
import type { FakeAgents } from "./agents";
import { type FakeBroker, seconds } from "./broker";
import { type FakeProfile, name as named } from "./profile";
import { agent } from "./world";

export class FakeDelegating {
  #broker: FakeBroker;
  #profile: FakeProfile;
  #agents: FakeAgents;

  constructor(broker: FakeBroker, profile: FakeProfile, agents: FakeAgents) {
    this.#broker = broker;
    this.#profile = profile;
    this.#agents = agents;
  }

  async agents(): Promise<AgentView[]> {
    return this.#broker.world.agents;
  }

  async createAgent(name: string): Promise<AgentView> {
    const { world, random } = this.#broker;
    named(name, `\`${name}\` cannot be an agent's name`);
    if (world.agents.some((one) => one.name === name)) throw { code: "bad-value", message: `there is an agent \`${name}\` already`, hint: "give it another name" } satisfies Failure;
    const made = agent(random, name);
    world.agents = [...world.agents, made];
    return made;
  }

  async capabilities(): Promise<CapabilityView[]> {
    this.#broker.read();
    return this.#broker.world.capabilities;
  }

  async delegate(draft: Draft): Promise<Delegated> {
    this.#broker.reach();
    await this.#broker.sign(`Delegate to ${draft.label}?`);
    const { world, random } = this.#broker;
    const now = seconds();
    const holder = world.agents.find((one) => one.public === draft.holder);
    const capability: CapabilityView = {
      id: random.digest(),
      parent: null,
      person: this.#profile.person,
      holder: draft.holder,
      holder_id: holder?.id ?? random.digest(),
      label: draft.label,
      purpose: draft.purpose,
      grants: draft.actions.map((one) => ({
        connection: draft.connection,
        actions: [one.action],
        resources: draft.resources,
        arguments: Object.fromEntries(one.arguments.map((each) => [each.name, structuredClone(each.constraint)])) as never,
      })),
      not_before: now,
      expires: now + draft.seconds,
      max_uses: draft.max_uses,
      uses: 0,
      max_depth: draft.max_depth,
      state: "active",
    };
    world.capabilities = [...world.capabilities, capability];
    const { sequence } = this.#broker.statement("capability");
    if (holder?.demo) void this.#agents.demo(capability);
    return {
      capability: capability.id,
      sequence,
      lines: holder?.demo ? [] : [`bailiwick agent fetch ${draft.label}`, `bailiwick request ${draft.actions[0]?.action} --as ${draft.label} --repo ${draft.resources[0]?.name ?? ""} branch=… target=main`],
    };
  }
}
