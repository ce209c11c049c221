/** The states that screens are looked at in. */

export const SCENARIOS = ["fresh", "empty", "busy", "refused", "offline", "error", "hostile", "many", "halted", "waiting", "flood", "others"] as const;
export type Scenario = (typeof SCENARIOS)[number];

/** What the address asks for: `?scenario=busy&still`. `still`: nothing moves by itself, for pictures and stories.
    `plain`: a shell that offers nothing beyond what always is; `without=proof`: one that does not offer that. `idle`: after how many seconds it locks. */
export function fromAddress(search: string): { scenario: Scenario; still: boolean; plain: boolean; without: string[]; idle: number } {
  const asked = new URLSearchParams(search);
  const scenario = SCENARIOS.find((one) => one === asked.get("scenario")) ?? "busy";
  return { scenario, still: asked.has("still"), plain: asked.has("plain"), without: asked.getAll("without"), idle: Number(asked.get("idle")) || 600 };
}
