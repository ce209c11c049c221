//! Every kind of fault, by what it damages, and the variations that stay good.

mod envelopes;
mod invocations;
mod links;
mod payloads;
mod signatures;
mod stopped;
mod times;
mod touched;
mod variations;
mod widening;

pub(crate) use signatures::malleable;

use super::case::Case;
use super::fault::{ANY, Fault};
use super::good;
use super::random::Random;

/// All of them.
pub(crate) fn faults() -> Vec<&'static Fault> {
    [envelopes::FAULTS, payloads::FAULTS].into_iter().flatten().chain(of_the_chain()).collect()
}

/// Those that lie in the chain itself, not in the format of one of its parts.
pub(crate) fn of_the_chain() -> impl Iterator<Item = &'static Fault> {
    [
        links::FAULTS,
        signatures::FAULTS,
        touched::FAULTS,
        times::FAULTS,
        widening::FAULTS,
        stopped::FAULTS,
        invocations::FAULTS,
    ]
    .into_iter()
    .flatten()
}

/// One faulty case of the `number`th kind, counted round.
pub(crate) fn faulty(number: usize, random: &mut Random) -> (&'static str, Case, String) {
    let all = faults();
    let fault = all[number % all.len()];
    let (case, expected) = fault.case(random);
    (fault.name, case, expected)
}

/// One good case: every other one is a variation that looks odd and must be accepted.
pub(crate) fn fine(number: usize, random: &mut Random) -> (&'static str, Case) {
    let all = variations::VARIATIONS;
    if number.is_multiple_of(2) {
        return ("good", good::scene(random, ANY).build());
    }
    let variation = &all[(number / 2) % all.len()];
    let (case, _) = variation.case(random);
    (variation.name, case)
}

/// Every variation that stays good.
pub(crate) fn variations() -> &'static [Fault] {
    variations::VARIATIONS
}
