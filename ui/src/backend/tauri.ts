/**
 * The door to the shell. The only importer of `@tauri-apps/api`.
 *
 * A command has the name of its method in snake case; arguments go by the names of the shell's parameters.
 */
import { Channel, invoke } from "@tauri-apps/api/core";
import { listen } from "@tauri-apps/api/event";
import type { Backend, BackendEvent, Failure, VerifyProgress } from "./backend";

/** The event that carries every `BackendEvent`. */
const EVENT = "bailiwick";

/** What the shell rejects with; anything else is a defect, and says so. */
function failure(error: unknown): Failure {
  const known = error as Partial<Failure> | null;
  if (known && typeof known === "object" && typeof known.code === "string" && typeof known.message === "string") {
    return { code: known.code, message: known.message, hint: known.hint ?? "" };
  }
  return { code: "internal", message: String(error), hint: "start the console again; if it stays, report it" };
}

async function call<T>(command: string, args: Record<string, unknown> = {}): Promise<T> {
  try {
    return await invoke<T>(command, args);
  } catch (error) {
    throw failure(error);
  }
}

export const tauri: Backend = {
  profile: () => call("profile"),
  settings: () => call("settings"),
  status: () => call("status"),
  operations: (query) => call("operations", { ...query }),
  operation: (id) => call("operation", { id }),
  capabilities: () => call("capabilities"),
  agents: () => call("agents"),
  actions: () => call("actions"),
  preview: (target) => call("preview", { target }),
  receipts: (query) => call("receipts", { ...query }),
  receipt: (digest) => call("receipt", { digest }),
  checkConnection: (name) => call("check_connection", { name }),
  practice: () => call("practice"),
  verify: (progress) => {
    const channel = new Channel<VerifyProgress>();
    channel.onmessage = progress;
    return call("verify", { progress: channel });
  },
  cancelVerify: () => call("cancel_verify"),
  pause: (target) => call("pause", { target }),
  delegate: (draft) => call("delegate", { draft }),
  revoke: (target, reason) => call("revoke", { target, reason }),
  halt: (reason) => call("halt", { reason }),
  resume: (id) => call("resume", { id }),
  connectGitHub: (draft) => call("connect_github", { draft }),
  foundRealm: (name, place) => call("found_realm", { name, place }),
  startPractice: () => call("start_practice"),
  chooseAppKey: () => call("choose_app_key"),
  createAgent: (name) => call("create_agent", { name }),
  startBroker: () => call("start_broker"),

  pending: () => call("pending"),
  diff: (target) => call("diff", { target }),
  standing: () => call("standing"),
  backtest: (draft) => call("backtest", { draft }),
  fatigue: () => call("fatigue"),
  hold: (target, held) => call("hold", { target, held }),
  approve: (target) => call("approve", { target }),
  deny: (target, reason) => call("deny", { target, reason }),
  proposeRule: (draft) => call("propose_rule", { draft }),

  policyTexts: (statement) => call("policy_texts", { statement }),
  policyCheck: (texts) => call("policy_check", { texts }),
  policyTry: (question) => call("policy_try", { question }),
  policyDiff: (question) => call("policy_diff", { question }),
  policyProve: (texts, compare) => call("policy_prove", { texts, compare }),
  policyHistory: () => call("policy_history"),
  activatePolicy: (texts) => call("activate_policy", { texts }),

  roster: () => call("roster"),
  readInvitation: (text) => call("read_invitation", { text }),
  previewKeyEnd: (key, how, since) => call("preview_key_end", { key, how, since }),
  session: () => call("session"),
  invitation: (name, place, realm) => call("invitation", { name, place, realm }),
  enrol: (enrolment) => call("enrol", { enrolment }),
  setRoles: (person, roles) => call("set_roles", { person, roles }),
  setQuorum: (quorum) => call("set_quorum", { quorum }),
  rotateKey: (place) => call("rotate_key", { place }),
  endKey: (key, how, since) => call("end_key", { key, how, since }),
  signIn: () => call("sign_in"),
  lock: () => call("lock"),
  touched: () => call("touched"),
  cancelSigning: () => call("cancel_signing"),

  subscribe: async (handler) => {
    try {
      return await listen<BackendEvent>(EVENT, (event) => handler(event.payload));
    } catch (error) {
      throw failure(error);
    }
  },
};
