//! What every test stands on: a practice range, a broker process that can be killed, and the keys of
//! those who sign.

mod books;
mod line;
mod program;
mod room;
mod sign;
mod wire;
mod world;

pub(crate) use books::{Books, CredentialRow};
pub(crate) use line::Line;
pub(crate) use program::{Broker, Launch, bailiwick};
pub(crate) use room::Room;
pub(crate) use sign::{
    forge, fresh_key, fresh_key_public, named, nonce, now, payload_of, seal_at, text, text_of,
};
pub(crate) use wire::{Answer, exchange, send};
pub(crate) use world::{
    BACKEND, CONNECTION, Destination, Holder, Plan, Stage, any_branch, anything, comment_arguments, exact,
    files_below, merge_arguments, person, policy_statement, shipped_policy, submit, word,
};

use std::time::{Duration, Instant};

/// How long anything may take before a test calls it hung.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Full size, as `make soak` asks for it, or the size of CI.
pub(crate) fn sized(ci: usize, full: usize) -> usize {
    if std::env::var_os("BAILIWICK_SOAK").is_some() { full } else { ci }
}

/// Asks again and again until `condition` answers; fails after [`PATIENCE`].
pub(crate) async fn until<T>(what: &str, mut condition: impl AsyncFnMut() -> Option<T>) -> T {
    until_within(PATIENCE, what, &mut condition).await
}

/// As [`until`], with a patience of its own.
pub(crate) async fn until_within<T>(
    patience: Duration,
    what: &str,
    mut condition: impl AsyncFnMut() -> Option<T>,
) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = condition().await {
            return found;
        }
        assert!(start.elapsed() < patience, "waited {patience:?} for this: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
