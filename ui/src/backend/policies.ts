/** What the screens ask about policies, and how one comes into force. Asking changes nothing. */
import type { PolicyAnswer, PolicyCheck, PolicyDiff, PolicyDiffRequest, PolicyTexts, PolicyTry, PolicyVersion } from "../bindings/protocol";
import type { Proposed } from "./approvals";

export interface Policies {
  /** The texts of the policy in force, or of one that was. */
  policyTexts(statement: string | null): Promise<PolicyTexts>;
  policyCheck(texts: PolicyTexts): Promise<PolicyCheck>;
  policyTry(question: PolicyTry): Promise<PolicyAnswer>;
  policyDiff(question: PolicyDiffRequest): Promise<PolicyDiff>;
  /** Newest first. */
  policyHistory(): Promise<PolicyVersion[]>;

  /** Signs the successor of the policy in force; `not-the-successor` if somebody was faster. */
  activatePolicy(texts: PolicyTexts): Promise<Proposed>;
}
