//! A chain of capabilities of ours: first sight, seen before, and with many revocations in force.
//!
//! Invocations alternate among many: a verifier that sees the same bytes again and again learns their
//! branches, and no broker ever sees that.

use crate::Failed;
use crate::rounds::{Contestant, Series, rounds};
use crate::row::{Against, Goal, Line, time};
use crate::{biscuit, tenuo};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, ParsedPublicKey};
use bailiwick_authority::{
    Algorithm, Argument, Assertion, Assurance, Capability, Constraint, Digest, Ed25519Signer, EnrolledKey,
    Grant, Invocation, Kind, KnownLinks, Link, Name, NoAdmissions, NoKnownLinks, Nonce, Payload, Person,
    Presented, PublicKey, Realm, Resource, Role, Roster, Setting, Signed, Signer, Target, Timestamp, seal,
    verify_chain,
};
use bailiwick_broker::gate::Gate;
use bailiwick_testkit::SoftwarePasskey;
use ed25519_dalek::{Signature, VerifyingKey};
use parking_lot::RwLock;
use std::collections::HashMap;
use std::hint::black_box;
use std::sync::Arc;

/// How many invocations alternate.
const INVOCATIONS: usize = 64;

/// How many rounds a row has.
const ROUNDS: usize = 101;

/// How many revocations "many" are.
const REVOKED: usize = 100_000;

/// The rows of this file.
pub(crate) fn lines() -> Result<Vec<Line>, Failed> {
    let mut lines = first_sight()?;
    lines.extend(seen_before(3, 0.20, 6.0)?);
    lines.extend(seen_before(8, 0.10, 14.0)?);
    lines.extend(revocations()?);
    lines.extend(touched()?);
    Ok(lines)
}

/// A chain whose root was signed with a touch: seen for the first time, and once it was.
fn touched() -> Result<Vec<Line>, Failed> {
    let passkey = SoftwarePasskey::new(Algorithm::Es256, &[7; 32], false);
    let (ours, plain) = (Fixture::rooted_in(&passkey, 3)?, Fixture::of_depth(3)?);
    let gate = Gate::new([]);
    let (known, known_too) = (Links::default(), Links::default());
    let [cold, floor, cached, cached_plain] = rounds(
        ROUNDS,
        [
            ours.contestant(&NoKnownLinks, &gate),
            ours.floor(4),
            ours.contestant(&known, &gate),
            plain.contestant(&known_too, &gate),
        ],
    )?;
    Ok(vec![
        Line {
            path: "WebAuthn-rooted chain of 3 + proof of possession, first sight".to_owned(),
            ours: time(cold.median()),
            against: Against::Floor(format!("3 × verify_strict + 1 × ES256 {}", time(floor.median()))),
            ratio: cold.over(&floor),
            goal: Goal::AtMost(1.15),
            later: None,
        },
        Line {
            path: "the same, chain seen before".to_owned(),
            ours: time(cached.median()),
            against: Against::Ours(format!("rooted in Ed25519 {}", time(cached_plain.median()))),
            ratio: cached.over(&cached_plain),
            goal: Goal::AtMost(1.02),
            later: None,
        },
    ])
}

fn first_sight() -> Result<Vec<Line>, Failed> {
    let ours = Fixture::of_depth(3)?;
    let tenuo = tenuo::Fixture::of_depth(3, 0)?;
    let biscuit = biscuit::Fixture::of_blocks(3)?;
    let gate = Gate::new([]);
    let [own, floor, wire, blocks] = rounds(
        ROUNDS,
        [
            ours.contestant(&NoKnownLinks, &gate),
            ours.floor(4),
            tenuo.reading_the_wire()?,
            biscuit.reading_the_wire(),
        ],
    )?;
    let line = |against, other: &Series, goal| Line {
        path: "chain of 3 + proof of possession, first sight".to_owned(),
        ours: time(own.median()),
        against,
        ratio: if matches!(goal, Goal::AtMost(_)) { own.over(other) } else { other.over(&own) },
        goal,
        later: None,
    };
    Ok(vec![
        line(
            Against::Floor(format!("4 × verify_strict {}", time(floor.median()))),
            &floor,
            Goal::AtMost(1.15),
        ),
        line(Against::Peer(format!("tenuo from wire {}", time(wire.median()))), &wire, Goal::None),
        line(
            Against::Peer(format!("biscuit, 3 blocks, no possession {}", time(blocks.median()))),
            &blocks,
            Goal::None,
        ),
    ])
}

