//! Times that are over, not yet, or ahead of the clock, one second on the wrong side.

use crate::harness::fault::{ANY, Fault, any};
use crate::harness::json::{int, set};
use crate::harness::scene::{NOW, Scene};

/// Lets `link` and all below it end at `time`, so that no child outlives its parent.
fn ends(scene: &mut Scene, link: usize, time: u64) -> String {
    for below in link..scene.chain.len() {
        set(scene.link(below), "expires", int(time));
    }
    format!("link-expired {}", link + 1)
}

/// Lets `link` and all below it begin at `time`, so that no child begins before its parent.
fn begins(scene: &mut Scene, link: usize, time: u64) -> String {
    for below in link..scene.chain.len() {
        set(scene.link(below), "not_before", int(time));
    }
    format!("link-not-yet-valid {}", link + 1)
}

pub(crate) const FAULTS: &[Fault] = &[
    Fault::new("link-expires-now", ANY, |scene, random| {
        let link = any(scene, random);
        ends(scene, link, NOW)
    }),
    Fault::new("link-expired-lately", ANY, |scene, random| {
        let link = any(scene, random);
        let time = NOW - random.within(1, 1_000);
        ends(scene, link, time)
    }),
    Fault::new("clock-beyond-the-chain", ANY, |scene, random| {
        scene.now = NOW + random.within(200_000, 900_000);
        "link-expired 1".into()
    }),
    Fault::new("clock-at-the-end-of-time", ANY, |scene, _| {
        scene.now = 253_402_300_799;
        "link-expired 1".into()
    }),
    Fault::new("link-begins-in-a-second", ANY, |scene, random| {
        let link = any(scene, random);
        begins(scene, link, NOW + 1)
    }),
    Fault::new("link-begins-later", ANY, |scene, random| {
        let link = any(scene, random);
        let time = NOW + random.within(2, 1_000);
        begins(scene, link, time)
    }),
    Fault::new("clock-set-back-behind-the-chain", ANY, |scene, _| {
        scene.now = 0;
        "link-future-dated 1".into()
    }),
    Fault::new("clock-set-back-a-little", ANY, |scene, _| {
        let begins = scene.number(0, "not_before");
        scene.now = begins - 1;
        "link-not-yet-valid 1".into()
    }),
    Fault::new("link-issued-in-six-seconds", ANY, |scene, random| {
        let link = any(scene, random);
        set(scene.link(link), "issued", int(NOW + 6));
        format!("link-future-dated {}", link + 1)
    }),
    Fault::new("link-issued-at-the-end-of-time", ANY, |scene, random| {
        let link = any(scene, random);
        set(scene.link(link), "issued", int(253_402_300_799));
        format!("link-future-dated {}", link + 1)
    }),
    Fault::new("invocation-issued-in-six-seconds", ANY, |scene, _| {
        set(&mut scene.invocation.payload, "issued", int(NOW + 6));
        "invocation-future-dated".into()
    }),
    Fault::new("invocation-expires-now", ANY, |scene, _| {
        set(&mut scene.invocation.payload, "issued", int(NOW - 20));
        set(&mut scene.invocation.payload, "expires", int(NOW));
        "invocation-expired".into()
    }),
    Fault::new("invocation-expired-lately", ANY, |scene, random| {
        let ago = random.within(1, 3_000);
        set(&mut scene.invocation.payload, "issued", int(NOW - ago - 30));
        set(&mut scene.invocation.payload, "expires", int(NOW - ago));
        "invocation-expired".into()
    }),
    Fault::new("invocation-ends-before-it-begins", ANY, |scene, _| {
        set(&mut scene.invocation.payload, "expires", int(0));
        "invocation-expired".into()
    }),
    Fault::new("invocation-of-61-seconds", ANY, |scene, _| {
        let issued = scene.number_of_invocation("issued");
        set(&mut scene.invocation.payload, "expires", int(issued + 61));
        "invocation-too-long-lived".into()
    }),
    Fault::new("invocation-for-ever", ANY, |scene, _| {
        set(&mut scene.invocation.payload, "expires", int(253_402_300_799));
        "invocation-too-long-lived".into()
    }),
    Fault::new("invocation-issued-long-ago", ANY, |scene, _| {
        set(&mut scene.invocation.payload, "issued", int(NOW - 61));
        "invocation-too-long-lived".into()
    }),
];
