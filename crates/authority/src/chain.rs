//! The judgement: does this chain let this key ask for this operation, here and now?
//!
//! Stops at the first failure. Whether a link is well-formed, signed and within its parent can be
//! remembered ([`KnownLinks`]); time, revocation and the proof of possession never are.

use crate::MAX_CHAIN;
use crate::MAX_SKEW_SECONDS;
use crate::attenuation::Widening;
use crate::capability::Capability;
use crate::digest::{Digest, KeyId};
use crate::envelope::EnvelopeError;
use crate::invocation::{Invocation, MAX_INVOCATION_SECONDS};
use crate::name::Name;
use crate::roster::{Assurance, EnrolledKey, Person, Roster};
use crate::statement::{Common, Realm, Signed, Unverified};
use crate::stop::Target;
use crate::time::Timestamp;
use std::sync::Arc;

/// What an agent presents: envelopes as bytes, the chain root first.
#[derive(Clone, Copy, Debug)]
pub struct Presented<'a> {
    /// The capabilities, root first.
    pub chain: &'a [Vec<u8>],
    /// The invocation.
    pub invocation: &'a [u8],
}

/// What a verifier holds it against.
#[derive(Clone, Copy)]
pub struct Setting<'a> {
    /// The realm.
    pub realm: Digest,
    /// The roster in force.
    pub roster: &'a Roster,
    /// The broker that judges.
    pub broker: KeyId,
    /// The time.
    pub now: Timestamp,
    /// Where roots stand in the ledger.
    pub admissions: &'a dyn Admissions,
    /// What has been revoked.
    pub revocations: &'a dyn Revocations,
    /// Links that were verified before.
    pub known: &'a dyn KnownLinks,
}

/// The revocations in force.
pub trait Revocations {
    /// Whether `target` itself was revoked; what follows from it is the caller's walk.
    fn is_revoked(&self, target: &Target) -> bool;
}

/// What the ledger has. Asked only of roots whose issuer's key has ended.
pub trait Admissions {
    /// The place of the statement with this digest, if it was admitted.
    fn place(&self, statement: &Digest) -> Option<u64>;
}

/// A ledger that nobody looks into: what rests on a key that has ended does not stand.
#[derive(Clone, Copy, Debug)]
pub struct NoAdmissions;

impl Admissions for NoAdmissions {
    fn place(&self, _: &Digest) -> Option<u64> {
        None
    }
}

/// A capability whose format, realm, signature, parent link and narrowing have been verified.
#[derive(Clone, Debug)]
pub struct Link {
    capability: Signed<Capability>,
    parent_envelope: Option<Digest>,
}

impl Link {
    /// The capability.
    pub fn capability(&self) -> &Signed<Capability> {
        &self.capability
    }
}

/// A memory of verified links, by the digest of the whole envelope, signature included.
pub trait KnownLinks {
    /// The link in the envelope with this digest, if it was verified before.
    fn recall(&self, envelope: &Digest) -> Option<Arc<Link>>;
    /// Remembers a verified link.
    fn remember(&self, envelope: Digest, link: Arc<Link>);
}

/// Remembers nothing.
#[derive(Clone, Copy, Debug)]
pub struct NoKnownLinks;

impl KnownLinks for NoKnownLinks {
    fn recall(&self, _: &Digest) -> Option<Arc<Link>> {
        None
    }
    fn remember(&self, _: Digest, _: Arc<Link>) {}
}

/// An invocation that its chain authorises, at the time it was judged.
///
/// INVARIANT: made only by [`verify_chain`].
#[derive(Clone, Debug)]
pub struct Authorised {
    chain: Vec<Arc<Link>>,
    invocation: Signed<Invocation>,
    person: Name,
    assurance: Assurance,
}

impl Authorised {
    /// The capabilities, root first.
    pub fn chain(&self) -> impl ExactSizeIterator<Item = &Signed<Capability>> {
        self.chain.iter().map(|link| &link.capability)
    }