fn seen_before(depth: usize, of_cold_floor: f64, than_peers: f64) -> Result<Vec<Line>, Failed> {
    let ours = Fixture::of_depth(depth)?;
    let tenuo = tenuo::Fixture::of_depth(depth, 0)?;
    let biscuit = biscuit::Fixture::of_blocks(depth)?;
    let gate = Gate::new([]);
    let links = Links::default();
    let [own, cold_floor, floor, wire, decoded, blocks] = rounds(
        ROUNDS,
        [
            ours.contestant(&links, &gate),
            ours.floor(depth + 1),
            ours.floor(1),
            tenuo.reading_the_wire()?,
            tenuo.decoded()?,
            biscuit.reading_the_wire(),
        ],
    )?;
    let line = |against, other: &Series, goal| Line {
        path: format!("the same, chain seen before, depth {depth}"),
        ours: time(own.median()),
        against,
        ratio: if matches!(goal, Goal::AtMost(_)) { own.over(other) } else { other.over(&own) },
        goal,
        later: None,
    };
    let cold = format!("cold: {} × verify_strict {}", depth + 1, time(cold_floor.median()));
    let peer = |name: &str, series: &Series| Against::Peer(format!("{name} {}", time(series.median())));
    Ok(vec![
        line(Against::Floor(cold), &cold_floor, Goal::AtMost(of_cold_floor)),
        Line {
            ratio: own.over(&floor),
            ..line(Against::Floor(format!("1 × verify_strict {}", time(floor.median()))), &floor, Goal::None)
        },
        line(peer("tenuo from wire", &wire), &wire, Goal::AtLeast(than_peers)),
        line(peer("tenuo decoded", &decoded), &decoded, Goal::None),
        line(
            peer(&format!("biscuit from wire, {depth} blocks"), &blocks),
            &blocks,
            Goal::AtLeast(than_peers),
        ),
    ])
}

fn revocations() -> Result<Vec<Line>, Failed> {
    let ours = Fixture::of_depth(3)?;
    let tenuo = tenuo::Fixture::of_depth(3, REVOKED)?;
    let none = Gate::new([]);
    let many = Gate::new((0..REVOKED).map(|n| Target::Capability(Digest::of(&n.to_be_bytes()))));
    let (known, known_too) = (Links::default(), Links::default());
    let [with, without, peer] = rounds(
        ROUNDS,
        [ours.contestant(&known, &many), ours.contestant(&known_too, &none), tenuo.reading_the_wire()?],
    )?;
    let line = |against, ratio, goal| Line {
        path: "the same with 100,000 revocations in force".to_owned(),
        ours: time(with.median()),
        against,
        ratio,
        goal,
        later: None,
    };
    Ok(vec![
        line(
            Against::Ours(format!("without any {}", time(without.median()))),
            with.over(&without),
            Goal::AtMost(1.02),
        ),
        line(
            Against::Peer(format!("tenuo with as many {}", time(peer.median()))),
            peer.over(&with),
            Goal::AtLeast(100.0),
        ),
    ])
}

/// The broker's memory of links, as it has it.
#[derive(Default)]
struct Links(RwLock<HashMap<Digest, Arc<Link>>>);

impl KnownLinks for Links {
    fn recall(&self, envelope: &Digest) -> Option<Arc<Link>> {
        self.0.read().get(envelope).cloned()
    }

    fn remember(&self, envelope: Digest, link: Arc<Link>) {
        self.0.write().insert(envelope, link);
    }
}

/// A chain of some depth, from a steward to the agent that asks.
pub(crate) struct Fixture {
    realm: Digest,
    roster: Roster,
    broker: PublicKey,
    chain: Vec<Vec<u8>>,
    invocations: Vec<Vec<u8>>,
    /// Key, message and signature of each link.
    links: Vec<Proof>,
    /// The same of each invocation.
    proofs: Vec<Proof>,
}

/// What one verification takes, decoded.
enum Proof {
    Ed25519 { key: VerifyingKey, message: Vec<u8>, signature: Box<Signature> },
    Es256 { key: Box<ParsedPublicKey>, message: Vec<u8>, signature: Vec<u8> },
}

