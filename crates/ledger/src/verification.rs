//! Whether a ledger holds together, entry by entry, from its first: places, heads, digests, and that
//! every statement was signed by somebody who was entitled to it at that place.

mod agreement;
mod heads;

use crate::leaf::{Head, Leaf};
use agreement::Agreement;
use bailiwick_authority::{
    Alarm, Approval, Ask, Capability, Connection, Digest, Envelope, Finding, Halt, Invocation, KeyId, Kind,
    Outcome, Pause, Payload, PolicySet, PublicKey, Realm, Receipt, Request, Resume, Revocation, Role, Roster,
    Session, Signed, Standing, Unverified,
};
use heads::Heads;
use std::collections::{HashMap, HashSet};

/// Whoever has any role may answer; whose answer counts stands in what is asked.
const ANYBODY: &[Role] = &[Role::Steward, Role::Approver, Role::Security];

/// What is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("entry {sequence}: {what}")]
pub struct Broken {
    /// The entry's place.
    pub sequence: u64,
    /// What does not hold.
    pub what: String,
}

/// What a whole ledger was found to hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// How many entries.
    pub entries: u64,
    /// Of these, receipts.
    pub receipts: u64,
    /// Of these, entries whose envelope was erased, so that only their digests were checked.
    pub erased: u64,
    /// The realm.
    pub realm: Option<Digest>,
    /// The head.
    pub head: Head,
}

/// A verification under way. Feed it every entry in order.
#[derive(Debug)]
pub struct Verification {
    pinned: Option<Digest>,
    broker: PublicKey,
    realm: Option<Digest>,
    roster: Option<Roster>,
    heads: Heads,
    /// With their places.
    capabilities: HashMap<Digest, (Signed<Capability>, u64)>,
    /// Whether the root stood at the invocation's place, and that place.
    invocations: HashMap<Digest, (bool, u64)>,
    nonces: HashSet<(KeyId, [u8; 16])>,
    agreement: Agreement,
    summary: Summary,
}

impl Verification {
    /// Verifies a ledger of the realm `pinned` (or of whichever it founds) kept by `broker`.
    pub fn new(pinned: Option<Digest>, broker: PublicKey) -> Verification {
        Verification {
            pinned,
            broker,
            realm: None,
            roster: None,
            heads: Heads::default(),
            capabilities: HashMap::new(),
            invocations: HashMap::new(),
            nonces: HashSet::new(),
            agreement: Agreement::default(),
            summary: Summary { entries: 0, receipts: 0, erased: 0, realm: None, head: Head::empty() },
        }
    }

    /// Takes the next entry: its leaf, the head that the ledger claims after it, and its envelope
    /// unless that was erased.
    pub fn entry(&mut self, leaf: &Leaf, head: Head, envelope: Option<&[u8]>) -> Result<(), Broken> {
        let broken = |what: String| Broken { sequence: leaf.sequence, what };
        if leaf.sequence != self.summary.entries {
            return Err(broken(format!("it stands where entry {} belongs", self.summary.entries)));
        }
        let expected = self.summary.head.after(leaf);
        if head != expected {
            return Err(broken("its head does not follow from the entries before it".into()));
        }
        match envelope {
            Some(bytes) => self.statement(leaf, bytes).map_err(broken)?,
            None => self.summary.erased += 1,
        }
        self.summary.entries += 1;
        self.summary.head = expected;
        self.summary.realm = self.realm;
        Ok(())
    }

    /// What has been verified so far.
    pub fn summary(&self) -> &Summary {
        &self.summary
    }

    /// The roster in force after the entries so far.
    pub fn roster(&self) -> Option<&Roster> {
        self.roster.as_ref()
    }

