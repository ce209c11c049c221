/** What the fake broker knows at its start, for each scenario. */
import type { CapabilityView, ConnectionView, GrantView, JsonValue, OperationView, PauseView, ResourceView } from "../../bindings/protocol";
import type { AgentView } from "../backend";
import { HOSTILE, HOSTILE_NAMES } from "./hostile";
import { type Asker, type Fate, finished } from "./operation";
import { Random } from "./random";
import type { Scenario } from "./scenario";

export const BACKEND: ResourceView = { id: "repository:48151623", name: "acme/backend" };
export const REPOSITORIES: ResourceView[] = [
  BACKEND,
  { id: "repository:48151624", name: "acme/frontend" },
  { id: "repository:48151630", name: "acme/infrastructure" },
];

export const ANY_BRANCH: JsonValue = { ref: "refs/heads/**" };
const ANY_TEXT: JsonValue = { glob: "**" };
const ANY_NUMBER: JsonValue = { range: { min: 1, max: Number.MAX_SAFE_INTEGER } };

export interface World {
  agents: AgentView[];
  connections: ConnectionView[];
  capabilities: CapabilityView[];
  operations: OperationView[];
  paused: PauseView[];
  halted: string | null;
  advisory: boolean;
}

export const EMPTY: World = {
  agents: [],
  connections: [],
  capabilities: [],
  operations: [],
  paused: [],
  halted: null,
  advisory: false,
};

export function agent(random: Random, name: string, demo = false): AgentView {
  return {
    name,
    public: random.key(),
    id: random.digest(),
    key_file: demo ? null : `/home/ada/.config/bailiwick/agents/${name}.key`,
    demo,
  };
}

export const connection = (random: Random, name: string, api: string): ConnectionView => ({
  name,
  statement: random.digest(),
  api,
  app: 12345,
  installation: 100,
  root_present: true,
  catalogue: "github-1",
});

export const grant = (connection: string, action: string, resources: ResourceView[], args: JsonValue): GrantView => ({
  connection,
  actions: [action],
  resources,
  arguments: args,
});

const merge = (connection: string, resources: ResourceView[], target = "main"): GrantView =>
  grant(connection, "pulls/merge", resources, { branch: ANY_BRANCH, target: { exact: target } });
const comment = (connection: string, resources: ResourceView[]): GrantView =>
  grant(connection, "issues/create-comment", resources, { issue: ANY_NUMBER, body: ANY_TEXT });
const deploy = (connection: string, resources: ResourceView[], environment: string): GrantView =>
  grant(connection, "repos/create-deployment", resources, { ref: ANY_BRANCH, environment: { exact: environment } });

/** A capability for this holder. */
function capability(
  random: Random,
  now: number,
  holder: { label: string; key: string; id: string },
  told: Partial<CapabilityView> & { grants: GrantView[] },
): CapabilityView {
  return {
    id: random.digest(),
    parent: null,
    person: "ada",
    holder: holder.key,
    holder_id: holder.id,
    label: holder.label,
    purpose: "ship the release",
    not_before: now - 7_200,
    expires: now + 21_600,
    max_uses: null,
    uses: 0,
    max_depth: 2,
    state: "active",
    ...told,
  };
}

const holder = (random: Random, label: string): { label: string; key: string; id: string } => ({
  label,
  key: random.key(),
  id: random.digest(),
});

/** The chain above a capability, as an asker of it names it. */
export function asker(capabilities: CapabilityView[], leaf: CapabilityView): Asker {
  const chain: CapabilityView[] = [];
  for (let at: CapabilityView | undefined = leaf; at; at = capabilities.find((one) => one.id === at?.parent)) {
    chain.unshift(at);
  }
  const grantOf = leaf.grants[0];
  return {
    person: leaf.person,
    path: chain.map((one) => one.label),
    agent: leaf.holder_id,
    chain: chain.map((one) => one.id),
    connection: grantOf?.connection ?? "",
    resource: grantOf?.resources[0] ?? BACKEND,
  };
}