impl Proof {
    fn check(&self) -> Result<(), Failed> {
        match self {
            Proof::Ed25519 { key, message, signature } => {
                Ok(key.verify_strict(black_box(message), signature)?)
            }
            Proof::Es256 { key, message, signature } => {
                key.verify_sig(black_box(message), signature).map_err(|_| "a good signature".into())
            }
        }
    }
}

impl Fixture {
    /// A chain of `depth` capabilities, each narrower than the one above.
    pub(crate) fn of_depth(depth: usize) -> Result<Fixture, Failed> {
        Fixture::rooted_in(&key(0)?, depth)
    }

    /// The same, from a steward with this key.
    fn rooted_in(steward: &dyn Signer, depth: usize) -> Result<Fixture, Failed> {
        let realm = Digest::of(b"a realm of the bench's own");
        let mut issuer = key(0)?;
        let mut links: Vec<Signed<Capability>> = Vec::new();
        for place in 0..depth {
            let holder = key(1 + u8::try_from(place)?)?;
            let body = capability(links.last(), holder.public(), depth - place)?;
            let signer: &dyn Signer = if place == 0 { steward } else { &issuer };
            links.push(sign(signer, realm, place, body)?);
            issuer = holder;
        }
        let broker = key(200)?;
        let leaf = links.last().ok_or("a chain has a link")?.digest();
        let invocations: Vec<Signed<Invocation>> = (0..INVOCATIONS)
            .map(|place| sign(&issuer, realm, place, invocation(leaf, &broker, place)?))
            .collect::<Result<_, _>>()?;
        let mut keys = vec![steward.public().clone()];
        keys.extend(links.iter().map(|link| link.body().holder.clone()));
        Ok(Fixture {
            realm,
            roster: roster(steward.public())?,
            broker: broker.public().clone(),
            chain: links.iter().map(|link| link.envelope().to_bytes()).collect(),
            links: links.iter().zip(&keys).map(|(link, key)| proof(link, key)).collect::<Result<_, _>>()?,
            proofs: invocations
                .iter()
                .map(|invocation| proof(invocation, issuer.public()))
                .collect::<Result<_, _>>()?,
            invocations: invocations.iter().map(|signed| signed.envelope().to_bytes()).collect(),
        })
    }

    /// Bytes to authorised, with this memory and these revocations.
    fn contestant<'a>(&'a self, known: &'a dyn KnownLinks, gate: &'a Gate) -> Contestant<'a> {
        let mut invocations = self.invocations.iter().cycle();
        Contestant::repeated("ours", move || {
            let setting = Setting {
                realm: self.realm,
                roster: &self.roster,
                broker: self.broker.id(),
                now: now()?,
                admissions: &NoAdmissions,
                revocations: gate,
                known,
            };
            let invocation = invocations.next().ok_or("there are invocations")?;
            let presented = Presented { chain: &self.chain, invocation };
            black_box(verify_chain(black_box(presented), &setting)?);
            Ok(())
        })
    }

    /// So many signatures of this chain and nothing else: the last one is the invocation's.
    fn floor(&self, signatures: usize) -> Contestant<'_> {
        let mut proofs = self.proofs.iter().cycle();
        Contestant::repeated("verify_strict", move || {
            let possession = proofs.next().ok_or("there are invocations")?;
            for one in self.links.iter().take(signatures - 1).chain([possession]) {
                one.check()?;
            }
            Ok(())
        })
    }
}

fn proof<T: Payload>(statement: &Signed<T>, key: &PublicKey) -> Result<Proof, Failed> {
    let envelope = statement.envelope();
    let Some(passkey) = key.as_webauthn() else {
        return Ok(Proof::Ed25519 {
            key: VerifyingKey::from_bytes(key.bytes().try_into()?)?,
            message: envelope.pre_authentication_encoding(),
            signature: Box::new(Signature::from_slice(envelope.signature())?),
        });
    };
    let assertion = Assertion::decode(envelope.signature()).ok_or("an assertion")?;
    let hash = Digest::of(&assertion.client_data);
    let key = ParsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, &passkey.enrolment().key).map_err(|_| "a key")?;
    Ok(Proof::Es256 {
        key: Box::new(key),
        message: [assertion.authenticator_data.as_slice(), hash.as_bytes()].concat(),
        signature: assertion.signature,
    })
}

