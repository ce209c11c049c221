//! Changes of the roster: persons come and leave, keys come and end.
//!
//! Each makes the next roster whole, on top of the one in force, and leaves nothing out (spec/roster.md). What
//! a change does beyond itself (what stands, what stops) is said before anybody signs: [`Change`].

mod change;
mod effect;
mod rotation;

pub use change::Change;
pub use effect::Effect;
pub use rotation::{Rotated, rotate, take_up};

use crate::failure::{Failure, FailureKind};
use crate::moment;
use bailiwick_authority::{
    Digest, EnrolledKey, Envelope, Invitation, KeyEnd, KeyId, Kind, Name, Person, Realm, Recovery, Role,
    Roster, Signed, Text, Timestamp, Unverified,
};
use bailiwick_client::Console;
use bailiwick_protocol::{AlarmView, CapabilityView, KeyUse, RosterInForce, Submission};

/// The roster in force, as the broker tells it.
#[derive(Clone, Debug)]
pub struct InForce {
    /// The statement's digest, which the next one follows.
    pub digest: Digest,
    /// Who there is.
    pub roster: Roster,
    /// What the ledger knows of each key.
    pub uses: Vec<KeyUse>,
    /// What was delegated, for saying what a change ends.
    capabilities: Vec<CapabilityView>,
    /// What the broker noticed lately about persons' statements, newest first.
    pub alarms: Vec<AlarmView>,
}

/// Reads the roster in force. It is the broker's word: `verify` proves it from the ledger.
pub async fn in_force(console: &Console) -> Result<InForce, Failure> {
    let RosterInForce { statement, envelope, keys, alarms } = console.roster().await?;
    let wrong = |why: String| {
        Failure::unverified(format!("the roster does not hold: {why}"), "run `bailiwick verify`")
    };
    let read: Unverified<Roster> =
        Unverified::parse(envelope.as_bytes()).map_err(|error| wrong(error.to_string()))?;
    if read.digest().to_string() != statement {
        return Err(wrong("its envelope is another statement's".into()));
    }
    let capabilities = console.capabilities().await?;
    Ok(InForce { digest: read.digest(), roster: read.body().clone(), uses: keys, capabilities, alarms })
}

impl InForce {
    /// The next roster, before it is changed.
    fn next(&self) -> Roster {
        Roster { previous: Some(self.digest), ..self.roster.clone() }
    }

    /// What the ledger knows of a key.
    pub fn use_of(&self, key: KeyId) -> Option<&KeyUse> {
        let key = key.to_string();
        self.uses.iter().find(|one| one.key == key)
    }

    /// Enrols what was invited: a new person with these roles, or a further key of one who is there. `ids` are
    /// a new person's ids at destinations beside those of the invitation; `ends` are keys of the same person
    /// that end with it.
    fn enrol(
        &self,
        invitation: &Signed<Invitation>,
        roles: &[Role],
        ids: &[(Name, Text)],
        ends: &[(KeyId, KeyEnd)],
    ) -> Result<Roster, Failure> {
        let Invitation { name, identities, key, .. } = invitation.body();
        let mut next = self.next();
        if next.enrolled(key.key.id()).is_some() {
            return Err(Failure::usage("this key is on the roster already", "nothing needs to be done"));
        }
        match next.persons.iter_mut().find(|person| person.name == *name) {
            Some(_) if !roles.is_empty() || !ids.is_empty() => {
                return Err(Failure::usage(
                    format!("`{name}` is on the roster; an invitation adds a key, and neither role nor id"),
                    "leave them out, and change roles by themselves",
                ));
            }
            Some(person) => person.keys.push(key.clone()),
            None => next.persons.push(Person {
                name: name.clone(),
                roles: roles.to_vec(),
                identities: identities.clone().into_iter().chain(ids.iter().cloned()).collect(),
                keys: vec![key.clone()],
            }),
        }
        for (id, end) in ends {
            let (person, _) = next.enrolled(*id).ok_or_else(|| unknown_key(id))?;
            if person.name != *name {
                return Err(Failure::usage(
                    format!("the key {} is `{}`'s, not `{name}`'s", id.digest().short(), person.name),
                    "end another person's key by itself",
                ));
            }
            end_in(&mut next, *id, *end)?;
        }
        Ok(next)
    }

