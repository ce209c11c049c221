//! Covering is sound: what the narrower allows, the wider allows, for constraints, grants, capabilities.

use crate::harness::keys::key;
use crate::harness::random::Random;
use crate::size::property;
use bailiwick_authority::{
    Argument, Capability, Constraint, Grant, Invocation, Rate, Resource, Signer, Timestamp, Value,
};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::TestRunner;
use std::cell::Cell;

fn string() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ab/]{0,4}",
        "[ab]{1,3}",
        "[ab](/[ab.]{0,2}){0,2}",
        "(refs/)?(heads/)?[ab]{1,2}(/[ab])?",
        "[ab*\\-.\n]{0,3}"
    ]
}

fn scalar() -> impl Strategy<Value = Argument> {
    prop_oneof![
        4 => string().prop_map(Argument::Str),
        1 => (0..6_i64).prop_map(Argument::Int),
        1 => any::<bool>().prop_map(Argument::Bool),
    ]
}

fn argument() -> impl Strategy<Value = Argument> {
    prop_oneof![4 => scalar(), 1 => vec(string(), 0..3).prop_map(Argument::Strings)]
}

fn constraint() -> impl Strategy<Value = Constraint> {
    prop_oneof![
        1 => scalar().prop_map(Constraint::Exact),
        1 => vec(scalar(), 1..4).prop_map(Constraint::OneOf),
        3 => "[ab/*]{0,5}".prop_map(Constraint::Glob),
        1 => (0..6_i64, 0..3_i64).prop_map(|(min, more)| Constraint::Range(min, min + more)),
        2 => "[ab](/[ab]){0,2}".prop_map(Constraint::PathPrefix),
        2 => "refs/(heads/)?[ab/*]{0,4}".prop_map(Constraint::Ref),
    ]
}

/// The same as a glob, written down as slowly as it is read: character by character, trying everything.
fn naive(glob: &[char], text: &[char]) -> bool {
    match glob {
        [] => text.is_empty(),
        ['*', '*', rest @ ..] => (0..=text.len()).any(|taken| naive(rest, &text[taken..])),
        ['*', rest @ ..] => {
            let reach = text.iter().take_while(|one| **one != '/').count();
            (0..=reach).any(|taken| naive(rest, &text[taken..]))
        }
        [one, rest @ ..] => text.first() == Some(one) && naive(rest, &text[1..]),
    }
}

#[test]
fn a_glob_matches_what_its_definition_says() {
    let mut runner = TestRunner::new(property("globs", 5_000, 500_000));
    let matched = Cell::new(0);
    let result = runner.run(&("[ab/*]{0,6}", "[ab/]{0,6}"), |(glob, text)| {
        let characters = |text: &str| text.chars().collect::<Vec<_>>();
        let expected = naive(&characters(&glob), &characters(&text));
        matched.set(matched.get() + usize::from(expected));
        prop_assert_eq!(Constraint::Glob(glob).allows(&Argument::Str(text)), expected);
        Ok(())
    });
    result.unwrap();
    println!("{} globs matched", matched.get());
    assert!(matched.get() > 100);
}

/// A string that a pattern is likely to match.
fn expanded(pattern: &str, random: &mut Random) -> String {
    let mut out = String::new();
    for character in pattern.chars() {
        match character {
            '*' => (0..random.below(3)).for_each(|_| out.push(*random.pick(&['a', 'b', 'a', '/']))),
            other => out.push(other),
        }
    }
    out
}

/// A value that a constraint is likely to allow.
fn example(constraint: &Constraint, random: &mut Random) -> Argument {
    match constraint {
        Constraint::Exact(value) => value.clone(),
        Constraint::OneOf(values) => random.pick(values).clone(),
        Constraint::Glob(glob) => Argument::Str(expanded(glob, random)),
        Constraint::Range(min, _) => Argument::Int(min + i64::from(random.chance(2))),
        Constraint::PathPrefix(prefix) if random.chance(2) => Argument::Str(prefix.clone()),
        Constraint::PathPrefix(prefix) => Argument::Str(format!("{prefix}/{}", expanded("a*b", random))),
        Constraint::Ref(pattern) => {
            let full = expanded(pattern, random);
            match full.strip_prefix("refs/heads/") {
                Some(branch) if random.chance(2) => Argument::Str(branch.to_owned()),
                _ => Argument::Str(full),
            }
        }
    }
}

