//! One bit flipped in an envelope of a good chain: always refused.

use crate::harness::fault::line;
use crate::harness::files::in_parallel;
use crate::harness::random::Random;
use crate::harness::scene::story;
use crate::size::{seed, size};

#[test]
fn a_flipped_bit_is_refused() {
    let case = story(3).build();
    assert_eq!(line(&case.judge()), "accepted");
    let mut random = Random::new(seed("flipped bits"));
    // Every bit of every envelope at full size; otherwise one bit of every seventh byte.
    let (step, every) = (size(7, 1), size(0, 1) == 1);
    let mut flips = Vec::new();
    for (part, bytes) in case.chain.iter().chain([&case.invocation]).enumerate() {
        for byte in (random.below(step)..bytes.len()).step_by(step) {
            if every {
                flips.extend((0..8).map(|bit| (part, byte, bit)));
            } else {
                flips.push((part, byte, random.below(8)));
            }
        }
    }
    let mut accepted = Vec::new();
    let judged = |number: usize| {
        let (part, byte, bit) = flips[number];
        let mut case = case.clone();
        let bytes = case.chain.get_mut(part).unwrap_or(&mut case.invocation);
        bytes[byte] ^= 1 << bit;
        (flips[number], line(&case.judge()))
    };
    let done: Result<(), ()> = in_parallel(flips.len(), judged, |(flip, found)| {
        if found == "accepted" {
            accepted.push(flip);
        }
        Ok(())
    });
    done.unwrap();
    println!("{} bits flipped, {} accepted", flips.len(), accepted.len());
    assert!(accepted.is_empty(), "{accepted:?}");
    assert!(flips.len() > 500);
}
