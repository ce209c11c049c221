//! The broker's surfaces attacked: its sockets by the wrong side, in the wrong way and by other users;
//! its memory by its own user.

mod garbage;
mod memory;
mod other_user;
mod routes;

use crate::stage::{Answer, Stage};
use bailiwick_protocol::route;

/// Every route of the console socket, with the method that it takes.
const CONSOLE: [(&str, &str); 26] = [
    ("GET", route::STATUS),
    ("POST", route::STATEMENTS),
    ("POST", route::PAUSE),
    ("GET", route::OPERATIONS),
    ("GET", route::OPERATION),
    ("GET", route::CAPABILITIES),
    ("GET", route::PREVIEW),
    ("GET", route::LEDGER),
    ("GET", route::STATEMENT),
    ("GET", route::CHECK),
    ("GET", route::POLICY),
    ("GET", route::POLICY_HISTORY),
    ("GET", route::POLICY_VERSION),
    ("POST", route::POLICY_CHECK),
    ("POST", route::POLICY_TRY),
    ("POST", route::POLICY_DIFF),
    ("GET", route::ROSTER),
    ("GET", route::PENDING),
    ("GET", route::PENDING_ONE),
    ("POST", route::HOLD),
    ("GET", route::DIFF),
    ("GET", route::STANDING),
    ("POST", route::BACKTEST),
    ("GET", route::FATIGUE),
    ("GET", route::EVENTS),
    ("POST", route::SHUT_DOWN),
];

/// Every route of the agent socket.
const AGENT: [(&str, &str); 5] = [
    ("GET", route::AGENT_GREETING),
    ("POST", route::AGENT_INVOCATIONS),
    ("GET", route::AGENT_OPERATION),
    ("POST", route::AGENT_FETCH),
    ("POST", route::AGENT_REVOCATIONS),
];

const METHODS: [&str; 9] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "CONNECT"];

/// What must not have changed: entries, whether anything is paused or halted, requests to the destination.
async fn state(stage: &Stage) -> (u64, bool, usize) {
    let status = stage.console().await.status().await.unwrap();
    (status.entries, status.halted.is_some() || !status.paused.is_empty(), stage.control().requests().len())
}

/// Whether an answer is a refusal: an error of ours, of HTTP, or a closed connection.
fn refused(answer: &Answer) -> bool {
    answer.status == 0 || (400..=599).contains(&answer.status)
}

/// A route with something in its one parameter.
fn filled(route: &str) -> String {
    let target = format!("?kind=everything&id=all&from=0&limit=10&digest=sha256:{}", "0".repeat(64));
    format!("{}{target}", route::with(route, &format!("sha256:{}", "0".repeat(64))))
}
