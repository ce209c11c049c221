//! Random good chains: an invocation is chosen first, then grants that allow it, each link narrower.

use super::json::{self, int, value};
use super::part::Part;
use super::random::Random;
use super::scene::{GENESIS, NOW, Scene, capability, invocation, roster};
use bailiwick_authority::Value;

/// What a scene must have so that a fault can be put into it.
#[derive(Clone, Copy)]
pub(crate) struct Wanted {
    /// The fewest links.
    pub(crate) links: usize,
    /// Whether every link has `max_uses` and `rate`.
    pub(crate) limits: bool,
    /// Whether every link has a second grant, for other actions.
    pub(crate) second: bool,
}

const AGENTS: [&str; 8] =
    ["agent-1", "agent-2", "agent-3", "agent-4", "agent-5", "agent-6", "agent-7", "agent-8"];

/// The argument of an action, and constraints that all allow it, each within the one before.
struct Ladder {
    name: &'static str,
    argument: Value,
    steps: Vec<Value>,
}

/// A good scene.
pub(crate) fn scene(random: &mut Random, wanted: Wanted) -> Scene {
    let links = wanted.links.max(*random.pick(&[1, 1, 2, 2, 3, 3, 3, 4, 5, 8]));
    let (action, ladders) = operation(random);
    let limits = wanted.limits || random.chance(2);
    let second = wanted.second || random.chance(2);
    let mut steps = vec![0; ladders.len()];
    let (mut begins, mut expires) = (NOW - random.within(5_000, 90_000), NOW + random.within(5_000, 90_000));
    let (mut uses, mut rate, mut window) = (random.within(500, 5_000), random.within(50, 90), 60);
    let mut depth = u64::try_from(links).unwrap() + random.within(0, 3);
    let mut actions = vec![action, "pulls/create", "issues/lock"];
    let mut chain = Vec::new();
    for link in 0..links {
        let issuer = if link == 0 { "ada" } else { AGENTS[link - 1] };
        if link > 0 {
            for (step, ladder) in steps.iter_mut().zip(&ladders) {
                *step = (*step + random.below(2)).min(ladder.steps.len() - 1);
            }
            begins += random.within(0, 400);
            expires -= random.within(0, 400);
            uses -= random.within(0, 50);
            rate -= random.within(0, 5);
            window += random.within(0, 60);
            if actions.len() > 1 && random.chance(2) {
                actions.pop();
            }
        }
        let mut grants = vec![grant(&actions, &ladders, &steps)];
        if second {
            grants.insert(random.below(2), decoy());
        }
        let mut payload = capability(issuer, AGENTS[link], grants, "");
        json::set(&mut payload, "nonce", random.nonce());
        json::set(&mut payload, "issued", int(begins.min(NOW)));
        json::set(&mut payload, "not_before", int(begins));
        json::set(&mut payload, "expires", int(expires));
        json::set(&mut payload, "max_depth", int(depth));
        depth -= 1;
        if limits {
            json::set(&mut payload, "max_uses", int(uses));
            json::set(&mut payload, "rate", value(&format!(r#"{{"uses":{rate},"seconds":{window}}}"#)));
        } else {
            json::remove(&mut payload, "max_uses");
            json::remove(&mut payload, "rate");
        }
        chain.push(Part::new("capability", payload, issuer));
    }
    let holder = AGENTS[links - 1];
    let arguments = Value::object(ladders.iter().map(|ladder| (ladder.name, ladder.argument.clone())));
    let mut payload = invocation(holder, action, arguments, "");
    json::set(&mut payload, "nonce", random.nonce());
    let issued = NOW - random.within(0, 30);
    json::set(&mut payload, "issued", int(issued));
    json::set(&mut payload, "expires", int(issued + random.within(40, 60)));
    Scene {
        chain,
        invocation: Part::new("invocation", payload, holder),
        roster: roster(),
        realm: GENESIS.1.clone(),
        broker: "broker",
        now: NOW,
        admitted: None,
        revoked: Vec::new(),
        edit: None,
    }
}

fn grant(actions: &[&str], ladders: &[Ladder], steps: &[usize]) -> Value {
    let constraints =
        ladders.iter().zip(steps).map(|(ladder, step)| (ladder.name, ladder.steps[*step].clone()));
    Value::object([
        ("connection", Value::from("github")),
        ("catalogue", Value::from("github-1")),
        ("actions", Value::strings(actions.iter().copied())),
        (
            "resources",
            value(
                r#"[{"id":"repository:7","name":"acme/site"},{"id":"repository:1296269","name":"acme/backend"}]"#,
            ),
        ),
        ("arguments", Value::object(constraints)),
    ])
}

/// A grant for other actions on another resource, at every link the same.
fn decoy() -> Value {
    value(
        r#"{"connection":"github","catalogue":"github-1","actions":["issues/add-labels"],
            "resources":[{"id":"repository:42","name":"acme/docs"}],
            "arguments":{"labels":{"one_of":["bug","ui"]}}}"#,
    )
}

fn operation(random: &mut Random) -> (&'static str, Vec<Ladder>) {
    let number = random.within(1, 900);
    match random.below(4) {
        0 => ("pulls/merge", vec![branch(random), target(), method()]),
        1 => ("issues/create-comment", vec![body(number), ranged("number", number)]),
        2 => ("repos/create-deployment", vec![environment(), flag(), branch(random)]),
        _ => ("repos/create-or-update-file-contents", vec![path(), labels(), branch(random)]),
    }
}

fn ladder(name: &'static str, argument: &str, steps: &[&str]) -> Ladder {
    Ladder { name, argument: value(argument), steps: steps.iter().map(|step| value(step)).collect() }
}

fn branch(random: &mut Random) -> Ladder {
    let name = format!("feat-{}", random.within(1, 999));
    let exact = format!(r#"{{"exact":"{name}"}}"#);
    let either = format!(r#"{{"one_of":["feat-x","{name}"]}}"#);
    ladder(
        "branch",
        &format!("\"{name}\""),
        &[
            r#"{"glob":"**"}"#,
            r#"{"ref":"refs/heads/**"}"#,
            r#"{"ref":"refs/heads/feat-*"}"#,
            &either,
            &exact,
        ],
    )
}

fn target() -> Ladder {
    ladder("target", r#""main""#, &[r#"{"ref":"refs/*/ma*"}"#, r#"{"ref":"refs/heads/main"}"#])
}

fn method() -> Ladder {
    ladder("method", r#""squash""#, &[r#"{"one_of":["merge","squash","rebase"]}"#, r#"{"exact":"squash"}"#])
}

fn body(number: u64) -> Ladder {
    let text = format!("Build {number}: fertig, 完成 / \\\"ok\\\"\\n");
    let exact = format!(r#"{{"exact":"{text}"}}"#);
    ladder(
        "body",
        &format!("\"{text}\""),
        &[r#"{"glob":"**"}"#, r#"{"glob":"B**"}"#, r#"{"glob":"Build *: **完*/**"}"#, &exact],
    )
}

fn ranged(name: &'static str, number: u64) -> Ladder {
    let exact = format!(r#"{{"exact":{number}}}"#);
    let either = format!(r#"{{"one_of":[{},{number}]}}"#, number + 1);
    let narrow = format!(r#"{{"range":{{"min":{number},"max":950}}}}"#);
    ladder(
        name,
        &number.to_string(),
        &[
            r#"{"range":{"min":-9007199254740991,"max":9007199254740991}}"#,
            r#"{"range":{"min":1,"max":1000}}"#,
            &narrow,
            &either,
            &exact,
        ],
    )
}

fn environment() -> Ladder {
    ladder(
        "environment",
        r#""staging""#,
        &[
            r#"{"one_of":["staging","review","dev"]}"#,
            r#"{"one_of":["dev","staging"]}"#,
            r#"{"exact":"staging"}"#,
        ],
    )
}

fn flag() -> Ladder {
    ladder("transient", "false", &[r#"{"one_of":[true,false]}"#, r#"{"exact":false}"#])
}

fn path() -> Ladder {
    ladder(
        "path",
        r#""src/lib/mod.rs""#,
        &[
            r#"{"glob":"**"}"#,
            r#"{"path_prefix":"src"}"#,
            r#"{"path_prefix":"src/lib"}"#,
            r#"{"exact":"src/lib/mod.rs"}"#,
        ],
    )
}

fn labels() -> Ladder {
    ladder(
        "labels",
        r#"["bug","ui","bug"]"#,
        &[r#"{"glob":"*"}"#, r#"{"one_of":["bug","ui","docs"]}"#, r#"{"one_of":["ui","bug"]}"#],
    )
}
