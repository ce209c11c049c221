/** What the screens ask about policies, and how one comes into force. Asking changes nothing. */
import type { PolicyAnswer, PolicyCheck, PolicyDiff, PolicyDiffRequest, PolicyTexts, PolicyTry, PolicyVersion, ProofView } from "../bindings/protocol";
import type { Proposed } from "./approvals";

export interface Policies {
  /** The texts of the policy in force, or of one that was. */
  policyTexts(statement: string | null): Promise<PolicyTexts>;
  policyCheck(texts: PolicyTexts): Promise<PolicyCheck>;
  policyTry(question: PolicyTry): Promise<PolicyAnswer>;
  policyDiff(question: PolicyDiffRequest): Promise<PolicyDiff>;
  /** Newest first. */
  policyHistory(): Promise<PolicyVersion[]>;
  /** What a solver can show of these texts, and of them beside the policy in force where `compare` says so. Takes
      seconds; `no-proof` where prover or solver is missing. */
  policyProve(texts: PolicyTexts, compare: boolean): Promise<ProofView[]>;

  /** Signs the successor of the policy in force; `not-the-successor` if somebody was faster. */
  activatePolicy(texts: PolicyTexts): Promise<Proposed>;
}
