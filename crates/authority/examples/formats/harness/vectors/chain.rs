//! Chains: the story in one, two, three and eight links, and it with one fault each.

use super::{Expect, Vector};
use crate::harness::fault::Fault;
use crate::harness::faults::{of_the_chain, variations};
use crate::harness::random::Random;
use crate::harness::scene::{Scene, story};
use bailiwick_authority::Value;

fn vector(name: &str, description: &str, scene: &mut Scene, expect: Expect) -> Vector {
    let mut members = scene.build().to_members();
    members.push(("type", Value::from("chain")));
    Vector::new("chain", name, description, members, expect)
}

/// The story with a fault, whose random choices are the same at every writing.
fn told(fault: &Fault) -> (Scene, String) {
    let links = match fault.wanted.links {
        1 => 2,
        links => links,
    };
    let mut scene = story(links);
    let expected = (fault.apply)(&mut scene, &mut Random::new(u64::try_from(fault.name.len()).unwrap()));
    (scene, expected)
}

pub(super) fn vectors() -> Vec<Vector> {
    let mut all = Vec::new();
    for (links, number) in [(1, "one"), (2, "two"), (3, "three"), (8, "eight")] {
        let description = format!("The story in {number} of at most eight links.");
        all.push(vector(&format!("story-of-{number}"), &description, &mut story(links), Expect::Ok));
    }
    for variation in variations() {
        let (mut scene, _) = told(variation);
        let description = format!("The story, {}.", variation.name.replace('-', " "));
        all.push(vector(variation.name, &description, &mut scene, Expect::Ok));
    }
    for fault in of_the_chain() {
        let (mut scene, expected) = told(fault);
        let description = format!("The story with one fault: {}.", fault.name.replace('-', " "));
        all.push(vector(fault.name, &description, &mut scene, Expect::Refused(expected)));
    }
    all
}
