//! Recovery: persons named beforehand who together give somebody who lost every key a new one.

use crate::approval::Ask;
use crate::fields::{At, Fields, FormatError, Members, number};
use crate::json::{Node, Value};
use crate::name::{Name, NameError};
use crate::roster::{KeyEnd, Person, Role, Roster};

/// Who may recover, and how many of them it takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recovery {
    /// How many; at least 2, and no fewer than must agree to any change.
    pub quorum: u64,
    /// Of whom: approvers of the roster, sorted, each once.
    pub persons: Vec<Name>,
}

impl Recovery {
    /// What is asked of those who are named when `lost` is to get a new key. Nobody recovers themselves.
    pub fn ask(&self, lost: &Name, roster: &Roster) -> Result<Ask, NameError> {
        let counts = |person: &&Person| person.name != *lost && self.persons.contains(&person.name);
        let mut excluded: Vec<Name> = roster
            .persons
            .iter()
            .filter(|person| !counts(person))
            .map(|person| person.name.clone())
            .collect();
        excluded.sort();
        Ok(Ask {
            policy: "recovery".parse()?,
            title: "those who are named for it give a person who lost every key a new one".parse()?,
            because: "nobody else can speak for a person whose keys are gone".parse()?,
            count: self.quorum,
            role: Role::Approver,
            assurance: None,
            excluded,
        })
    }

    pub(crate) fn read(node: Node<'_>, at: At) -> Result<Recovery, FormatError> {
        let mut fields = Fields::of(node, at)?;
        let recovery = Recovery { quorum: fields.count("quorum")?, persons: fields.parsed_list("persons")? };
        fields.finish()?;
        Ok(recovery)
    }

    pub(crate) fn write(&self) -> Value {
        let mut members = Members::default();
        members.put("quorum", number(self.quorum));
        members.put("persons", Value::List(self.persons.iter().map(Value::from).collect()));
        members.into_value()
    }

    pub(crate) fn check(&self, roster: &Roster) -> Result<(), &'static str> {
        let named = u64::try_from(self.persons.len()).unwrap_or(u64::MAX);
        if self.quorum < roster.change_quorum.max(2) || self.quorum > named {
            return Err("at least 2 and as many as must agree to a change, at most as many as are named");
        }
        let approver = |name: &Name| {
            roster.persons.iter().any(|one| one.name == *name && one.roles.contains(&Role::Approver))
        };
        if !self.persons.is_sorted_by(|one, next| one < next) || !self.persons.iter().all(approver) {
            return Err("approvers of the roster, sorted, each once");
        }
        Ok(())
    }
}

impl Roster {
    /// The person to whom this roster gives a new key in place of every one that they had, if that is all that
    /// it changes of `before`.
    pub fn recovers<'a>(&self, before: &'a Roster) -> Option<&'a Person> {
        let (now, lost) = self.persons.iter().zip(&before.persons).find(|(now, old)| now != old)?;
        let mut expected = Roster { previous: self.previous, ..before.clone() };
        let person = expected.persons.iter_mut().find(|person| person.name == lost.name)?;
        for (key, is) in person.keys.iter_mut().zip(&now.keys).filter(|(key, _)| key.end.is_none()) {
            match is.end {
                Some(KeyEnd::Retired | KeyEnd::CompromisedSince(_)) => key.end = is.end,
                Some(KeyEnd::Rotated) | None => return None,
            }
        }
        let new = now.keys.last().filter(|key| key.end.is_none())?;
        person.keys.push(new.clone());
        (expected == *self).then_some(lost)
    }
}
