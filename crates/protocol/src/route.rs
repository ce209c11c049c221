//! The routes of the two sockets. No route exists on both: one starts with `/console`, one with `/agent`.

/// `GET`: [`crate::Status`].
pub const STATUS: &str = "/console/v1/status";
/// `POST` [`crate::Submission`]: a person's signed statement; [`crate::Admitted`].
pub const STATEMENTS: &str = "/console/v1/statements";
/// `POST` [`crate::PauseRequest`]: [`crate::PauseView`]. Unsigned: stopping is easy.
pub const PAUSE: &str = "/console/v1/pause";
/// `GET ?limit=&before=`: `Vec<`[`crate::OperationView`]`>`, newest first.
pub const OPERATIONS: &str = "/console/v1/operations";
/// `GET`: one [`crate::OperationView`].
pub const OPERATION: &str = "/console/v1/operations/{id}";
/// `GET`: `Vec<`[`crate::CapabilityView`]`>`, oldest first.
pub const CAPABILITIES: &str = "/console/v1/capabilities";
/// `GET ?kind=&id=`: what a revocation of this target would stop, as [`crate::Stopped`] with nothing done.
pub const PREVIEW: &str = "/console/v1/preview";
/// `GET ?from=&limit=`: [`crate::LedgerPage`].
pub const LEDGER: &str = "/console/v1/ledger";
/// `GET`: one statement's envelope as it was signed.
pub const STATEMENT: &str = "/console/v1/statements/{digest}";
/// `GET`: what a connection may do at its destination now, [`crate::ConnectionCheck`].
pub const CHECK: &str = "/console/v1/connections/{name}/check";
/// `GET`: the policy in force, [`crate::PolicyTexts`].
pub const POLICY: &str = "/console/v1/policy";
/// `GET`: the roster in force and what the ledger knows of its keys, [`crate::RosterInForce`].
pub const ROSTER: &str = "/console/v1/roster";
/// `GET`: what waits for persons, `Vec<`[`crate::Pending`]`>`, oldest first.
pub const PENDING: &str = "/console/v1/pending";
/// `GET`: one [`crate::Pending`], by the digest of its target.
pub const PENDING_ONE: &str = "/console/v1/pending/{target}";
/// `POST` [`crate::Hold`]: stops or starts the clock of a request; the [`crate::Pending`]. Unsigned: it allows nothing.
pub const HOLD: &str = "/console/v1/pending/{target}/hold";
/// `GET`: the change that a request is about, [`crate::Diff`]. Noted as evidence that was opened.
pub const DIFF: &str = "/console/v1/pending/{target}/diff";
/// `GET`: the rules that persons made from answers, `Vec<`[`crate::StandingView`]`>`, newest first.
pub const STANDING: &str = "/console/v1/standing";
/// `POST` [`crate::Submission`] of a standing rule: what it would have done, [`crate::Backtest`]. Nothing takes effect.
pub const BACKTEST: &str = "/console/v1/standing/backtest";
/// `GET`: how asking goes, `Vec<`[`crate::Fatigue`]`>`.
pub const FATIGUE: &str = "/console/v1/fatigue";
/// `GET`: `Vec<`[`crate::PolicyVersion`]`>`, every policy that was in force, newest first.
pub const POLICY_HISTORY: &str = "/console/v1/policy/history";
/// `GET`: the texts of a policy that is or was in force, [`crate::PolicyTexts`].
pub const POLICY_VERSION: &str = "/console/v1/policy/versions/{digest}";
/// `POST` [`crate::PolicyTexts`]: what is wrong with them and what they say, [`crate::PolicyCheck`]. Reads only.
pub const POLICY_CHECK: &str = "/console/v1/policy/check";
/// `POST` [`crate::PolicyTry`]: how a policy would answer, [`crate::PolicyAnswer`]. Reads only.
pub const POLICY_TRY: &str = "/console/v1/policy/try";
/// `POST` [`crate::PolicyDiffRequest`]: how two policies differ, [`crate::PolicyDiff`]. Reads only.
pub const POLICY_DIFF: &str = "/console/v1/policy/diff";
/// `GET`: server-sent events, each a [`crate::Event`] as JSON.
pub const EVENTS: &str = "/console/v1/events";
/// `POST`: the broker finishes what it is doing and ends.
pub const SHUT_DOWN: &str = "/console/v1/shut-down";

/// `GET`: [`crate::AgentGreeting`].
pub const AGENT_GREETING: &str = "/agent/v1/greeting";
/// `POST` [`crate::Ask`]: an [`crate::OperationView`], finished if it finished within `wait_ms`.
pub const AGENT_INVOCATIONS: &str = "/agent/v1/invocations";
/// `GET ?wait_ms=`: an [`crate::OperationView`]. The id, a digest over a nonce, is the handle.
pub const AGENT_OPERATION: &str = "/agent/v1/invocations/{id}";
/// `POST` [`crate::FetchRequest`]: the holder's capabilities with their chains, [`crate::FetchAnswer`].
pub const AGENT_FETCH: &str = "/agent/v1/capabilities";
/// `POST` [`crate::Revoke`]: an agent ends what descends from it; [`crate::Stopped`].
pub const AGENT_REVOCATIONS: &str = "/agent/v1/revocations";

/// `route` with its one `{…}` segment replaced by `value`.
pub fn with(route: &str, value: &str) -> String {
    match (route.split_once('{'), route.split_once('}')) {
        (Some((head, _)), Some((_, tail))) => format!("{head}{value}{tail}"),
        _ => route.to_owned(),
    }
}
