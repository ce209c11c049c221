//! Invocations that are somebody else's, or that ask for what no grant allows.

use crate::harness::fault::{ANY, Fault, TWO, any, child};
use crate::harness::json::{at, get, int, remove, set, value};
use crate::harness::keys::id;
use crate::harness::scene::Scene;
use bailiwick_authority::{Digest, Value};

fn arguments(scene: &Scene) -> Vec<String> {
    match get(&scene.invocation.payload, "arguments") {
        Some(Value::Object(arguments)) => arguments.keys().cloned().collect(),
        _ => panic!("no arguments"),
    }
}

/// Lets the invocation be issued and signed by this key.
fn by(scene: &mut Scene, name: &'static str) -> String {
    set(&mut scene.invocation.payload, "issuer", id(name));
    scene.invocation.signer = name;
    "not-the-holder".into()
}

pub(crate) const FAULTS: &[Fault] = &[
    Fault::new("for-another-broker", ANY, |scene, _| {
        set(&mut scene.invocation.payload, "broker", id("broker-2"));
        "other-broker".into()
    }),
    Fault::new("received-by-another-broker", ANY, |scene, _| {
        scene.broker = "broker-2";
        "other-broker".into()
    }),
    Fault::new("invocation-of-another-realm", ANY, |scene, _| {
        set(&mut scene.invocation.payload, "realm", Digest::of(b"another realm"));
        "invocation-realm".into()
    }),
    Fault::new("invocation-of-realm-genesis", ANY, |scene, _| {
        set(&mut scene.invocation.payload, "realm", "genesis");
        "invocation-realm".into()
    }),
    Fault::new("under-a-link-above", TWO, |scene, random| {
        let above = scene.digest(child(scene, random) - 1);
        set(&mut scene.invocation.payload, "leaf", above);
        scene.invocation.relink = false;
        "not-the-holder".into()
    }),
    Fault::new("under-an-unknown-leaf", ANY, |scene, _| {
        set(&mut scene.invocation.payload, "leaf", Digest::of(b"some capability"));
        scene.invocation.relink = false;
        "not-the-holder".into()
    }),
    Fault::new("asked-by-the-holder-above", TWO, |scene, random| {
        let link = child(scene, random);
        let name = scene.chain[link].signer;
        by(scene, name)
    }),
    Fault::new("asked-by-the-steward", ANY, |scene, _| by(scene, "ada")),
    Fault::new("asked-by-a-stranger", ANY, |scene, _| by(scene, "stranger-3")),
    Fault::new("asked-in-the-holders-name", ANY, |scene, _| {
        scene.invocation.signer = "stranger-3";
        "not-the-holder".into()
    }),
    Fault::new("asked-in-a-strangers-name", ANY, |scene, _| {
        set(&mut scene.invocation.payload, "issuer", id("stranger-3"));
        "not-the-holder".into()
    }),
    Fault::new("action-not-granted", ANY, |scene, _| {
        set(&mut scene.invocation.payload, "action", "repos/delete");
        "not-granted 1".into()
    }),
    Fault::new("action-granted-above-only", TWO, |scene, random| {
        let link = child(scene, random);
        let action = get(&scene.invocation.payload, "action").unwrap().as_str().unwrap().to_owned();
        for below in link..scene.chain.len() {
            let Value::List(grants) = at(scene.link(below), "grants") else { panic!("no grants") };
            for grant in grants {
                let Value::List(actions) = at(grant, "actions") else { panic!("no actions") };
                actions.retain(|one| one.as_str() != Some(&action));
                if actions.is_empty() {
                    actions.push(Value::from("pulls/create"));
                }
            }
        }
        for above in 0..link {
            // The parents have it, so that the child asks for nothing more.
            let Value::List(grants) = at(scene.link(above), "grants") else { panic!("no grants") };
            for grant in grants {
                let Value::List(actions) = at(grant, "actions") else { panic!("no actions") };
                for one in ["pulls/create", "issues/lock", "issues/add-labels"] {
                    actions.push(Value::from(one));
                }
            }
        }
        format!("not-granted {}", link + 1)
    }),
    Fault::new("resource-not-granted", ANY, |scene, _| {
        set(&mut scene.invocation.payload, "resource/id", "repository:1296270");
        "not-granted 1".into()
    }),
    Fault::new("resource-recreated-under-its-name", ANY, |scene, _| {
        let resource = value(r#"{"id":"repository:999999","name":"acme/backend"}"#);
        set(&mut scene.invocation.payload, "resource", resource);
        "not-granted 1".into()
    }),
    Fault::new("resource-of-another-kind", ANY, |scene, _| {
        set(&mut scene.invocation.payload, "resource/id", "organisation:1296269");
        "not-granted 1".into()
    }),
    Fault::new("resource-of-the-second-grant", ANY, |scene, _| {
        set(&mut scene.invocation.payload, "resource/id", "repository:42");
        "not-granted 1".into()
    }),
    Fault::new("another-connection", ANY, |scene, _| {
        set(&mut scene.invocation.payload, "connection", "github-2");
        "not-granted 1".into()
    }),
    Fault::new("argument-not-mentioned", ANY, |scene, _| {
        set(&mut scene.invocation.payload, "arguments/zeal", true);
        "argument 1 zeal".into()
    }),
    Fault::new("argument-left-out", ANY, |scene, random| {
        let name = random.pick(&arguments(scene)).clone();
        remove(&mut scene.invocation.payload, &format!("arguments/{name}"));
        format!("argument 1 {name}")
    }),
    Fault::new("argument-outside-its-constraint", ANY, |scene, random| {
        let name = random.pick(&arguments(scene)).clone();
        let link = any(scene, random);
        let argument = get(&scene.invocation.payload, &format!("arguments/{name}")).unwrap().clone();
        let other = match &argument {
            Value::Str(_) => Value::from("something else"),
            Value::Int(_) => int(999),
            Value::Bool(flag) => Value::Bool(!flag),
            _ => value(r#"["bug","something else"]"#),
        };
        // From this link on only what was asked before is allowed; above anything like it.
        for (number, part) in scene.chain.iter_mut().enumerate() {
            let narrow = match &argument {
                Value::List(items) => Value::object([("one_of", Value::List(items.clone()))]),
                scalar => Value::object([("exact", scalar.clone())]),
            };
            let wide = match &argument {
                Value::Str(_) | Value::List(_) => value(r#"{"glob":"**"}"#),
                Value::Int(_) => value(r#"{"range":{"min":0,"max":1000}}"#),
                _ => value(r#"{"one_of":[true,false]}"#),
            };
            let Value::List(grants) = at(&mut part.payload, "grants") else { panic!("no grants") };
            for grant in grants {
                if get(grant, &format!("arguments/{name}")).is_some() {
                    let constraint = if number < link { wide.clone() } else { narrow.clone() };
                    set(grant, &format!("arguments/{name}"), constraint);
                }
            }
        }
        set(&mut scene.invocation.payload, &format!("arguments/{name}"), other);
        format!("argument {} {name}", link + 1)
    }),
    Fault::new("argument-of-another-type", ANY, |scene, random| {
        let name = random.pick(&arguments(scene)).clone();
        let path = format!("arguments/{name}");
        let other = match get(&scene.invocation.payload, &path).unwrap() {
            Value::Str(_) | Value::List(_) => Value::from(7_u32),
            Value::Int(number) => Value::from(number.to_string()),
            _ => Value::from("false"),
        };
        set(&mut scene.invocation.payload, &path, other);
        format!("argument 1 {name}")
    }),
    Fault::new("argument-an-empty-list", ANY, |scene, random| {
        let name = random.pick(&arguments(scene)).clone();
        set(&mut scene.invocation.payload, &format!("arguments/{name}"), value("[]"));
        format!("argument 1 {name}")
    }),
];
