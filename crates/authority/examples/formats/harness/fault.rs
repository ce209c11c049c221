//! A way to damage a good scene, and the refusal that must follow.

use super::case::Case;
use super::good::{self, Wanted};
use super::json::get;
use super::part::Part;
use super::random::Random;
use super::scene::Scene;
use bailiwick_authority::Value;

/// One kind of fault.
pub(crate) struct Fault {
    pub(crate) name: &'static str,
    pub(crate) wanted: Wanted,
    /// Damages the scene and says how the refusal's line begins; empty where any refusal is right.
    pub(crate) apply: fn(&mut Scene, &mut Random) -> String,
}

/// Any scene at all.
pub(crate) const ANY: Wanted = Wanted { links: 1, limits: false, second: false };
/// At least a root and a child.
pub(crate) const TWO: Wanted = Wanted { links: 2, ..ANY };
/// At least a root, a child and a grandchild.
pub(crate) const THREE: Wanted = Wanted { links: 3, ..ANY };
/// At least two links, with `max_uses` and `rate` at each.
pub(crate) const LIMITED: Wanted = Wanted { limits: true, ..TWO };

impl Fault {
    pub(crate) const fn new(
        name: &'static str,
        wanted: Wanted,
        apply: fn(&mut Scene, &mut Random) -> String,
    ) -> Fault {
        Fault { name, wanted, apply }
    }

    /// A case with this fault, and how its refusal must begin.
    pub(crate) fn case(&self, random: &mut Random) -> (Case, String) {
        let mut scene = good::scene(random, self.wanted);
        let expected = (self.apply)(&mut scene, random);
        (scene.build(), expected)
    }
}

/// Any link, counted from 0.
pub(crate) fn any(scene: &Scene, random: &mut Random) -> usize {
    random.below(scene.chain.len())
}

/// Any link but the root.
pub(crate) fn child(scene: &Scene, random: &mut Random) -> usize {
    1 + random.below(scene.chain.len() - 1)
}

/// A link or the invocation, and how a refusal of its format begins.
pub(crate) fn part<'a>(scene: &'a mut Scene, random: &mut Random) -> (&'a mut Part, String) {
    let chosen = random.below(scene.chain.len() + 1);
    match scene.chain.get_mut(chosen) {
        Some(part) => (part, format!("link-format {}", chosen + 1)),
        None => (&mut scene.invocation, "invocation-format".to_owned()),
    }
}

/// As [`part`], with how a refusal of its signature begins.
pub(crate) fn signed<'a>(scene: &'a mut Scene, random: &mut Random) -> (&'a mut Part, String) {
    let chosen = random.below(scene.chain.len() + 1);
    match scene.chain.get_mut(chosen) {
        Some(part) => (part, format!("link-signature {}", chosen + 1)),
        None => (&mut scene.invocation, "not-the-holder".to_owned()),
    }
}

/// A verdict in one line: `accepted`, or the code, the link and the detail, as far as there are any.
pub(crate) fn line(verdict: &Value) -> String {
    if verdict.get("ok").is_some() {
        return "accepted".to_owned();
    }
    let mut line = get(verdict, "refused").unwrap().as_str().unwrap().to_owned();
    if let Some(Value::Int(link)) = verdict.get("link") {
        line.push_str(&format!(" {link}"));
    }
    if let Some(Value::Str(detail)) = verdict.get("detail") {
        line.push_str(&format!(" {detail}"));
    }
    line
}
