//! Good chains that somebody has ended: at each level, and everything.

use crate::harness::fault::{ANY, Fault, TWO, any, child};
use crate::harness::json::get;
use crate::harness::keys::id;
use crate::harness::scene::Scene;

fn holder(scene: &Scene, link: usize) -> String {
    id(scene.chain.get(link + 1).map_or(scene.invocation.signer, |next| next.signer))
}

pub(crate) const FAULTS: &[Fault] = &[
    Fault::new("capability-revoked", ANY, |scene, random| {
        let link = any(scene, random);
        let digest = scene.digest(link);
        scene.revoked.push(("capability".into(), digest));
        format!("revoked {}", link + 1)
    }),
    Fault::new("root-capability-revoked", TWO, |scene, _| {
        let digest = scene.digest(0);
        scene.revoked.push(("capability".into(), digest));
        "revoked 1".into()
    }),
    Fault::new("agent-revoked", ANY, |scene, random| {
        let link = any(scene, random);
        let agent = holder(scene, link);
        scene.revoked.push(("agent".into(), agent));
        format!("revoked {}", link + 1)
    }),
    Fault::new("agent-above-revoked", TWO, |scene, random| {
        let link = child(scene, random) - 1;
        let agent = holder(scene, link);
        scene.revoked.push(("agent".into(), agent));
        format!("revoked {}", link + 1)
    }),
    Fault::new("person-revoked", ANY, |scene, _| {
        scene.revoked.push(("person".into(), "ada".into()));
        "revoked 1".into()
    }),
    Fault::new("connection-revoked", ANY, |scene, _| {
        scene.revoked.push(("connection".into(), "github".into()));
        "revoked 1".into()
    }),
    Fault::new("everything-halted", ANY, |scene, _| {
        scene.revoked.push(("everything".into(), "all".into()));
        "revoked 1".into()
    }),
    Fault::new("revoked-among-others", ANY, |scene, random| {
        let link = any(scene, random);
        let digest = scene.digest(link);
        let realm = get(scene.link(link), "realm").unwrap().as_str().unwrap().to_owned();
        scene.revoked.push(("capability".into(), realm));
        scene.revoked.push(("capability".into(), digest));
        scene.revoked.push(("person".into(), "ben".into()));
        format!("revoked {}", link + 1)
    }),
];