    fn statement(&mut self, leaf: &Leaf, bytes: &[u8]) -> Result<(), String> {
        if Digest::of(bytes) != leaf.envelope {
            return Err("its envelope is not the one that was admitted".into());
        }
        let envelope = Envelope::parse(bytes).map_err(|error| error.to_string())?;
        if envelope.statement_digest() != leaf.statement {
            return Err("its statement is not the one that was admitted".into());
        }
        let kind = Kind::of(&envelope).ok_or("its payload type is unknown")?;
        if kind.as_str() != leaf.kind {
            return Err(format!("it is filed as `{}` and is a {}", leaf.kind, kind.as_str()));
        }
        match kind {
            Kind::Roster => self.roster_statement(envelope),
            Kind::Connection => self.connection(envelope),
            Kind::Policy => {
                let policy: Signed<PolicySet> = self.by_steward(envelope)?;
                self.quorum(&policy)?;
                self.follow("policy", policy.body().previous, &policy)
            }
            Kind::Capability => self.capability(envelope),
            Kind::Invocation => self.invocation(envelope),
            Kind::Revocation => self.revocation(envelope),
            Kind::Halt => self.by_person::<Halt>(envelope, &[Role::Steward, Role::Security]).map(drop),
            Kind::Resume => self.by_person::<Resume>(envelope, &[Role::Steward, Role::Security]).map(drop),
            Kind::Pause => self.by_broker::<Pause>(envelope).map(drop),
            Kind::Alarm => self.by_broker::<Alarm>(envelope).map(drop),
            Kind::Finding => self.by_broker::<Finding>(envelope).map(drop),
            Kind::Receipt => {
                let receipt: Signed<Receipt> = self.by_broker(envelope)?;
                self.summary.receipts += 1;
                match self.invocations.get(&receipt.body().operation) {
                    None => return Err("a receipt of an operation that the ledger does not have".into()),
                    Some((false, _)) if receipt.body().outcome == Outcome::Succeeded => {
                        return Err(
                            "an operation that succeeded although the key at its root had ended".into()
                        );
                    }
                    Some((_, asked)) if receipt.body().outcome == Outcome::Succeeded => {
                        let body = receipt.body();
                        self.heads.check(body.policy, &body.connection, *asked)?;
                    }
                    Some(_) => {}
                }
                let roster = self.roster.as_ref().ok_or("it stands before the genesis")?;
                self.agreement.receipt(receipt.body(), roster)
            }
            Kind::Request => {
                let request: Signed<Request> = self.by_broker(envelope)?;
                if !self.invocations.contains_key(&request.body().operation) {
                    return Err("a request about an operation that the ledger does not have".into());
                }
                self.agreement.request(&request);
                Ok(())
            }
            Kind::Approval => {
                let approval: Signed<Approval> = self.by_person(envelope, ANYBODY)?;
                let roster = self.roster.as_ref().ok_or("it stands before the genesis")?;
                self.agreement.answer(&approval, roster)
            }
            Kind::Standing => {
                let rule: Signed<Standing> = self.by_person(envelope, ANYBODY)?;
                let roster = self.roster.as_ref().ok_or("it stands before the genesis")?;
                self.agreement.rule(&rule, roster, self.heads.policy())
            }
            Kind::Session => {
                let session: Signed<Session> = self.by_person(envelope, &[])?;
                let fits = session.body().broker == self.broker.id();
                if fits { Ok(()) } else { Err("a sign-in at another broker".into()) }
            }
            Kind::Fetch | Kind::Invitation => {
                Err(format!("a statement of kind `{}` does not belong into a ledger", kind.as_str()))
            }
        }
    }