/** The world that a scenario starts in. */
export function world(scenario: Scenario, now: number): World {
  const random = new Random(20_261_122);
  if (scenario === "fresh" || scenario === "empty") return { ...EMPTY };
  const github = connection(random, "github", "https://api.github.com");
  const practice = connection(random, "practice", "http://127.0.0.1:40231");
  const agents = [agent(random, "ci-bot"), agent(random, "release-agent"), agent(random, "docs-agent")];
  const [ci, release, docs] = agents as [AgentView, AgentView, AgentView];
  const of = (one: AgentView): { label: string; key: string; id: string } => ({
    label: one.name ?? "",
    key: one.public,
    id: one.id,
  });
  const ship = capability(random, now, of(ci), {
    grants: [merge("github", [BACKEND]), comment("github", [BACKEND]), deploy("github", [BACKEND], "staging")],
    uses: 41,
  });
  const reviewer = capability(random, now, holder(random, "reviewer"), {
    parent: ship.id,
    grants: [comment("github", [BACKEND])],
    purpose: "leave review notes",
    max_depth: 1,
    uses: 12,
    expires: now + 10_800,
  });
  const bench = capability(random, now, holder(random, "bench-runner"), {
    parent: ship.id,
    grants: [deploy("github", [BACKEND], "staging")],
    purpose: "measure on staging",
    max_depth: 0,
    max_uses: 10,
    uses: 4,
    expires: now + 2_700,
  });
  const front = capability(random, now, of(release), {
    grants: [merge("github", [REPOSITORIES[1] ?? BACKEND, REPOSITORIES[2] ?? BACKEND])],
    purpose: "merge approved front-end work",
    expires: now + 3_000,
    uses: 9,
    max_uses: 20,
    max_depth: 0,
  });
  const old = capability(random, now, of(docs), {
    person: "grace",
    grants: [comment("github", [BACKEND])],
    purpose: "answer questions on documentation",
    not_before: now - 180_000,
    expires: now - 93_600,
    state: "expired",
    uses: 118,
  });
  const ended = capability(random, now, of(docs), {
    grants: [merge("github", [BACKEND], "docs")],
    purpose: "merge documentation",
    not_before: now - 90_000,
    expires: now + 3_600,
    state: "revoked",
    uses: 3,
  });
  const capabilities = [ship, reviewer, bench, front, old, ended];
  const shipping = asker(capabilities, ship);
  const askers = [shipping, shipping, asker(capabilities, reviewer), asker(capabilities, front), asker(capabilities, bench)];
  const made: World = { ...EMPTY, agents, connections: [github, practice], capabilities, advisory: true };

  if (scenario === "hostile") return hostile(random, now, made);
  const fates: Fate[] =
    scenario === "refused"
      ? ["failing-check", "no-review", "protected-path", "unreachable", "failing-check", "no-review"]
      : ["merged", "merged", "commented", "deployed", "opened", "merged", "commented", "failing-check", "merged", "no-review"];
  const many = scenario === "many" ? 100_000 : scenario === "refused" ? 64 : 260;
  const span = scenario === "many" ? 30 * 86_400 : 86_400;
  let at = now - 95;
  for (let index = 0; index < many; index += 1) {
    const fate = index === 7 && scenario === "refused" ? "unknown" : random.pick(fates);
    const from: Asker = fate === "commented" ? (askers[2] ?? shipping) : fate === "deployed" ? (askers[4] ?? shipping) : random.pick([shipping, askers[3] ?? shipping]);
    made.operations.push(finished(random, from, fate, Math.floor(at), many - index));
    // Busier by day than by night.
    const hours = new Date(at * 1_000).getHours();
    at -= (span / many) * 2 * random.next() * (scenario === "many" ? 1 : hours < 7 || hours > 20 ? 3 : 0.7);
  }
  if (scenario === "refused") {
    made.paused = [{ id: random.digest(), target: { kind: "agent", id: release.id }, since: now - 640 }];
    github.root_present = false;
  }
  if (scenario === "halted") {
    made.halted = random.digest();
    made.capabilities = capabilities.map((one) => ({ ...one, state: one.state === "active" ? "revoked" : one.state }));
  }
  return made;
}

/** Every field that an agent or a destination writes, filled with something that deceives. */
function hostile(random: Random, now: number, made: World): World {
  const resource = { id: "repository:48151623", name: HOSTILE.lookAlike };
  const first = capability(random, now, holder(random, HOSTILE.markup), {
    grants: [merge("github", [resource], HOSTILE.bidi)],
    purpose: HOSTILE.control,
  });
  const second = capability(random, now, holder(random, HOSTILE.long), {
    parent: first.id,
    grants: [grant(HOSTILE.zeroWidth, HOSTILE.long, [{ id: HOSTILE.bidi, name: HOSTILE.long }], { [HOSTILE.markup]: { exact: HOSTILE.long } })],
    purpose: HOSTILE.long,
  });
  const third = capability(random, now, holder(random, HOSTILE.zalgo), {
    parent: second.id,
    grants: [comment("github", [resource])],
    purpose: HOSTILE.styled,
  });
  const capabilities = [first, second, third];
  const operations = HOSTILE_NAMES.flatMap((name, index) => {
    const from = asker(capabilities, capabilities[index % 3] ?? first);
    const fate: Fate = index % 2 === 0 ? "merged" : "failing-check";
    const view = finished(random, from, fate, now - 60 - index * 61, index);
    const refusals = view.refusals.map((refusal) => ({ ...refusal, title: name, because: name, missing: [name], remedy: name }));
    return [
      {
        ...view,
        sentence: `merge ${name} into main of acme/backend`,
        connection: HOSTILE.zeroWidth,
        resource: { id: "repository:48151623", name },
        arguments: { branch: name, [HOSTILE.markup]: name },
        path: [...from.path, name],
        facts: { [HOSTILE.markup]: name, changed_paths: [name, HOSTILE.long] },
        output: view.output === null ? null : { merge_commit: name, [HOSTILE.bidi]: [name] },
        refusals,
        reason: view.reason === null ? null : { ...view.reason, message: name, hint: name },
      } satisfies OperationView,
    ];
  });
  return {
    ...made,
    capabilities,
    operations,
    agents: [{ name: null, public: random.key(), id: HOSTILE.bidi, key_file: HOSTILE.long, demo: false }],
    connections: [{ ...(made.connections[0] as ConnectionView), name: HOSTILE.zeroWidth, api: `https://${HOSTILE.lookAlike}.example/${HOSTILE.long}` }],
  };
}
