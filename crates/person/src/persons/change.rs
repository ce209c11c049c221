//! A change of the roster on its way to a signature: what it does is said first, and the whole next roster is
//! what is signed.

use super::InForce;
use crate::asking::Shown;
use crate::failure::Failure;
use crate::sentence;
use crate::steward::Steward;
use crate::submission::submit;
use bailiwick_authority::{Digest, Invitation, KeyEnd, KeyId, Name, Role, Roster, Signed, Text};
use bailiwick_client::Console;
use bailiwick_protocol::Admitted;

/// The next roster, and what the change is in words.
#[derive(Clone, Debug)]
pub struct Change {
    title: &'static str,
    effects: Vec<String>,
    next: Roster,
}

impl Change {
    /// Shows, signs and hands in. Where others must agree, [`Admitted::waits_for`] says how many.
    pub async fn sign(
        self,
        console: &Console,
        steward: &Steward,
        realm: Digest,
    ) -> Result<Admitted, Failure> {
        let Change { title, effects, next } = self;
        let signed = steward
            .seal(realm, &next, |unsigned| {
                Shown::of(title, &sentence::roster(unsigned.body()), unsigned).beside(&effects.join("\n"))
            })
            .await?;
        submit(console, &signed, None).await
    }
}

impl InForce {
    /// Somebody is enrolled, or a further key of a person.
    pub fn enrolling(
        &self,
        invitation: &Signed<Invitation>,
        roles: &[Role],
        ids: &[(Name, Text)],
        ends: &[(KeyId, KeyEnd)],
    ) -> Result<Change, Failure> {
        let next = self.enrol(invitation, roles, ids, ends)?;
        let Invitation { name, key, .. } = invitation.body();
        let mut effects = vec![
            format!("`{name}` is enrolled with a key that is kept as: {}", key.assurance.as_str()),
            format!(
                "its four words, which the newcomer must have told you: {}",
                bailiwick_card::code_text(&invitation.digest())
            ),
        ];
        for (key, end) in ends {
            effects.extend(self.ends(*key, *end));
        }
        Ok(Change { title: "Enrol a key", effects, next })
    }

    /// A person has these roles from now on, and no other.
    pub fn changing_roles(&self, name: &Name, roles: &[Role]) -> Result<Change, Failure> {
        let next = self.set_roles(name, roles)?;
        let mut effects = Vec::new();
        if !roles.contains(&Role::Steward) {
            effects.push(format!("what `{name}` delegated does not stand any more, if there is anything"));
        }
        Ok(Change { title: "Change roles", effects, next })
    }

    /// A person leaves: no roles, and every key retired.
    pub fn letting_go(&self, name: &Name) -> Result<Change, Failure> {
        let next = self.retire_person(name)?;
        let mut effects = vec![format!("`{name}` has no role and no key any more")];
        let persons = self.roster.persons.iter().filter(|person| person.name == *name);
        for key in persons.flat_map(|person| &person.keys).filter(|key| key.end.is_none()) {
            effects.extend(self.ends(key.key.id(), KeyEnd::Retired));
        }
        Ok(Change { title: "Let a person leave", effects, next })
    }

    /// A key ends.
    pub fn ending(&self, key: KeyId, end: KeyEnd) -> Result<Change, Failure> {
        let title = match end {
            KeyEnd::Rotated => "End a key that was replaced",
            KeyEnd::Retired => "Retire a key",
            KeyEnd::CompromisedSince(_) => "Say that a key is compromised",
        };
        Ok(Change { title, effects: self.ends(key, end), next: self.end_key(key, end)? })
    }

    /// A new key takes the place of an old one of the same person.
    pub(super) fn rotating(&self, new: &Signed<Invitation>, old: KeyId) -> Result<Change, Failure> {
        let next = self.enrol(new, &[], &[], &[(old, KeyEnd::Rotated)])?;
        Ok(Change { title: "Rotate a key", effects: self.ends(old, KeyEnd::Rotated), next })
    }

    /// These persons may together give a person who lost every key a new one, so many of them; nobody, if none
    /// is named.
    pub fn naming_recovery(&self, quorum: u64, persons: &[Name]) -> Result<Change, Failure> {
        let next = self.set_recovery(quorum, persons)?;
        let effect = match &next.recovery {
            None => "nobody gives a person who lost every key a new one but the stewards".to_owned(),
            Some(recovery) => format!(
                "{} of them together can put another key in the place of anybody's, a steward's included",
                recovery.quorum
            ),
        };
        Ok(Change { title: "Name who recovers keys", effects: vec![effect], next })
    }

    /// A person who lost every key signs with the one that they invited with.
    pub fn recovering(&self, invitation: &Signed<Invitation>) -> Result<Change, Failure> {
        let (next, ends) = self.recover(invitation)?;
        let Invitation { name, key, .. } = invitation.body();
        let mut effects = vec![format!(
            "`{name}` signs with a new key, kept as {}, and with none of the others any more",
            key.assurance.as_str()
        )];
        for (key, end) in ends {
            effects.extend(self.ends(key, end));
        }
        Ok(Change { title: "Recover a person", effects, next })
    }

    /// So many persons must agree to a change from now on.
    pub fn asking_for(&self, quorum: u64) -> Result<Change, Failure> {
        let next = self.set_quorum(quorum)?;
        let now = self.roster.change_quorum;
        let mut effects = vec![format!(
            "changes of roster, policy and connections need {}; before: {now}",
            match quorum {
                1 => "one steward".to_owned(),
                count => format!("{count} stewards, persons and not keys"),
            }
        )];
        if quorum < now {
            effects.push("fewer persons can change everything from then on".to_owned());
        }
        Ok(Change { title: "Change how many must agree", effects, next })
    }

    fn ends(&self, key: KeyId, end: KeyEnd) -> Vec<String> {
        let head = format!("the key {} ends:", key.digest().short());
        std::iter::once(head).chain(self.effect(key, end).lines()).collect()
    }
}
