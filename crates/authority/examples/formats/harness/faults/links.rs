//! Chains whose links are missing, foreign, out of order, or issued by somebody else.

use crate::harness::fault::{ANY, Fault, THREE, TWO, any, child};
use crate::harness::good;
use crate::harness::json::{self, int, set};
use crate::harness::keys::id;
use crate::harness::part::{Part, pae};
use bailiwick_authority::{Digest, Envelope, Value};

fn broken(link: usize) -> String {
    format!("link-broken {}", link + 1)
}

/// The digest of a realm that is not the test realm.
fn elsewhere() -> String {
    Digest::of(b"another realm").to_string()
}

pub(crate) const FAULTS: &[Fault] = &[
    Fault::new("empty-chain", ANY, |scene, _| {
        scene.edit = Some(Box::new(|case| case.chain.clear()));
        "chain-length".into()
    }),
    Fault::new("nine-links", ANY, |scene, _| {
        scene.edit = Some(Box::new(|case| {
            let leaf = case.chain.last().unwrap().clone();
            case.chain.resize(9, leaf);
        }));
        "chain-length".into()
    }),
    Fault::new("missing-root", TWO, |scene, _| {
        scene.edit = Some(Box::new(|case| drop(case.chain.remove(0))));
        broken(0)
    }),
    Fault::new("missing-middle", THREE, |scene, random| {
        let link = 1 + random.below(scene.chain.len() - 2);
        scene.edit = Some(Box::new(move |case| drop(case.chain.remove(link))));
        broken(link)
    }),
    Fault::new("missing-leaf", TWO, |scene, _| {
        scene.edit = Some(Box::new(|case| drop(case.chain.pop())));
        "not-the-holder".into()
    }),
    Fault::new("reordered", TWO, |scene, random| {
        let link = child(scene, random);
        scene.edit = Some(Box::new(move |case| case.chain.swap(link - 1, link)));
        // Link 1 with a parent, or a child of the link that now follows it.
        broken(link - 1)
    }),
    Fault::new("reversed", TWO, |scene, _| {
        scene.edit = Some(Box::new(|case| case.chain.reverse()));
        broken(0)
    }),
    Fault::new("duplicated-link", ANY, |scene, random| {
        let link = any(scene, random);
        if scene.chain.len() == 8 {
            scene.chain.pop();
        }
        let link = link.min(scene.chain.len() - 1);
        scene.edit = Some(Box::new(move |case| {
            let twice = case.chain[link].clone();
            case.chain.insert(link, twice);
        }));
        broken(link + 1)
    }),
    Fault::new("foreign-link", TWO, |scene, random| {
        let link = child(scene, random);
        let links = scene.chain.len();
        let mut other = good::scene(random, good::Wanted { links, ..TWO });
        let foreign = other.build().chain[link.min(other.chain.len() - 1)].clone();
        scene.edit = Some(Box::new(move |case| case.chain[link].clone_from(&foreign)));
        broken(link)
    }),
    Fault::new("foreign-root", TWO, |scene, random| {
        let foreign = good::scene(random, ANY).build().chain[0].clone();
        scene.edit = Some(Box::new(move |case| case.chain[0].clone_from(&foreign)));
        broken(1)
    }),
    Fault::new("foreign-leaf-appended", ANY, |scene, random| {
        if scene.chain.len() == 8 {
            scene.chain.pop();
        }
        let links = scene.chain.len();
        let foreign = good::scene(random, TWO).build().chain[1].clone();
        scene.edit = Some(Box::new(move |case| case.chain.push(foreign.clone())));
        broken(links)
    }),
    Fault::new("parent-is-the-grandparent", THREE, |scene, random| {
        let link = 2 + random.below(scene.chain.len() - 2);
        let grandparent = scene.digest(link - 2);
        set(scene.link(link), "parent", grandparent);
        scene.chain[link].relink = false;
        broken(link)
    }),
    Fault::new("parent-digest-of-the-envelope", TWO, |scene, random| {
        let link = child(scene, random);
        let envelope = Digest::of(&scene.build().chain[link - 1]);
        set(scene.link(link), "parent", envelope);
        scene.chain[link].relink = false;
        broken(link)
    }),
    Fault::new("parent-digest-of-the-payload", TWO, |scene, random| {
        let link = child(scene, random);
        let payload = Envelope::parse(&scene.build().chain[link - 1]).unwrap().payload().to_vec();
        set(scene.link(link), "parent", Digest::of(&payload));
        scene.chain[link].relink = false;
        broken(link)
    }),
    Fault::new("parent-digest-off-by-a-bit", TWO, |scene, random| {
        let link = child(scene, random);
        let digest: Digest = scene.digest(link - 1).parse().unwrap();
        let mut bytes = *digest.as_bytes();
        bytes[random.below(32)] ^= 1 << random.below(8);
        set(scene.link(link), "parent", Digest::from_bytes(bytes));
        scene.chain[link].relink = false;
        broken(link)
    }),
    Fault::new("parent-left-out", TWO, |scene, random| {
        let link = child(scene, random);
        scene.chain[link].relink = false;
        broken(link)
    }),
    Fault::new("root-with-a-parent", ANY, |scene, _| {
        set(scene.link(0), "parent", elsewhere());
        broken(0)
    }),
    Fault::new("parent-with-the-type-of-an-invocation", TWO, |scene, random| {
        let link = child(scene, random);
        let payload = Envelope::parse(&scene.build().chain[link - 1]).unwrap().payload().to_vec();
        let digest = Digest::of(&pae("application/vnd.bailiwick.invocation.v1+json", &payload));
        set(scene.link(link), "parent", digest);
        scene.chain[link].relink = false;
        broken(link)
    }),
    Fault::new("link-of-another-realm", ANY, |scene, random| {
        let link = any(scene, random);
        set(scene.link(link), "realm", elsewhere());
        format!("link-realm {}", link + 1)
    }),
    Fault::new("link-of-realm-genesis", ANY, |scene, random| {
        let link = any(scene, random);
        set(scene.link(link), "realm", "genesis");
        format!("link-realm {}", link + 1)
    }),
    Fault::new("chain-of-another-realm", ANY, |scene, _| {
        scene.realm = elsewhere();
        "link-realm 1".into()
    }),
    Fault::new("root-issued-by-an-agent", ANY, |scene, _| {
        set(scene.link(0), "issuer", id("mallory"));
        scene.chain[0].signer = "mallory";
        "not-a-steward".into()
    }),
    Fault::new("root-issued-by-an-approver", ANY, |scene, _| {
        set(scene.link(0), "issuer", id("ben"));
        scene.chain[0].signer = "ben";
        "not-a-steward".into()
    }),
    Fault::new("root-issued-by-security", ANY, |scene, _| {
        set(scene.link(0), "issuer", id("cleo"));
        scene.chain[0].signer = "cleo";
        "not-a-steward".into()
    }),
    Fault::new("root-since-a-compromise", ANY, |scene, random| {
        scene.rooted_in_ended("spare", Some(random.within(7, 1_000)));
        "not-a-steward".into()
    }),
    Fault::new("root-of-a-compromised-key-never-admitted", ANY, |scene, _| {
        scene.rooted_in_ended("spare", None);
        "not-a-steward".into()
    }),
    Fault::new("root-of-a-retired-key", ANY, |scene, random| {
        set(&mut scene.roster.payload, "persons/3/keys/0/end/how", "retired");
        scene.rooted_in_ended("dora", Some(random.within(0, 1_000)));
        "not-a-steward".into()
    }),
    Fault::new("root-of-somebody-who-is-steward-no-more", ANY, |scene, random| {
        set(&mut scene.roster.payload, "persons/3/roles", Value::strings(["approver"]));
        scene.rooted_in_ended("dora", Some(random.within(0, 1_000)));
        "not-a-steward".into()
    }),
    Fault::new("root-issued-by-a-rotated-key", ANY, |scene, _| {
        set(scene.link(0), "issuer", id("dora"));
        scene.chain[0].signer = "dora";
        "not-a-steward".into()
    }),
    Fault::new("root-issued-by-a-compromised-key", ANY, |scene, _| {
        set(scene.link(0), "issuer", id("spare"));
        scene.chain[0].signer = "spare";
        "not-a-steward".into()
    }),
    Fault::new("stewards-key-retired-since", ANY, |scene, _| {
        set(&mut scene.roster.payload, "persons/0/keys/0/end", json::value(r#"{"how":"retired"}"#));
        "not-a-steward".into()
    }),
    Fault::new("steward-no-longer-a-steward", ANY, |scene, _| {
        json::remove(&mut scene.roster.payload, "persons/0/roles/0");
        "not-a-steward".into()
    }),
    Fault::new("steward-no-longer-on-the-roster", ANY, |scene, _| {
        json::remove(&mut scene.roster.payload, "persons/0");
        "not-a-steward".into()
    }),
    Fault::new("root-names-another-issuer", ANY, |scene, _| {
        set(scene.link(0), "issuer", id("stranger-1"));
        "not-a-steward".into()
    }),
    Fault::new("child-names-another-issuer", TWO, |scene, random| {
        let link = child(scene, random);
        set(scene.link(link), "issuer", id("stranger-1"));
        broken(link)
    }),
    Fault::new("child-issued-by-a-stranger", TWO, |scene, random| {
        let link = child(scene, random);
        set(scene.link(link), "issuer", id("stranger-1"));
        scene.chain[link].signer = "stranger-1";
        broken(link)
    }),
    Fault::new("child-issued-by-the-steward", TWO, |scene, random| {
        let link = child(scene, random);
        set(scene.link(link), "issuer", id("ada"));
        scene.chain[link].signer = "ada";
        broken(link)
    }),
    Fault::new("child-issued-by-its-own-holder", TWO, |scene, random| {
        let link = child(scene, random);
        let holder = scene.chain.get(link + 1).map_or(scene.invocation.signer, |next| next.signer);
        set(scene.link(link), "issuer", id(holder));
        scene.chain[link].signer = holder;
        broken(link)
    }),
    Fault::new("too-deep", TWO, |scene, random| {
        let link = child(scene, random);
        for above in 0..link {
            set(scene.link(above), "max_depth", int(u64::try_from(link - 1 - above).unwrap()));
        }
        format!("link-widens {} depth", link + 1)
    }),
    Fault::new("invocation-as-a-link", ANY, |scene, random| {
        let link = any(scene, random);
        scene.edit = Some(Box::new(move |case| case.chain[link].clone_from(&case.invocation)));
        format!("link-format {} invalid-field", link + 1)
    }),
    Fault::new("roster-as-a-link", ANY, |scene, random| {
        let link = any(scene, random);
        scene.edit = Some(Box::new(move |case| case.chain[link].clone_from(&case.roster)));
        format!("link-format {} invalid-field", link + 1)
    }),
    Fault::new("capability-as-the-invocation", ANY, |scene, _| {
        scene.edit = Some(Box::new(|case| case.invocation.clone_from(case.chain.last().unwrap())));
        "invocation-format invalid-field".into()
    }),
    Fault::new("capability-with-the-fields-of-an-invocation", ANY, |scene, random| {
        let link = any(scene, random);
        let (payload, signer) = (scene.invocation.payload.clone(), scene.chain[link].signer);
        scene.chain[link] = Part { relink: false, ..Part::new("capability", payload, signer) };
        format!("link-format {} missing-field", link + 1)
    }),
];
