/** Capabilities as the tree that they are: a person, what that person signed, and what was passed on. */
import type { CapabilityView, OperationView } from "../bindings/protocol";

export type Node =
  | { kind: "person"; id: string; name: string; children: Node[] }
  | { kind: "capability"; id: string; capability: CapabilityView; children: Node[] }
  | { kind: "operation"; id: string; operation: OperationView; children: Node[] };

/** Whether it can be used now or later. */
export const isLive = (capability: CapabilityView): boolean =>
  capability.state === "active" || capability.state === "not-yet";

/** The forest, each person a root. A capability whose parent is not known stands under its person. */
export function forest(capabilities: CapabilityView[], running: OperationView[]): Node[] {
  const nodes = new Map<string, Node & { kind: "capability" }>();
  for (const capability of capabilities) {
    nodes.set(capability.id, { kind: "capability", id: capability.id, capability, children: [] });
  }
  const persons = new Map<string, Node & { kind: "person" }>();
  for (const node of nodes.values()) {
    const parent = node.capability.parent === null ? undefined : nodes.get(node.capability.parent);
    if (parent) {
      parent.children.push(node);
      continue;
    }
    const name = node.capability.person;
    const person = persons.get(name) ?? { kind: "person", id: `person:${name}`, name, children: [] };
    persons.set(name, person);
    person.children.push(node);
  }
  for (const operation of running) {
    const leaf = operation.chain.at(-1);
    const holder = leaf === undefined ? undefined : nodes.get(leaf);
    holder?.children.push({ kind: "operation", id: operation.id, operation, children: [] });
  }
  return [...persons.values()];
}

/** A capability's ancestors and itself, root first. */
export function lineage(capabilities: CapabilityView[], id: string): CapabilityView[] {
  const byId = new Map(capabilities.map((capability) => [capability.id, capability]));
  const chain: CapabilityView[] = [];
  for (let at = byId.get(id); at && !chain.includes(at); at = at.parent === null ? undefined : byId.get(at.parent)) {
    chain.unshift(at);
  }
  return chain;
}

/** Whether a capability speaks of what was searched for, by label, person, action, resource, purpose or id. */
export function matches(capability: CapabilityView, search: string): boolean {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const text = [
    capability.label,
    capability.person,
    capability.purpose,
    capability.id,
    capability.holder_id,
    capability.state,
    ...capability.grants.flatMap((grant) => [
      grant.connection,
      ...grant.actions,
      ...grant.resources.map((resource) => resource.name),
    ]),
  ]
    .join("\n")
    .toLowerCase();
  return words.every((word) => text.includes(word));
}