    fn roster_statement(&mut self, envelope: Envelope) -> Result<(), String> {
        let roster: Unverified<Roster> = Unverified::read(envelope).map_err(|error| error.to_string())?;
        let signed = match &self.roster {
            None => {
                if roster.common().realm != Realm::Genesis || roster.body().previous.is_some() {
                    return Err("the first entry is not a genesis".into());
                }
                if self.pinned.is_some_and(|pinned| pinned != roster.digest()) {
                    return Err("the genesis is not the one that was pinned".into());
                }
                let own = roster.body().active_as(roster.common().issuer, Role::Steward);
                let key = own.ok_or("the genesis does not enrol its issuer as a steward")?.1.key.clone();
                self.realm = Some(roster.digest());
                roster.verify(&key).map_err(|error| error.to_string())?
            }
            Some(before) => {
                let signed = self.verified_by_person(roster, &[Role::Steward, Role::Approver])?;
                signed.body().succeeds(before).map_err(|why| why.to_string())?;
                let steward = before.active_as(signed.common().issuer, Role::Steward).is_some();
                let ordinary =
                    if steward { self.quorum(&signed) } else { Err("no steward signed it".into()) };
                ordinary.or_else(|why| self.recovery(&signed, before).unwrap_or(Err(why)))?;
                signed
            }
        };
        self.follow("roster", signed.body().previous, &signed)?;
        self.heads.void_what_is_compromised(signed.body(), self.summary.entries);
        self.roster = Some(signed.body().clone());
        Ok(())
    }

    fn connection(&mut self, envelope: Envelope) -> Result<(), String> {
        let connection: Signed<Connection> = self.by_steward(envelope)?;
        self.quorum(&connection)?;
        let series = format!("connection/{}", connection.body().series);
        self.follow(&series, connection.body().previous, &connection)
    }

    fn capability(&mut self, envelope: Envelope) -> Result<(), String> {
        let capability: Unverified<Capability> =
            Unverified::read(envelope).map_err(|error| error.to_string())?;
        let signed = match capability.body().parent {
            None => self.verified_by_person(capability, &[Role::Steward])?,
            Some(parent) => {
                self.check_realm(capability.common().realm)?;
                let (parent, _) = self.capabilities.get(&parent).ok_or("its parent is not in the ledger")?;
                parent.body().covers(capability.body()).map_err(|error| error.to_string())?;
                capability.verify(&parent.body().holder).map_err(|error| error.to_string())?
            }
        };
        self.capabilities.insert(signed.digest(), (signed, self.summary.entries));
        Ok(())
    }

    /// Whether the root above this capability stands under the roster in force (spec/roster.md).
    fn root_stands(&self, leaf: &Digest) -> bool {
        let mut next = self.capabilities.get(leaf);
        while let Some((capability, place)) = next {
            match capability.body().parent {
                Some(parent) => next = self.capabilities.get(&parent),
                None => {
                    let issuer = capability.common().issuer;
                    let stands = |roster: &Roster| roster.steward_of_root(issuer, || Some(*place)).is_some();
                    return self.roster.as_ref().is_some_and(stands);
                }
            }
        }
        false
    }

    fn invocation(&mut self, envelope: Envelope) -> Result<(), String> {
        let invocation: Unverified<Invocation> =
            Unverified::read(envelope).map_err(|error| error.to_string())?;
        self.check_realm(invocation.common().realm)?;
        let (leaf, _) =
            self.capabilities.get(&invocation.body().leaf).ok_or("its capability is not in the ledger")?;
        let signed = invocation.verify(&leaf.body().holder).map_err(|error| error.to_string())?;
        if !self.nonces.insert((signed.common().issuer, signed.common().nonce.0)) {
            return Err("its nonce was used before".into());
        }
        let stands = self.root_stands(&signed.body().leaf);
        self.invocations.insert(signed.digest(), (stands, self.summary.entries));
        Ok(())
    }

