//! Changed inputs of every kind: whatever they come to, no reader panics, and the answer is one answer.

use crate::harness::files::in_parallel;
use crate::harness::json::get;
use crate::harness::run::run;
use crate::harness::wild::wild;
use crate::size::{seed, size};
use std::collections::BTreeMap;

#[test]
fn no_input_makes_a_reader_panic() {
    let (count, seed) = (size(1_000, 100_000), seed("wild inputs"));
    let mut met = BTreeMap::<String, usize>::new();
    let judged = |number| {
        let case = wild(seed, number);
        let first = case.get("rust").unwrap().clone();
        assert_eq!(run(&case), first);
        let kind = case.get("type").unwrap().as_str().unwrap().to_owned();
        (kind, get(&first, "ok").is_some())
    };
    let done: Result<(), ()> = in_parallel(count, judged, |(kind, accepted)| {
        *met.entry(format!("{kind} {}", if accepted { "accepted" } else { "refused" })).or_default() += 1;
        Ok(())
    });
    done.unwrap();
    println!("{count} inputs: {met:?}");
    assert!(met.len() >= 10);
}
