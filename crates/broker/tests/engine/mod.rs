//! The whole engine in one process: a real store, both sockets, and the practice range as its GitHub,
//! whose log of requests and tokens is the witness.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test that cannot go on says so by panicking, and a random one prints its seed"
)]

mod admissions;
mod agent_stops;
mod alarms;
mod approvals;
mod approved_moves;
mod between;
mod clock;
mod conditions;
mod crowd;
mod cut_off;
mod ending;
mod endings;
mod fatigue;
mod moving;
mod mutants;
mod once;
mod persons;
mod policies;
mod quorum;
mod race;
mod recovery;
mod refusing_store;
mod roster;
mod rules;
mod sign;
mod stage;

pub(crate) use stage::Stage;

/// How often: `ci` times, or `soak` times where BAILIWICK_SOAK asks for the full size.
pub(crate) fn times(ci: usize, soak: usize) -> usize {
    if std::env::var_os("BAILIWICK_SOAK").is_some() { soak } else { ci }
}