    fn end_key(&self, key: KeyId, end: KeyEnd) -> Result<Roster, Failure> {
        let mut next = self.next();
        end_in(&mut next, key, end)?;
        Ok(next)
    }

    fn set_roles(&self, name: &Name, roles: &[Role]) -> Result<Roster, Failure> {
        let mut next = self.next();
        person_in(&mut next, name)?.roles = roles.to_vec();
        check_recovery(&next)?;
        check_somebody_is_left(&next)?;
        Ok(next)
    }

    fn retire_person(&self, name: &Name) -> Result<Roster, Failure> {
        let mut next = self.next();
        let person = person_in(&mut next, name)?;
        person.roles.clear();
        for key in person.keys.iter_mut().filter(|key| key.end.is_none()) {
            key.end = Some(KeyEnd::Retired);
        }
        check_recovery(&next)?;
        check_somebody_is_left(&next)?;
        Ok(next)
    }

    fn set_quorum(&self, quorum: u64) -> Result<Roster, Failure> {
        let stewards = u64::try_from(self.stewards().count()).unwrap_or(u64::MAX);
        if quorum == 0 || quorum > stewards {
            return Err(Failure::usage(
                format!("{quorum} persons cannot agree to a change: {stewards} may, by role and key"),
                "make more persons stewards first, or ask for fewer",
            ));
        }
        Ok(Roster { change_quorum: quorum, ..self.next() })
    }

    /// Names who may give a person who lost every key a new one, and how many of them it takes; nobody, if
    /// nobody is named.
    fn set_recovery(&self, quorum: u64, persons: &[Name]) -> Result<Roster, Failure> {
        let mut next = self.next();
        let mut persons = persons.to_vec();
        persons.sort();
        persons.dedup();
        for name in &persons {
            if !person_in(&mut next, name)?.roles.contains(&Role::Approver) {
                return Err(Failure::usage(
                    format!("`{name}` is no approver"),
                    "name approvers: a recovery is an answer of theirs",
                ));
            }
        }
        let named = u64::try_from(persons.len()).unwrap_or(u64::MAX);
        let least = next.change_quorum.max(2);
        if !persons.is_empty() && !(least..=named).contains(&quorum) {
            return Err(Failure::usage(
                format!("{quorum} of {named} cannot recover a person: it takes at least {least}"),
                "name more persons, or let more of them agree",
            ));
        }
        next.recovery = (!persons.is_empty()).then_some(Recovery { quorum, persons });
        Ok(next)
    }

    /// Gives a person who lost every key the one that they invited with: the others are retired.
    fn recover(&self, invitation: &Signed<Invitation>) -> Result<(Roster, Vec<(KeyId, KeyEnd)>), Failure> {
        let name = &invitation.body().name;
        let person = self.roster.persons.iter().find(|person| person.name == *name).ok_or_else(|| {
            Failure::usage(
                format!("there is no person named `{name}`, who could have lost a key"),
                "enrol somebody new with `bailiwick person enrol`",
            )
        })?;
        let active = person.keys.iter().filter(|key| key.end.is_none());
        let ends: Vec<_> = active.map(|key| (key.key.id(), KeyEnd::Retired)).collect();
        Ok((self.enrol(invitation, &[], &[], &ends)?, ends))
    }

    /// The stewards who can sign.
    pub fn stewards(&self) -> impl Iterator<Item = &Person> {
        self.roster.persons.iter().filter(|person| is_able_steward(person))
    }
}

fn unknown_key(id: &KeyId) -> Failure {
    Failure::usage(
        format!("no key {} is on the roster", id.digest().short()),
        "`bailiwick person list` shows the keys",
    )
}

fn person_in<'a>(roster: &'a mut Roster, name: &Name) -> Result<&'a mut Person, Failure> {
    roster.persons.iter_mut().find(|person| person.name == *name).ok_or_else(|| {
        Failure::usage(format!("there is no person named `{name}`"), "`bailiwick person list` shows them")
    })
}

