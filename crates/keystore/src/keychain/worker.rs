//! One keychain call on one thread, with a time limit.
//!
//! A call that is given up must not change anything later, when somebody at last answers
//! its prompt. So caller and thread agree on one word: before its first change the thread
//! commits, and a caller that gives up first makes that impossible.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use super::KeychainError;

const OPEN: u8 = 0;
const COMMITTED: u8 = 1;
const GIVEN_UP: u8 = 2;

/// How long a committed change is waited for after the call's own limit.
const CONFIRMATION: Duration = Duration::from_secs(5);

/// The word between a call's thread and its caller.
#[derive(Debug, Clone)]
pub(super) struct Commitment {
    state: Arc<AtomicU8>,
    limit: Duration,
}

impl Commitment {
    /// Must be called before the first change; fails when the caller has given up.
    pub(super) fn commit(&self) -> Result<(), KeychainError> {
        match self.decide(COMMITTED) {
            OPEN | COMMITTED => Ok(()),
            _ => Err(KeychainError::TimedOut { limit: self.limit }),
        }
    }

    fn decide(&self, wanted: u8) -> u8 {
        let decided = self.state.compare_exchange(OPEN, wanted, Ordering::SeqCst, Ordering::SeqCst);
        decided.unwrap_or_else(|already| already)
    }
}

/// Runs `call` on a thread of its own and waits at most `limit` for it.
///
/// A thread that hangs in the system is left behind; what it returns is dropped.
pub(super) fn within<T: Send + 'static>(
    limit: Duration,
    call: impl FnOnce(&Commitment) -> Result<T, KeychainError> + Send + 'static,
) -> Result<T, KeychainError> {
    let ours = Commitment { state: Arc::new(AtomicU8::new(OPEN)), limit };
    let theirs = ours.clone();
    let (answer, answers) = mpsc::sync_channel(1);
    thread::Builder::new()
        .name("keychain".to_owned())
        .spawn(move || {
            // The caller may have gone; then the result is dropped, and a secret with it.
            drop(answer.send(call(&theirs)));
        })
        .map_err(|e| KeychainError::Other { detail: format!("no thread for the keychain call: {e}") })?;
    match answers.recv_timeout(limit) {
        Ok(result) => result,
        Err(RecvTimeoutError::Disconnected) => Err(broken()),
        Err(RecvTimeoutError::Timeout) if ours.decide(GIVEN_UP) == COMMITTED => {
            match answers.recv_timeout(CONFIRMATION) {
                Ok(result) => result,
                Err(RecvTimeoutError::Disconnected) => Err(broken()),
                Err(RecvTimeoutError::Timeout) => Err(KeychainError::Unconfirmed),
            }
        }
        Err(RecvTimeoutError::Timeout) => Err(KeychainError::TimedOut { limit }),
    }
}

fn broken() -> KeychainError {
    KeychainError::Other { detail: "the keychain call broke off".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_given_up_changes_nothing_later() {
        let (go, gate) = mpsc::channel::<()>();
        let (said, late) = mpsc::channel();
        let result = within(Duration::from_millis(20), move |commitment| {
            gate.recv().ok();
            said.send(commitment.commit().is_err()).ok();
            Ok(())
        });
        assert!(matches!(result, Err(KeychainError::TimedOut { .. })));
        go.send(()).unwrap();
        assert!(late.recv().unwrap(), "the late change was refused");
    }

    #[test]
    fn a_committed_change_is_waited_for() {
        let (slow, gate) = mpsc::channel::<()>();
        let releasing = thread::spawn(move || {
            let (_never, tick) = mpsc::channel::<()>();
            tick.recv_timeout(Duration::from_millis(100)).ok();
            slow.send(()).ok();
        });
        let result = within(Duration::from_millis(20), move |commitment| {
            commitment.commit()?;
            gate.recv().ok();
            Ok(7)
        });
        assert_eq!(result.unwrap(), 7);
        releasing.join().unwrap();
    }

    #[test]
    fn a_call_that_breaks_off_is_an_error() {
        let result: Result<(), _> = within(Duration::from_secs(5), |_| panic!("as a store might"));
        assert!(matches!(result, Err(KeychainError::Other { .. })));
    }
}