    fn revocation(&mut self, envelope: Envelope) -> Result<(), String> {
        let revocation: Unverified<Revocation> =
            Unverified::read(envelope).map_err(|error| error.to_string())?;
        let issuer = revocation.common().issuer;
        if self.roster.as_ref().is_some_and(|roster| roster.active(issuer).is_some()) {
            return self.verified_by_person(revocation, &[Role::Steward, Role::Security]).map(drop);
        }
        // By an agent: the holder of a capability above the one that ends.
        self.check_realm(revocation.common().realm)?;
        let bailiwick_authority::Target::Capability(target) = revocation.body().target else {
            return Err("an agent may end a capability only".into());
        };
        let mut above = self.capabilities.get(&target).and_then(|(capability, _)| capability.body().parent);
        while let Some((capability, _)) = above.and_then(|digest| self.capabilities.get(&digest)) {
            if capability.body().holder.id() == issuer {
                return revocation
                    .verify(&capability.body().holder)
                    .map(drop)
                    .map_err(|error| error.to_string());
            }
            above = capability.body().parent;
        }
        Err("its issuer holds nothing above what it ends".into())
    }

    /// Whether those who are named for it agreed, if this roster only gives a new key to a person who lost
    /// theirs and one of them signed it.
    fn recovery(&self, signed: &Signed<Roster>, before: &Roster) -> Option<Result<(), String>> {
        let (recovery, lost) = (before.recovery.as_ref()?, signed.body().recovers(before)?);
        let issuer = signed.common().issuer;
        let (person, _) = before.active(issuer)?;
        if person.name == lost.name || !recovery.persons.contains(&person.name) {
            return None;
        }
        let ask = recovery.ask(&lost.name, before).map_err(|error| error.to_string());
        Some(ask.and_then(|ask| self.agreement.check(signed.digest(), issuer, &[ask], before)))
    }

    /// Whether as many stewards agreed to a change as the roster in force asks for, its issuer among them.
    fn quorum<T>(&self, change: &Signed<T>) -> Result<(), String> {
        let roster = self.roster.as_ref().ok_or("it stands before the genesis")?;
        let text = |text: &str| text.parse().map_err(|_| "a sentence of ours is no text".to_owned());
        let ask = Ask {
            policy: "change-quorum".parse().map_err(|_| "a name of ours is no name")?,
            title: text("several stewards agree")?,
            because: text("nobody changes the realm alone")?,
            count: roster.change_quorum,
            role: Role::Steward,
            assurance: None,
            excluded: Vec::new(),
        };
        self.agreement.check(change.digest(), change.common().issuer, &[ask], roster)
    }

    fn by_steward<T: Payload>(&self, envelope: Envelope) -> Result<Signed<T>, String> {
        self.by_person(envelope, &[Role::Steward])
    }

    fn by_person<T: Payload>(&self, envelope: Envelope, roles: &[Role]) -> Result<Signed<T>, String> {
        self.verified_by_person(Unverified::read(envelope).map_err(|error| error.to_string())?, roles)
    }

    fn verified_by_person<T: Payload>(
        &self,
        statement: Unverified<T>,
        roles: &[Role],
    ) -> Result<Signed<T>, String> {
        self.check_realm(statement.common().realm)?;
        let roster = self.roster.as_ref().ok_or("it stands before the genesis")?;
        let (person, key) =
            roster.active(statement.common().issuer).ok_or("its issuer is not an active key")?;
        if !roles.is_empty() && !person.roles.iter().any(|role| roles.contains(role)) {
            return Err(format!("`{}` has no role for it", person.name));
        }
        statement.verify(&key.key).map_err(|error| error.to_string())
    }

    fn by_broker<T: Payload>(&self, envelope: Envelope) -> Result<Signed<T>, String> {
        let statement: Unverified<T> = Unverified::read(envelope).map_err(|error| error.to_string())?;
        self.check_realm(statement.common().realm)?;
        statement.verify(&self.broker).map_err(|_| "it is not signed by the broker of this ledger".into())
    }

    fn check_realm(&self, realm: Realm) -> Result<(), String> {
        match self.realm {
            Some(own) if realm == Realm::Of(own) => Ok(()),
            _ => Err("it belongs to another realm".into()),
        }
    }

    fn follow<T>(&mut self, series: &str, previous: Option<Digest>, next: &Signed<T>) -> Result<(), String> {
        self.heads.follow(series, previous, (next.digest(), next.common().issuer), self.summary.entries)
    }
}
