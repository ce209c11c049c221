//! What the largest capabilities cost, counted in comparisons that a slow build still does quickly.

use crate::harness::fault::line;
use crate::harness::json::{int, set};
use crate::harness::part::Part;
use crate::harness::scene::{Scene, story};
use bailiwick_authority::Value;
use std::time::{Duration, Instant};

/// Three links whose patterns are as long as they may be and match as late as they can, and a long
/// argument.
fn heaviest() -> Scene {
    let mut scene = story(3);
    let stars = "*a".repeat(1_010);
    for link in 0..3 {
        set(scene.link(link), "grants/0/arguments/branch", Value::object([("glob", stars.as_str().into())]));
        set(scene.link(link), "max_depth", int(7 - u64::try_from(link).unwrap()));
    }
    set(&mut scene.invocation.payload, "arguments/branch", "a".repeat(20_000));
    scene
}

#[test]
fn the_heaviest_chain_is_judged_in_seconds() {
    let case = heaviest().build();
    let began = Instant::now();
    assert_eq!(line(&case.judge()), "accepted");
    let took = began.elapsed();
    println!("the heaviest chain took {took:?}");
    // Without a bound on patterns this takes minutes. A loaded machine and an unoptimised build get time.
    assert!(took < Duration::from_secs(60), "{took:?}");
}

#[test]
fn sixty_four_grants_of_sixty_four_actions_are_compared_in_seconds() {
    let mut scene = story(8);
    let actions = Value::strings((0..64).map(|number| format!("a/{number}")));
    for link in 0..8 {
        let Value::Object(mut grant) = crate::harness::scene::merge_grant() else { panic!("an object") };
        let others = Value::Object({
            let mut other = grant.clone();
            other.insert("actions".into(), actions.clone());
            other
        });
        grant.insert("actions".into(), crate::harness::json::value(r#"["pulls/merge"]"#));
        let grants = [vec![others; 40], vec![Value::Object(grant)]].concat();
        set(scene.link(link), "grants", Value::List(grants));
    }
    let began = Instant::now();
    assert_eq!(line(&scene.build().judge()), "accepted");
    println!("many grants took {:?}", began.elapsed());
}

#[test]
fn a_part_as_large_as_it_may_be_is_read() {
    // The limits meet: 64 KiB of payload fit into 96 KiB of envelope, and one byte more does not.
    let mut scene = story(1);
    for (bytes, expected) in [(64 * 1024, "accepted"), (64 * 1024 + 1, "invocation-format too-large")] {
        scene.invocation = Part {
            before: Some(Box::new(move |mut payload| {
                payload.resize(bytes, b' ');
                payload
            })),
            ..Part::new("invocation", scene.invocation.payload.clone(), "agent-1")
        };
        assert_eq!(line(&scene.build().judge()), expected);
    }
}
