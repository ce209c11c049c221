//! Children that ask for more than their parent has, in every dimension, each properly signed.

use crate::harness::fault::{Fault, LIMITED, TWO, child};
use crate::harness::good::Wanted;
use crate::harness::json::{get, int, push, remove, set, value};
use crate::harness::random::Random;
use crate::harness::scene::Scene;
use bailiwick_authority::Value;

/// Every link has a second grant.
const SECOND: Wanted = Wanted { second: true, ..TWO };

fn widens(link: usize, how: &str) -> String {
    format!("link-widens {} {how}", link + 1)
}

/// Sets a member of a child to `change` of what the parent has.
fn than_parent(
    scene: &mut Scene,
    random: &mut Random,
    path: &str,
    how: &str,
    change: fn(u64) -> u64,
) -> String {
    let link = child(scene, random);
    let parents = scene.number(link - 1, path);
    set(scene.link(link), path, int(change(parents)));
    widens(link, how)
}

/// Changes a child's grants.
fn grant(scene: &mut Scene, random: &mut Random, change: fn(&mut Value)) -> String {
    let link = child(scene, random);
    change(scene.link(link));
    widens(link, "grant")
}

/// Replaces the constraint on an argument of the invocation in a child's grants.
fn constraint(scene: &mut Scene, random: &mut Random, new: &str) -> String {
    let (link, new) = (child(scene, random), value(new));
    let arguments = scene.invocation.payload.get("arguments").unwrap().clone();
    let Value::Object(arguments) = arguments else { panic!("arguments are an object") };
    let name = arguments.keys().nth(random.below(arguments.len())).unwrap();
    for above in 0..link {
        // The parent has what no other form covers: exactly what is asked, or one of it.
        let argument = arguments.get(name).unwrap();
        let narrow = match argument {
            Value::List(items) => Value::object([("one_of", Value::List(items.clone()))]),
            scalar => Value::object([("exact", scalar.clone())]),
        };
        replace_constraint(scene.link(above), name, &narrow);
    }
    replace_constraint(scene.link(link), name, &new);
    widens(link, "grant")
}

fn replace_constraint(capability: &mut Value, name: &str, new: &Value) {
    let Some(Value::List(grants)) = get(capability, "grants").cloned() else { panic!("no grants") };
    for index in 0..grants.len() {
        let path = format!("grants/{index}/arguments/{name}");
        if get(capability, &path).is_some() {
            set(capability, &path, new.clone());
        }
    }
}

/// The index of the grant for the invocation's action, not the second one.
fn main_grant(capability: &Value) -> usize {
    usize::from(get(capability, "grants/0/actions/0") == Some(&Value::from("issues/add-labels")))
}