/// A constraint that is likely to lie within `wide`, and sometimes does not.
fn narrower(wide: &Constraint, random: &mut Random) -> Constraint {
    let narrowed = |pattern: &str, random: &mut Random| {
        let with = *random.pick(&["a", "", "*", "*a", "b*", "**", "/", "a/*"]);
        pattern.replacen('*', with, 1)
    };
    match wide {
        wide if random.chance(3) => Constraint::Exact(example(wide, random)),
        wide if random.chance(3) => Constraint::OneOf(vec![example(wide, random), example(wide, random)]),
        Constraint::Glob(glob) if random.chance(8) => Constraint::Ref(format!("refs/{glob}")),
        Constraint::Glob(glob) => Constraint::Glob(narrowed(glob, random)),
        Constraint::Ref(pattern) => Constraint::Ref(narrowed(pattern, random)),
        Constraint::Range(min, max) => Constraint::Range(*min, max - i64::from(max > min)),
        Constraint::PathPrefix(prefix) => Constraint::PathPrefix(format!("{prefix}/a")),
        other => other.clone(),
    }
}

#[test]
fn a_constraint_that_covers_allows_what_is_covered() {
    let mut runner = TestRunner::new(property("constraints", 5_000, 500_000));
    let met = Cell::new(0);
    let strategy = (constraint(), constraint(), vec(argument(), 3), any::<u64>());
    let result = runner.run(&strategy, |(wide, other, mut values, seed)| {
        let mut random = Random::new(seed);
        let narrow = if random.chance(4) { other } else { narrower(&wide, &mut random) };
        if !wide.covers(&narrow) {
            return Ok(());
        }
        values.extend((0..4).map(|_| example(&narrow, &mut random)));
        for value in values {
            if narrow.allows(&value) {
                met.set(met.get() + 1);
                prop_assert!(wide.allows(&value), "{:?} within {:?} allows {:?}", narrow, wide, value);
            }
        }
        Ok(())
    });
    result.unwrap();
    println!("{} values within a covered constraint", met.get());
    assert!(met.get() > 2_000);
}

#[test]
fn a_constraint_covers_itself() {
    let mut runner = TestRunner::new(property("a constraint and itself", 2_000, 200_000));
    let result = runner.run(&constraint(), |constraint| {
        prop_assert!(constraint.covers(&constraint));
        Ok(())
    });
    result.unwrap();
}

fn grant() -> impl Strategy<Value = Grant> {
    let words = |all: &'static [&'static str]| vec(select(all), 1..3);
    (
        select(vec!["github", "other"]),
        words(&["pulls/merge", "pulls/create"]),
        words(&["repository:1", "repository:2"]),
        btree_map("[xy]", constraint(), 0..3),
    )
        .prop_map(|(connection, actions, resources, arguments)| Grant {
            connection: connection.parse().unwrap(),
            catalogue: "github-1".parse().unwrap(),
            actions: actions.into_iter().map(|action| action.parse().unwrap()).collect(),
            resources: resources.into_iter().map(resource).collect(),
            arguments,
        })
}

fn resource(id: &str) -> Resource {
    Resource { id: id.parse().unwrap(), name: "a/b".parse().unwrap() }
}

/// A grant that is likely to lie within `wide`, with a part of `other` in one of four.
fn narrower_grant(wide: &Grant, other: &Grant, random: &mut Random) -> Grant {
    let mut narrow = wide.clone();
    for constraint in narrow.arguments.values_mut() {
        *constraint = narrower(constraint, random);
    }
    match random.below(8) {
        0 => narrow.actions.clone_from(&other.actions),
        1 => narrow.resources.clone_from(&other.resources),
        2 => narrow.arguments.clone_from(&other.arguments),
        3 => narrow.connection.clone_from(&other.connection),
        4 => narrow.actions.truncate(1),
        5 => narrow.resources.truncate(1),
        _ => {}
    }
    narrow
}

/// An invocation that a grant is likely to allow.
fn example_of(grant: &Grant, random: &mut Random) -> Invocation {
    Invocation {
        leaf: bailiwick_authority::Digest::of(b"a leaf"),
        broker: key("broker").public().id(),
        action: random.pick(&grant.actions).clone(),
        connection: grant.connection.clone(),
        resource: random.pick(&grant.resources).clone(),
        arguments: grant.arguments.iter().map(|(name, one)| (name.clone(), example(one, random))).collect(),
        expires: Timestamp::from_seconds(0).unwrap(),
        claims: Value::object::<&str>([]),
    }
}