/// A key that is the same in every run; it is worth nothing outside the bench.
pub(crate) fn key(number: u8) -> Result<Ed25519Signer, Failed> {
    Ok(Ed25519Signer::from_seed(&[number; 32])?)
}

/// A fixed time, so that no run meets another one.
pub(crate) fn now() -> Result<Timestamp, Failed> {
    Ok(Timestamp::from_seconds(1_800_000_000).ok_or("a time")?)
}

pub(crate) fn sign<T: Payload>(
    signer: &dyn Signer,
    realm: Digest,
    place: usize,
    body: T,
) -> Result<Signed<T>, Failed> {
    let mut nonce = [0; 16];
    nonce.copy_from_slice(&Digest::of(&place.to_be_bytes()).as_bytes()[..16]);
    if T::KIND == Kind::Capability {
        nonce.reverse();
    }
    Ok(seal(signer, Realm::Of(realm), now()?, Nonce(nonce), body)?)
}

fn roster(steward: &PublicKey) -> Result<Roster, Failed> {
    let key = EnrolledKey {
        key: steward.clone(),
        assurance: Assurance::said_by(steward).unwrap_or(Assurance::File),
        enrolled: "in memory, for the bench".parse()?,
        end: None,
    };
    let person = Person {
        name: "ada".parse()?,
        roles: vec![Role::Steward],
        identities: std::collections::BTreeMap::new(),
        keys: vec![key],
    };
    Ok(Roster { previous: None, change_quorum: 1, persons: vec![person], recovery: None })
}

/// The story's authority: merge into `main`, comment, deploy to staging.
fn capability(
    parent: Option<&Signed<Capability>>,
    holder: &PublicKey,
    depth_left: usize,
) -> Result<Capability, Failed> {
    let exact = |value: &str| Constraint::Exact(Argument::Str(value.to_owned()));
    let branch = || Constraint::Ref("refs/heads/**".to_owned());
    let grants = vec![
        grant("pulls/merge", vec![("branch", branch()), ("target", exact("main"))])?,
        grant(
            "issues/create-comment",
            vec![("issue", Constraint::Range(1, 1_000_000)), ("body", Constraint::Glob("**".to_owned()))],
        )?,
        grant("repos/create-deployment", vec![("ref", branch()), ("environment", exact("staging"))])?,
    ];
    Ok(Capability {
        parent: parent.map(Signed::digest),
        holder: holder.clone(),
        label: format!("agent {depth_left}").parse()?,
        grants,
        not_before: now()?,
        expires: now()?.plus(8 * 3_600),
        max_uses: None,
        rate: None,
        max_depth: u64::try_from(depth_left)?.saturating_sub(1),
        purpose: "ship the feature".parse()?,
    })
}

fn grant(action: &str, arguments: Vec<(&str, Constraint)>) -> Result<Grant, Failed> {
    let arguments = arguments.into_iter().map(|(name, constraint)| (name.to_owned(), constraint));
    Ok(Grant {
        connection: connection()?,
        catalogue: "github-1".parse()?,
        actions: vec![action.parse()?],
        resources: vec![resource()?],
        arguments: arguments.collect(),
    })
}

fn invocation(leaf: Digest, broker: &Ed25519Signer, place: usize) -> Result<Invocation, Failed> {
    let arguments = [("branch", format!("feat-{place}")), ("target", "main".to_owned())];
    Ok(Invocation {
        leaf,
        broker: broker.public().id(),
        action: "pulls/merge".parse()?,
        connection: connection()?,
        resource: resource()?,
        arguments: arguments.map(|(name, value)| (name.to_owned(), Argument::Str(value))).into(),
        expires: now()?.plus(30),
        claims: bailiwick_authority::Value::object([("saw", "all checks green")].map(|(k, v)| (k, v.into()))),
    })
}

pub(crate) fn connection() -> Result<Name, Failed> {
    Ok("practice".parse()?)
}

pub(crate) fn resource() -> Result<Resource, Failed> {
    Ok(Resource { id: "repository:1001".parse()?, name: "acme/backend".parse()? })
}
