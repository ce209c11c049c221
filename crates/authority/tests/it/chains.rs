//! Generated chains: those with one seeded fault are refused for it, the others are not refused.

use crate::harness::case::Case;
use crate::harness::fault::line;
use crate::harness::faults::{faults, faulty, fine};
use crate::harness::files::in_parallel;
use crate::harness::random::Random;
use crate::size::{seed, size};
use bailiwick_authority::{Digest, KnownLinks, Link};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};

/// Remembers the links of whichever chains came by lately, good or bad.
#[derive(Default)]
struct Memory(Mutex<HashMap<Digest, Arc<Link>>>);

impl KnownLinks for Memory {
    fn recall(&self, envelope: &Digest) -> Option<Arc<Link>> {
        self.0.lock().unwrap().get(envelope).cloned()
    }

    fn remember(&self, envelope: Digest, link: Arc<Link>) {
        let mut links = self.0.lock().unwrap();
        if links.len() > 4_096 {
            links.clear();
        }
        links.insert(envelope, link);
    }
}

fn random(seed: u64, number: usize) -> Random {
    Random::new(seed ^ (u64::try_from(number).unwrap() << 32))
}

/// The verdict's line, cold, and twice with a memory that all cases share: it must not matter.
fn verdict(case: &Case, memory: &Memory) -> String {
    let cold = line(&case.judge());
    for _ in 0..2 {
        assert_eq!(line(&case.judge_knowing(memory)), cold, "a remembered link changed the verdict");
    }
    cold
}

#[test]
fn a_chain_with_one_fault_is_refused_for_it() {
    let (count, seed, memory) = (size(1_000, 100_000), seed("faulty chains"), Memory::default());
    let kinds = faults().len();
    assert!(kinds >= 40, "only {kinds} kinds of fault");
    let (mut wrong, mut codes) = (Vec::new(), BTreeMap::<String, usize>::new());
    let judged = |number| {
        let (name, case, expected) = faulty(number, &mut random(seed, number));
        (name, verdict(&case, &memory), expected)
    };
    let done: Result<(), ()> = in_parallel(count, judged, |(name, found, expected)| {
        if found == "accepted" || !found.starts_with(&expected) {
            wrong.push(format!("{name}: expected `{expected}`, found `{found}`"));
        }
        *codes.entry(found.split(' ').next().unwrap().to_owned()).or_default() += 1;
        Ok(())
    });
    done.unwrap();
    println!("{count} chains, {kinds} kinds of fault, {} wrong; {codes:?}", wrong.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_good_chain_is_not_refused() {
    let (count, seed, memory) = (size(200, 100_000), seed("good chains"), Memory::default());
    let mut wrong = Vec::new();
    let judged = |number| {
        let (name, case) = fine(number, &mut random(seed, number));
        (name, verdict(&case, &memory))
    };
    let done: Result<(), ()> = in_parallel(count, judged, |(name, found)| {
        if found != "accepted" {
            wrong.push(format!("{name}: {found}"));
        }
        Ok(())
    });
    done.unwrap();
    println!("{count} good chains, {} refused", wrong.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