    /// The invocation.
    pub fn invocation(&self) -> &Signed<Invocation> {
        &self.invocation
    }

    /// The person at the root.
    pub fn person(&self) -> &Name {
        &self.person
    }

    /// How the person's key is kept.
    pub fn assurance(&self) -> Assurance {
        self.assurance
    }
}

/// An invocation that is its holder's, under a chain that reaches a person: whose it is, and nothing
/// about whether it is allowed. What a refusal is attributed by.
#[derive(Clone, Debug)]
pub struct Attributed {
    /// The chain, root first.
    pub chain: Vec<Arc<Link>>,
    /// The invocation.
    pub invocation: Signed<Invocation>,
    /// The person at the root.
    pub person: Name,
}

/// Why a chain does not authorise an invocation. Links are counted from 1, the root.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The chain is empty or too long.
    #[error("a chain has 1 to {MAX_CHAIN} links, this one has {0}")]
    Length(usize),
    /// A link is not a well-formed capability.
    #[error("link {0} is not a capability: {1}")]
    LinkFormat(usize, EnvelopeError),
    /// A link belongs to another realm.
    #[error("link {0} belongs to another realm")]
    LinkRealm(usize),
    /// The root was not issued by a steward's key under which it stands.
    #[error("the root was not issued by a steward's key, or that key has ended and the root with it")]
    NotASteward,
    /// A link's signature is not its issuer's.
    #[error("the signature of link {0} is not its issuer's")]
    LinkSignature(usize),
    /// A link does not follow from the one before it.
    #[error("link {0} was not made from the link before it")]
    Broken(usize),
    /// A link asks for more than its parent.
    #[error("link {0} asks for more than its parent: {1}")]
    Widens(usize, Widening),
    /// A link says that it was issued in the future.
    #[error("link {0} says that it was issued in the future")]
    LinkFutureDated(usize),
    /// A link is not valid yet.
    #[error("link {0} is not valid yet")]
    NotYetValid(usize),
    /// A link has expired.
    #[error("link {0} has expired")]
    LinkExpired(usize),
    /// A link, its holder or the person behind it was revoked.
    #[error("link {0} was revoked, with everything below it")]
    Revoked(usize),
    /// The invocation is not well-formed.
    #[error("the invocation is not well-formed: {0}")]
    InvocationFormat(EnvelopeError),
    /// The invocation belongs to another realm.
    #[error("the invocation belongs to another realm")]
    InvocationRealm,
    /// The invocation was not signed by the leaf's holder, or names another leaf.
    #[error("the invocation was not signed by the holder of the last link")]
    NotTheHolder,
    /// The invocation is meant for another broker.
    #[error("the invocation is meant for another broker")]
    OtherBroker,
    /// The invocation says that it was issued in the future.
    #[error("the invocation says that it was issued in the future")]
    InvocationFutureDated,
    /// The invocation lives too long.
    #[error("an invocation lives at most {MAX_INVOCATION_SECONDS} seconds")]
    TooLongLived,
    /// The invocation has expired.
    #[error("the invocation has expired")]
    InvocationExpired,
    /// A link does not name the action on the resource.
    #[error("no grant of link {0} names this action on this resource")]
    NotGranted(usize),
    /// No grant of a link that names the action allows the arguments.
    #[error("link {link} does not allow the argument `{argument}`: {why}")]
    Argument {
        /// Which link.
        link: usize,
        /// Which argument.
        argument: String,
        /// In which way.
        why: &'static str,
    },
}

