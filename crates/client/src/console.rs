//! The console socket: reading everything, stopping anything, and handing in what a person signed.

use crate::event_stream::EventStream;
use crate::transport::{ANSWER_LIMIT, Transport, check_protocol};
use bailiwick_protocol::{
    Admitted, ApiError, Backtest, CapabilityView, ConnectionCheck, Diff, ErrorCode, Fatigue, Hold,
    LedgerPage, OperationView, PauseRequest, PauseView, Pending, Places, PolicyAnswer, PolicyCheck,
    PolicyDiff, PolicyDiffRequest, PolicyTexts, PolicyTry, PolicyVersion, RosterInForce, StandingView,
    Status, Stopped, Submission, TargetView, route,
};
use std::path::Path;
use std::time::Duration;

/// A live check talks to the destination several times.
const CHECK_LIMIT: Duration = Duration::from_secs(90);

/// The console socket of one broker, whose protocol was found to be ours.
#[derive(Clone, Debug)]
pub struct Console {
    transport: Transport,
}

impl Console {
    /// Connects to the broker of `places` and compares protocol versions.
    ///
    /// Errors: `no-broker` when nobody listens, `other-version` when it is not one of ours.
    pub async fn connect(places: &Places) -> Result<Console, ApiError> {
        Ok(Console::connect_with_status(places).await?.0)
    }

    /// As [`Console::connect`], with the status that it asked for on the way.
    pub async fn connect_with_status(places: &Places) -> Result<(Console, Status), ApiError> {
        Console::at(&places.console_socket()).await
    }

    /// The console socket at `socket`.
    pub async fn at(socket: &Path) -> Result<(Console, Status), ApiError> {
        let console = Console { transport: Transport::new(socket) };
        // Read loosely first: a status of another version may not have our shape.
        let raw: serde_json::Value = console.transport.get(route::STATUS, ANSWER_LIMIT).await?;
        let protocol = raw.get("protocol").and_then(serde_json::Value::as_u64).unwrap_or_default();
        let version = raw.get("version").and_then(serde_json::Value::as_str).unwrap_or("of unknown version");
        check_protocol(u32::try_from(protocol).unwrap_or(u32::MAX), version)?;
        let status = serde_json::from_value(raw).map_err(|error| {
            ApiError::new(
                ErrorCode::OtherVersion,
                format!("the broker's status is not what this version expects: {error}"),
                "install the same version on both sides and restart the broker",
            )
        })?;
        Ok((console, status))
    }

    /// The broker's state.
    pub async fn status(&self) -> Result<Status, ApiError> {
        self.transport.get(route::STATUS, ANSWER_LIMIT).await
    }

    /// Hands in a signed statement.
    pub async fn submit(&self, submission: &Submission) -> Result<Admitted, ApiError> {
        self.transport.post(route::STATEMENTS, submission, ANSWER_LIMIT).await
    }

    /// Holds an agent or everything; nothing is signed.
    pub async fn pause(&self, target: TargetView) -> Result<PauseView, ApiError> {
        self.transport.post(route::PAUSE, &PauseRequest { target }, ANSWER_LIMIT).await
    }

    /// The newest `limit` operations, newest first; with `before` only those received before that second.
    pub async fn operations(&self, limit: u64, before: Option<u64>) -> Result<Vec<OperationView>, ApiError> {
        let before = before.map(|seconds| format!("&before={seconds}")).unwrap_or_default();
        self.transport.get(&format!("{}?limit={limit}{before}", route::OPERATIONS), ANSWER_LIMIT).await
    }

    /// One operation.
    pub async fn operation(&self, id: &str) -> Result<OperationView, ApiError> {
        self.transport.get(&route::with(route::OPERATION, &encode(id)), ANSWER_LIMIT).await
    }

    /// Every capability that the broker knows, oldest first.
    pub async fn capabilities(&self) -> Result<Vec<CapabilityView>, ApiError> {
        self.transport.get(route::CAPABILITIES, ANSWER_LIMIT).await
    }

    /// What a revocation of `target` would stop. Nothing is done.
    pub async fn preview(&self, target: &TargetView) -> Result<Stopped, ApiError> {
        let query = format!("kind={}&id={}", encode(&target.kind), encode(&target.id));
        self.transport.get(&format!("{}?{query}", route::PREVIEW), ANSWER_LIMIT).await
    }

    /// At most `limit` entries of the ledger from the entry numbered `from`.
    pub async fn ledger(&self, from: u64, limit: u64) -> Result<LedgerPage, ApiError> {
        self.transport.get(&format!("{}?from={from}&limit={limit}", route::LEDGER), ANSWER_LIMIT).await
    }

    /// The roster in force. Its envelope is the broker's word until it was verified.
    pub async fn roster(&self) -> Result<RosterInForce, ApiError> {
        self.transport.get(route::ROSTER, ANSWER_LIMIT).await
    }