fn allows(grant: &Grant, asked: &Invocation) -> bool {
    grant.names(&asked.connection, &asked.action, &asked.resource.id)
        && grant.objection(&asked.arguments).is_none()
}

#[test]
fn a_grant_that_covers_allows_what_is_covered() {
    let mut runner = TestRunner::new(property("grants", 3_000, 300_000));
    let met = Cell::new(0);
    let result = runner.run(&(grant(), grant(), any::<u64>()), |(wide, other, seed)| {
        let mut random = Random::new(seed);
        let narrow = narrower_grant(&wide, &other, &mut random);
        if wide.covers(&narrow) {
            for _ in 0..4 {
                let asked = example_of(&narrow, &mut random);
                if allows(&narrow, &asked) {
                    met.set(met.get() + 1);
                    prop_assert!(allows(&wide, &asked), "{:?} within {:?} allows {:?}", narrow, wide, asked);
                }
            }
        }
        Ok(())
    });
    result.unwrap();
    println!("{} invocations within a covered grant", met.get());
    assert!(met.get() > 500);
}

fn capability(grants: Vec<Grant>, numbers: [u64; 6]) -> Capability {
    let [begins, life, uses, rate, seconds, depth] = numbers;
    Capability {
        parent: None,
        holder: key("agent-1").public().clone(),
        label: "agent".parse().unwrap(),
        grants,
        not_before: Timestamp::from_seconds(begins).unwrap(),
        expires: Timestamp::from_seconds(begins + 1 + life).unwrap(),
        max_uses: (uses > 0).then_some(uses),
        rate: (rate > 0).then_some(Rate { uses: rate, seconds: seconds + 1 }),
        max_depth: depth,
        purpose: "a purpose".parse().unwrap(),
    }
}

/// Whether a capability permits this history: uses at these times, each of this invocation.
fn permits(capability: &Capability, asked: &Invocation, uses: &[u64]) -> bool {
    let in_time = |at: &u64| {
        let at = Timestamp::from_seconds(*at).unwrap();
        capability.not_before <= at && at < capability.expires
    };
    let within = |limit: Rate| {
        let window =
            |from: &u64| uses.iter().filter(|at| (*from..*from + limit.seconds).contains(at)).count();
        uses.iter().all(|from| u64::try_from(window(from)).unwrap() <= limit.uses)
    };
    uses.iter().all(in_time)
        && capability.max_uses.is_none_or(|limit| u64::try_from(uses.len()).unwrap() <= limit)
        && capability.rate.is_none_or(within)
        && capability.grants.iter().any(|grant| allows(grant, asked))
}

#[test]
fn a_capability_that_covers_permits_what_is_covered() {
    let mut runner = TestRunner::new(property("capabilities", 3_000, 300_000));
    let (met, refused) = (Cell::new(0), Cell::new(0));
    let numbers = || [0..3_u64, 0..6, 0..5, 0..4, 0..4, 0..3];
    let strategy = (grant(), grant(), numbers(), numbers(), any::<u64>());
    let result = runner.run(&strategy, |(wide, other, parents, others, seed)| {
        let mut random = Random::new(seed);
        let narrow = narrower_grant(&wide, &other, &mut random);
        // Each number is the parent's, or any.
        let mut childs = parents;
        childs[5] = childs[5].saturating_sub(1);
        for (number, other) in childs.iter_mut().zip(others) {
            if random.chance(5) {
                *number = other;
            }
        }
        let parent = capability(vec![other, wide], parents);
        let child = capability(vec![narrow], childs);
        if parent.covers(&child).is_err() {
            refused.set(refused.get() + 1);
            return Ok(());
        }
        prop_assert!(child.max_depth < parent.max_depth);
        for _ in 0..6 {
            let asked = example_of(&child.grants[0], &mut random);
            let uses: Vec<u64> =
                (0..=random.below(3)).map(|_| childs[0] + random.within(0, childs[1])).collect();
            if permits(&child, &asked, &uses) {
                met.set(met.get() + 1);
                prop_assert!(
                    permits(&parent, &asked, &uses),
                    "{:?} within {:?} at {:?}",
                    child,
                    parent,
                    uses
                );
            }
        }
        Ok(())
    });
    result.unwrap();
    println!("{} histories within a covered capability, {} children refused", met.get(), refused.get());
    assert!(met.get() > 200 && refused.get() > 200);
}