/// Judges `presented` against `setting`.
pub fn verify_chain(presented: Presented<'_>, setting: &Setting<'_>) -> Result<Authorised, Refused> {
    if presented.chain.is_empty() || presented.chain.len() > MAX_CHAIN {
        return Err(Refused::Length(presented.chain.len()));
    }
    let chain = links(presented.chain, setting)?;
    let (person, assurance) = root_person(&chain, setting)?;
    for (number, link) in (1..).zip(&chain) {
        check_in_force(number, link, setting)?;
    }
    if setting.revocations.is_revoked(&Target::Person(person.clone())) {
        return Err(Refused::Revoked(1));
    }
    let invocation = proof_of_possession(presented.invocation, &chain, setting)?;
    check_invocation_in_force(&invocation, setting)?;
    check_granted(&chain, invocation.body())?;
    Ok(Authorised { chain, invocation, person, assurance })
}

/// Whose the invocation is: formats, realm, signatures and links, without time, revocation and grants.
/// A request that gets this far and is refused by [`verify_chain`] deserves a receipt.
pub fn attribute(presented: Presented<'_>, setting: &Setting<'_>) -> Result<Attributed, Refused> {
    let (chain, person) = trace(presented.chain, setting)?;
    let invocation = proof_of_possession(presented.invocation, &chain, setting)?;
    Ok(Attributed { chain, invocation, person })
}

/// The links of a chain and the person at its root: formats, realm and signatures, nothing that changes.
pub fn trace(chain: &[Vec<u8>], setting: &Setting<'_>) -> Result<(Vec<Arc<Link>>, Name), Refused> {
    if chain.is_empty() || chain.len() > MAX_CHAIN {
        return Err(Refused::Length(chain.len()));
    }
    let chain = links(chain, setting)?;
    let (person, _) = root_person(&chain, setting)?;
    Ok((chain, person))
}

fn links(envelopes: &[Vec<u8>], setting: &Setting<'_>) -> Result<Vec<Arc<Link>>, Refused> {
    let mut chain: Vec<Arc<Link>> = Vec::with_capacity(envelopes.len());
    let mut above: Option<Digest> = None;
    for (number, bytes) in (1..).zip(envelopes) {
        let envelope = Digest::of(bytes);
        // A link was verified against one parent and one realm; it is known only below the same.
        let known = setting.known.recall(&envelope).filter(|link| {
            link.parent_envelope == above && link.capability.common().realm == Realm::Of(setting.realm)
        });
        let link = match known {
            Some(link) => link,
            None => {
                let link =
                    Arc::new(verify_link(number, bytes, chain.last().map(Arc::as_ref), above, setting)?);
                setting.known.remember(envelope, Arc::clone(&link));
                link
            }
        };
        chain.push(link);
        above = Some(envelope);
    }
    Ok(chain)
}

fn verify_link(
    number: usize,
    bytes: &[u8],
    parent: Option<&Link>,
    parent_envelope: Option<Digest>,
    setting: &Setting<'_>,
) -> Result<Link, Refused> {
    let link: Unverified<Capability> =
        Unverified::parse(bytes).map_err(|why| Refused::LinkFormat(number, why))?;
    if link.common().realm != Realm::Of(setting.realm) {
        return Err(Refused::LinkRealm(number));
    }
    let capability = match parent {
        None => {
            if link.body().parent.is_some() {
                return Err(Refused::Broken(number));
            }
            let (_, key) = steward(link.common().issuer, &link.digest(), setting)?;
            link.verify(&key.key).map_err(|_| Refused::LinkSignature(number))?
        }
        Some(parent) => {
            let parent = &parent.capability;
            if link.body().parent != Some(parent.digest())
                || link.common().issuer != parent.body().holder.id()
            {
                return Err(Refused::Broken(number));
            }
            // The signature comes first: whoever holds no key gets no comparison of grants out of us.
            let link = link.verify(&parent.body().holder).map_err(|_| Refused::LinkSignature(number))?;
            parent.body().covers(link.body()).map_err(|why| Refused::Widens(number, why))?;
            link
        }
    };
    Ok(Link { capability, parent_envelope })
}