pub(crate) const FAULTS: &[Fault] = &[
    Fault::new("child-outlives-its-parent", TWO, |scene, random| {
        than_parent(scene, random, "expires", "expires", |end| end + 1)
    }),
    Fault::new("child-for-ever", TWO, |scene, random| {
        than_parent(scene, random, "expires", "expires", |_| 253_402_300_799)
    }),
    Fault::new("child-begins-before-its-parent", TWO, |scene, random| {
        than_parent(scene, random, "not_before", "begins", |begin| begin - 1)
    }),
    Fault::new("child-with-more-uses", LIMITED, |scene, random| {
        than_parent(scene, random, "max_uses", "uses", |uses| uses + 1)
    }),
    Fault::new("child-with-uses-without-limit", LIMITED, |scene, random| {
        let link = child(scene, random);
        remove(scene.link(link), "max_uses");
        widens(link, "uses")
    }),
    Fault::new("child-with-a-higher-rate", LIMITED, |scene, random| {
        than_parent(scene, random, "rate/uses", "rate", |uses| uses + 1)
    }),
    Fault::new("child-with-a-shorter-window", LIMITED, |scene, random| {
        than_parent(scene, random, "rate/seconds", "rate", |seconds| seconds - 1)
    }),
    Fault::new("child-with-the-same-average-in-a-burst", LIMITED, |scene, random| {
        let link = child(scene, random);
        set(scene.link(link - 1), "rate", value(r#"{"uses":40,"seconds":1000}"#));
        set(scene.link(link), "rate", value(r#"{"uses":80,"seconds":2000}"#));
        for above in 0..link - 1 {
            set(scene.link(above), "rate", value(r#"{"uses":90,"seconds":60}"#));
        }
        widens(link, "rate")
    }),
    Fault::new("child-without-a-rate", LIMITED, |scene, random| {
        let link = child(scene, random);
        remove(scene.link(link), "rate");
        widens(link, "rate")
    }),
    Fault::new("child-as-deep-as-its-parent", TWO, |scene, random| {
        than_parent(scene, random, "max_depth", "depth", |depth| depth)
    }),
    Fault::new("child-deeper-than-its-parent", TWO, |scene, random| {
        than_parent(scene, random, "max_depth", "depth", |depth| depth + 5)
    }),
    Fault::new("child-with-another-action", TWO, |scene, random| {
        grant(scene, random, |child| push(child, "grants/0/actions", "repos/delete"))
    }),
    Fault::new("child-with-another-resource", TWO, |scene, random| {
        let other = r#"{"id":"repository:666","name":"acme/secrets"}"#;
        let link = child(scene, random);
        push(scene.link(link), "grants/0/resources", value(other));
        widens(link, "grant")
    }),
    Fault::new("child-with-a-resource-renamed", TWO, |scene, random| {
        grant(scene, random, |child| set(child, "grants/0/resources/0/name", "acme/other"))
    }),
    Fault::new("child-with-another-connection", TWO, |scene, random| {
        grant(scene, random, |child| set(child, "grants/0/connection", "github-2"))
    }),
    Fault::new("child-with-another-catalogue", TWO, |scene, random| {
        grant(scene, random, |child| set(child, "grants/0/catalogue", "github-2"))
    }),
    Fault::new("child-with-an-argument-more", TWO, |scene, random| {
        grant(scene, random, |child| set(child, "grants/0/arguments/force", value(r#"{"exact":true}"#)))
    }),
    Fault::new("child-with-an-argument-less", TWO, |scene, random| {
        grant(scene, random, |child| {
            let Some(Value::Object(arguments)) = get(child, "grants/0/arguments").cloned() else {
                panic!("no arguments")
            };
            let name = arguments.keys().next().unwrap();
            remove(child, &format!("grants/0/arguments/{name}"));
        })
    }),
    Fault::new("child-with-a-grant-more", TWO, |scene, random| {
        grant(scene, random, |child| {
            let mut more = get(child, "grants/0").unwrap().clone();
            set(&mut more, "actions", value(r#"["repos/delete"]"#));
            push(child, "grants", more);
        })
    }),
    Fault::new("child-that-joins-two-grants", SECOND, |scene, random| {
        grant(scene, random, |child| {
            let main = main_grant(child);
            push(child, &format!("grants/{}/actions", 1 - main), "pulls/create");
            let resource = value(r#"{"id":"repository:42","name":"acme/docs"}"#);
            push(child, &format!("grants/{main}/resources"), resource);
        })
    }),
    Fault::new("child-with-a-wider-glob", TWO, |scene, random| constraint(scene, random, r#"{"glob":"**"}"#)),
    Fault::new("child-with-a-glob-of-one", TWO, |scene, random| constraint(scene, random, r#"{"glob":"*"}"#)),
    Fault::new("child-with-more-values", TWO, |scene, random| {
        constraint(scene, random, r#"{"one_of":["main","another",1,2,true,false]}"#)
    }),
    Fault::new("child-with-another-value", TWO, |scene, random| {
        constraint(scene, random, r#"{"exact":"another"}"#)
    }),
    Fault::new("child-with-a-range", TWO, |scene, random| {
        constraint(scene, random, r#"{"range":{"min":0,"max":1000000}}"#)
    }),
    Fault::new("child-with-all-refs", TWO, |scene, random| constraint(scene, random, r#"{"ref":"refs/**"}"#)),
    Fault::new("child-with-a-folder", TWO, |scene, random| {
        constraint(scene, random, r#"{"path_prefix":"src"}"#)
    }),
    Fault::new("grandchild-wider-than-its-grandparent", TWO, |scene, random| {
        // Both children agree with each other; the first of them is the one that widens.
        let link = child(scene, random);
        for below in link..scene.chain.len() {
            push(scene.link(below), "grants/0/actions", "repos/delete");
        }
        widens(link, "grant")
    }),
];