fn end_in(roster: &mut Roster, id: KeyId, end: KeyEnd) -> Result<(), Failure> {
    let keys = roster.persons.iter_mut().flat_map(|person| &mut person.keys);
    let key: &mut EnrolledKey =
        keys.into_iter().find(|key| key.key.id() == id).ok_or_else(|| unknown_key(&id))?;
    key.end = Some(end);
    check_somebody_is_left(roster)
}

fn is_able_steward(person: &Person) -> bool {
    person.roles.contains(&Role::Steward) && person.keys.iter().any(|key| key.end.is_none())
}

/// Who is named for recovery answers as an approver.
fn check_recovery(next: &Roster) -> Result<(), Failure> {
    let named = next.recovery.as_ref().map(|recovery| recovery.persons.as_slice()).unwrap_or_default();
    let missing =
        next.persons.iter().find(|one| named.contains(&one.name) && !one.roles.contains(&Role::Approver));
    let Some(missing) = missing else { return Ok(()) };
    Err(Failure::usage(
        format!("`{}` is named to recover others' keys, which is for approvers", missing.name),
        "name others first with `bailiwick person recovery`, or leave the role",
    ))
}

/// Without an active key of a steward nobody could ever change anything again.
fn check_somebody_is_left(roster: &Roster) -> Result<(), Failure> {
    if roster.persons.iter().any(is_able_steward) {
        return Ok(());
    }
    Err(Failure::usage(
        "then no steward would have a key any more, and nobody could change anything again",
        "enrol another key or another steward first",
    ))
}

/// An invitation as it is sent: the envelope on one line.
pub fn invitation_text(invitation: &Signed<Invitation>) -> Result<String, Failure> {
    crate::envelope_text(invitation)
}

/// The four words by which two persons compare an invitation.
pub fn invitation_code(invitation: &Signed<Invitation>) -> Vec<String> {
    bailiwick_card::code(&invitation.digest()).map(str::to_owned).to_vec()
}

/// Takes an invitation: of this realm, not expired, signed with the key that it carries, and with these four words
/// where the newcomer told them. One that is refused is handed to the broker, so that it stands in the ledger.
pub async fn take_invitation(
    console: &Console,
    text: &str,
    realm: Digest,
    told: Option<&str>,
) -> Result<Signed<Invitation>, Failure> {
    let taken = read_invitation(text, realm, moment::now()?).and_then(|invitation| {
        let code = bailiwick_card::code_text(&invitation.digest());
        match told {
            Some(told) if told != code => Err(Failure::usage(
                format!("the invitation's four words are {code}, not those that you were told"),
                "somebody changed it on its way, or it is another one: ask for a new one",
            )),
            _ => Ok(invitation),
        }
    });
    // Another statement that was sent as an invitation must not be admitted by this.
    let is_invitation = Envelope::parse(text.trim().as_bytes())
        .is_ok_and(|envelope| Kind::of(&envelope) == Some(Kind::Invitation));
    if taken.is_err() && is_invitation {
        let envelope = text.trim().to_owned();
        // The broker refuses it, whatever it says; that it cannot be reached changes nothing here.
        console.submit(&Submission { envelope, policy: None, chain: Vec::new() }).await.ok();
    }
    taken
}

fn read_invitation(text: &str, realm: Digest, now: Timestamp) -> Result<Signed<Invitation>, Failure> {
    let refused = |why: String| {
        Failure::new(FailureKind::Usage, format!("this is no good invitation: {why}"), "ask for a new one")
    };
    let read: Unverified<Invitation> =
        Unverified::parse(text.trim().as_bytes()).map_err(|error| refused(error.to_string()))?;
    if read.common().realm != Realm::Of(realm) {
        return Err(refused("it is for another realm".into()));
    }
    if now >= read.body().expires {
        return Err(refused("it has expired".into()));
    }
    let key = read.body().key.key.clone();
    read.verify(&key).map_err(|error| refused(error.to_string()))
}