/// The steward whose key issued the root, if it stands.
fn steward<'a>(
    issuer: KeyId,
    root: &Digest,
    setting: &'a Setting<'_>,
) -> Result<(&'a Person, &'a EnrolledKey), Refused> {
    let admitted = || setting.admissions.place(root);
    setting.roster.steward_of_root(issuer, admitted).ok_or(Refused::NotASteward)
}

/// The person whose steward's key issued the root. Asked on every use: keys end.
fn root_person(chain: &[Arc<Link>], setting: &Setting<'_>) -> Result<(Name, Assurance), Refused> {
    let root = chain.first().ok_or(Refused::Length(0))?;
    let (person, key) = steward(root.capability.common().issuer, &root.capability.digest(), setting)?;
    Ok((person.name.clone(), key.assurance))
}

fn check_in_force(number: usize, link: &Link, setting: &Setting<'_>) -> Result<(), Refused> {
    let capability = link.capability.body();
    if is_future_dated(link.capability.common(), setting.now) {
        return Err(Refused::LinkFutureDated(number));
    }
    if setting.now < capability.not_before {
        return Err(Refused::NotYetValid(number));
    }
    if setting.now >= capability.expires {
        return Err(Refused::LinkExpired(number));
    }
    let targets = [
        Target::Capability(link.capability.digest()),
        Target::Agent(capability.holder.id()),
        Target::Everything,
    ];
    if targets.iter().any(|target| setting.revocations.is_revoked(target)) {
        return Err(Refused::Revoked(number));
    }
    Ok(())
}

/// The invocation, if it was signed for this broker by the holder of the last link.
fn proof_of_possession(
    bytes: &[u8],
    chain: &[Arc<Link>],
    setting: &Setting<'_>,
) -> Result<Signed<Invocation>, Refused> {
    let leaf = chain.last().ok_or(Refused::Length(0))?;
    let invocation: Unverified<Invocation> = Unverified::parse(bytes).map_err(Refused::InvocationFormat)?;
    if invocation.common().realm != Realm::Of(setting.realm) {
        return Err(Refused::InvocationRealm);
    }
    if invocation.body().broker != setting.broker {
        return Err(Refused::OtherBroker);
    }
    if invocation.body().leaf != leaf.capability.digest() {
        return Err(Refused::NotTheHolder);
    }
    invocation.verify(&leaf.capability.body().holder).map_err(|_| Refused::NotTheHolder)
}

fn check_invocation_in_force(invocation: &Signed<Invocation>, setting: &Setting<'_>) -> Result<(), Refused> {
    let body = invocation.body();
    if is_future_dated(invocation.common(), setting.now) {
        return Err(Refused::InvocationFutureDated);
    }
    if body.expires.since(invocation.common().issued) > MAX_INVOCATION_SECONDS {
        return Err(Refused::TooLongLived);
    }
    if setting.now >= body.expires {
        return Err(Refused::InvocationExpired);
    }
    if setting.revocations.is_revoked(&Target::Connection(body.connection.clone())) {
        return Err(Refused::Revoked(1));
    }
    Ok(())
}

/// Each link must allow the invocation within one of its grants.
fn check_granted(chain: &[Arc<Link>], invocation: &Invocation) -> Result<(), Refused> {
    for (number, link) in (1..).zip(chain) {
        let mut objection = None;
        let named = |grant: &&crate::grant::Grant| {
            grant.names(&invocation.connection, &invocation.action, &invocation.resource.id)
        };
        let allowed = link.capability.body().grants.iter().filter(named).any(|grant| {
            match grant.objection(&invocation.arguments) {
                None => true,
                Some(found) => {
                    objection.get_or_insert(found);
                    false
                }
            }
        });
        match (allowed, objection) {
            (true, _) => {}
            (false, Some((argument, why))) => return Err(Refused::Argument { link: number, argument, why }),
            (false, None) => return Err(Refused::NotGranted(number)),
        }
    }
    Ok(())
}

fn is_future_dated(common: &Common, now: Timestamp) -> bool {
    common.issued > now.plus(MAX_SKEW_SECONDS)
}