    /// The text of one statement's envelope, as it was signed.
    pub async fn statement(&self, digest: &str) -> Result<String, ApiError> {
        let bytes =
            self.transport.get_bytes(&route::with(route::STATEMENT, &encode(digest)), ANSWER_LIMIT).await?;
        String::from_utf8(bytes.into()).map_err(|_| {
            ApiError::new(
                ErrorCode::BadStatement,
                format!("the statement `{digest}` is not text"),
                "check the ledger with `bailiwick verify`",
            )
        })
    }

    /// What a connection may do at its destination now; the broker asks there.
    pub async fn check(&self, connection: &str) -> Result<ConnectionCheck, ApiError> {
        self.transport.get(&route::with(route::CHECK, &encode(connection)), CHECK_LIMIT).await
    }

    /// The policy in force.
    pub async fn policy(&self) -> Result<PolicyTexts, ApiError> {
        self.transport.get(route::POLICY, ANSWER_LIMIT).await
    }

    /// Every policy that was in force, newest first.
    pub async fn policy_history(&self) -> Result<Vec<PolicyVersion>, ApiError> {
        self.transport.get(route::POLICY_HISTORY, ANSWER_LIMIT).await
    }

    /// The texts of a policy that is or was in force, by its statement digest.
    pub async fn policy_version(&self, statement: &str) -> Result<PolicyTexts, ApiError> {
        self.transport.get(&route::with(route::POLICY_VERSION, &encode(statement)), ANSWER_LIMIT).await
    }

    /// What is wrong with texts, and what they say.
    pub async fn policy_check(&self, texts: &PolicyTexts) -> Result<PolicyCheck, ApiError> {
        self.transport.post(route::POLICY_CHECK, texts, ANSWER_LIMIT).await
    }

    /// How a policy would answer; nothing is done.
    pub async fn policy_try(&self, request: &PolicyTry) -> Result<PolicyAnswer, ApiError> {
        self.transport.post(route::POLICY_TRY, request, ANSWER_LIMIT).await
    }

    /// How two policies differ.
    pub async fn policy_diff(&self, request: &PolicyDiffRequest) -> Result<PolicyDiff, ApiError> {
        self.transport.post(route::POLICY_DIFF, request, ANSWER_LIMIT).await
    }

    /// What waits for persons, oldest first.
    pub async fn pending(&self) -> Result<Vec<Pending>, ApiError> {
        self.transport.get(route::PENDING, ANSWER_LIMIT).await
    }

    /// One of these, by the digest of what an answer names.
    pub async fn pending_one(&self, target: &str) -> Result<Pending, ApiError> {
        self.transport.get(&route::with(route::PENDING_ONE, &encode(target)), ANSWER_LIMIT).await
    }

    /// Stops or starts the clock of something that waits; nothing is signed.
    pub async fn hold(&self, target: &str, held: bool) -> Result<Pending, ApiError> {
        self.transport.post(&route::with(route::HOLD, &encode(target)), &Hold { held }, ANSWER_LIMIT).await
    }

    /// The change that a request is about.
    pub async fn diff(&self, target: &str) -> Result<Diff, ApiError> {
        self.transport.get(&route::with(route::DIFF, &encode(target)), ANSWER_LIMIT).await
    }

    /// The rules that persons made from answers, newest first.
    pub async fn standing(&self) -> Result<Vec<StandingView>, ApiError> {
        self.transport.get(route::STANDING, ANSWER_LIMIT).await
    }

    /// What a rule would have done with what persons answered. Nothing takes effect.
    pub async fn backtest(&self, rule: &Submission) -> Result<Backtest, ApiError> {
        self.transport.post(route::BACKTEST, rule, ANSWER_LIMIT).await
    }

    /// How asking goes, by policy and by agent.
    pub async fn fatigue(&self) -> Result<Vec<Fatigue>, ApiError> {
        self.transport.get(route::FATIGUE, ANSWER_LIMIT).await
    }

    /// What happens from now on. Connects again by itself when the broker was away, and says
    /// [`bailiwick_protocol::Event::Missed`] then.
    pub async fn events(&self) -> Result<EventStream, ApiError> {
        EventStream::open(self.transport.clone()).await
    }

    /// As [`Console::events`], and the stream ends when the broker is lost: for whoever shows that it is.
    pub async fn events_until_lost(&self) -> Result<EventStream, ApiError> {
        EventStream::open_once(self.transport.clone()).await
    }

    /// Asks the broker to finish what it is doing and end.
    pub async fn shut_down(&self) -> Result<(), ApiError> {
        let _: serde_json::Value =
            self.transport.post(route::SHUT_DOWN, &serde_json::json!({}), ANSWER_LIMIT).await?;
        Ok(())
    }
}

/// Percent-encodes everything but unreserved characters and the colon (RFC 3986), so that no id can
/// change the route that it stands in.
pub(crate) fn encode(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:".contains(&byte);
    text.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::encode;

    #[test]
    fn no_id_changes_the_route() {
        assert_eq!(encode("sha256:0a"), "sha256:0a");
        assert_eq!(encode("../x?a=b&c#d e\u{e9}\0"), "..%2Fx%3Fa%3Db%26c%23d%20e%C3%A9%00");
    }
}
