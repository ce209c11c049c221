//! The desk: at most one task at a time, handed over once, answered once, within two minutes.

use super::wire::{Answer, Taken, Task};
use crate::error::CeremonyError;
use bailiwick_authority::{Assertion, PublicKey};
use parking_lot::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};
use subtle::ConstantTimeEq as _;

/// How long a person has.
pub(super) const LIMIT: Duration = Duration::from_secs(120);

/// What a good answer comes to.
#[derive(Debug)]
pub(super) enum Outcome {
    Enrolled(PublicKey),
    Signed(Assertion),
}

type Check = Box<dyn FnOnce(Answer) -> Result<Outcome, CeremonyError> + Send>;

/// The desk.
#[derive(Default)]
pub(super) struct Desk(Mutex<Option<Open>>);

impl std::fmt::Debug for Desk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the desk of a ceremony")
    }
}

struct Open {
    /// In the page's fragment, until it was used.
    token: Option<String>,
    ticket: String,
    until: Instant,
    task: Task,
    check: Check,
    done: Sender<Result<Outcome, CeremonyError>>,
}

/// Why the page gets nothing.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// There is nothing for this token or ticket, or there is no longer.
    Nothing,
    /// The answer is no good, in words.
    Answer(String),
}

impl Desk {
    /// Puts a task on the desk: the token for its page, and where its outcome arrives.
    pub(super) fn open(
        &self,
        task: Task,
        check: Check,
        limit: Duration,
    ) -> Result<(String, Receiver<Result<Outcome, CeremonyError>>), CeremonyError> {
        let mut desk = self.0.lock();
        if desk.as_ref().is_some_and(|open| open.until > Instant::now()) {
            return Err(CeremonyError::Busy);
        }
        let (token, ticket) = (secret()?, secret()?);
        let (done, outcome) = channel();
        let until = Instant::now() + limit;
        *desk = Some(Open { token: Some(token.clone()), ticket, until, task, check, done });
        Ok((token, outcome))
    }

    /// Clears the desk: whatever page comes now is too late.
    pub(super) fn clear(&self) {
        *self.0.lock() = None;
    }

    /// Hands the task over. The token is used up.
    pub(super) fn take(&self, token: &str) -> Result<Taken, Refused> {
        let mut desk = self.0.lock();
        let open = desk.as_mut().filter(|open| open.until > Instant::now()).ok_or(Refused::Nothing)?;
        if !open.token.as_ref().is_some_and(|own| same(own, token)) {
            return Err(Refused::Nothing);
        }
        open.token = None;
        let left = open.until.saturating_duration_since(Instant::now());
        Ok(Taken {
            ticket: open.ticket.clone(),
            task: open.task.clone(),
            left_ms: u64::try_from(left.as_millis()).unwrap_or_default(),
        })
    }

    /// Takes the answer. The desk is empty afterwards, whatever it was.
    pub(super) fn answer(&self, ticket: &str, answer: Answer) -> Result<(), Refused> {
        let open = {
            let mut desk = self.0.lock();
            let fits = |open: &mut Open| {
                open.until > Instant::now() && open.token.is_none() && same(&open.ticket, ticket)
            };
            desk.take_if(fits).ok_or(Refused::Nothing)?
        };
        let outcome = (open.check)(answer);
        let told = match &outcome {
            Ok(_) | Err(CeremonyError::Declined) => Ok(()),
            Err(error) => Err(Refused::Answer(error.to_string())),
        };
        // Whoever waited may have given up by now.
        open.done.send(outcome).ok();
        told
    }
}

/// 256 bits that nobody guesses.
fn secret() -> Result<String, CeremonyError> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| CeremonyError::System(error.to_string()))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

fn same(one: &str, other: &str) -> bool {
    one.as_bytes().ct_eq(other.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::browser::wire::Bytes;
    use bailiwick_protocol::Shown;

    fn task() -> Task {
        let shown = Shown {
            digest: String::new(),
            kind: String::new(),
            headline: String::new(),
            code: Vec::new(),
            lines: Vec::new(),
            flags: Vec::new(),
        };
        let (credential, challenge) = (Bytes(vec![1]), Bytes(vec![2]));
        Task::Sign { shown, credential, challenge, rp_id: crate::RP_ID }
    }

    fn declined() -> Check {
        Box::new(|_| Err(CeremonyError::Declined))
    }

    #[test]
    fn a_task_is_handed_over_once_and_answered_once() {
        let desk = Desk::default();
        let (token, outcome) = desk.open(task(), declined(), LIMIT).unwrap();
        assert!(matches!(desk.open(task(), declined(), LIMIT), Err(CeremonyError::Busy)));
        for wrong in ["", "0", &token.to_uppercase(), &format!("{token} "), &format!("{token}0")] {
            assert_eq!(desk.take(wrong).unwrap_err(), Refused::Nothing);
        }
        // Nothing is answered before it was taken, even by who knows the ticket.
        let ticket = desk.0.lock().as_ref().unwrap().ticket.clone();
        assert_eq!(desk.answer(&ticket, Answer::Declined {}), Err(Refused::Nothing));
        let taken = desk.take(&token).unwrap();
        assert_eq!(desk.take(&token).unwrap_err(), Refused::Nothing);
        assert_ne!(taken.ticket, token);
        assert_eq!(desk.answer(&token, Answer::Declined {}), Err(Refused::Nothing));
        assert_eq!(desk.answer(&taken.ticket, Answer::Declined {}), Ok(()));
        assert!(matches!(outcome.recv().unwrap(), Err(CeremonyError::Declined)));
        assert_eq!(desk.answer(&taken.ticket, Answer::Declined {}), Err(Refused::Nothing));
        assert!(desk.open(task(), declined(), LIMIT).is_ok());
    }

    #[test]
    fn a_task_whose_time_is_up_is_gone() {
        let desk = Desk::default();
        let (token, _outcome) = desk.open(task(), declined(), Duration::ZERO).unwrap();
        assert_eq!(desk.take(&token).unwrap_err(), Refused::Nothing);
        let (token, _outcome) = desk.open(task(), declined(), LIMIT).unwrap();
        desk.clear();
        assert_eq!(desk.take(&token).unwrap_err(), Refused::Nothing);
    }
}
