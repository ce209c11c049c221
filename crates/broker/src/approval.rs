//! Asking persons: what waits for them, what they answer, and what follows from it.
//!
//! An answer is a statement like every other: `realm.rs` judges it, the ledger has it, and only then it
//! takes effect. What is approved here goes on in `engine/asking.rs`, which judges everything else again.
//!
//! INVARIANT: what ended stays ended: a matter leaves memory and is settled on disk in the transaction that
//! writes the answer that ended it.
//! INVARIANT: every change of what waits is made while the lock of admissions is held.

mod answer;
mod backtest;
mod countdown;
mod diff;
mod fatigue;
mod hold;
mod matter;
mod proposal;
mod requests;
mod settle;
mod standing;
mod taken_up;
mod view;

pub(crate) use answer::{Answered, what_is_asked};
pub(crate) use countdown::Countdown;
pub(crate) use matter::{Heard, Matter, Verdict, What, approved, is_met, issuer_of};
pub(crate) use proposal::proposal_ask;
pub(crate) use requests::Requests;
pub(crate) use settle::{How, Settled};
pub(crate) use standing::take_uses;
pub(crate) use taken_up::take_up;
