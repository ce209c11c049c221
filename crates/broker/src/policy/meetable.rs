//! Whether the persons of a realm could meet an ask at all.
//!
//! An ask that nobody can meet refuses for ever and looks like one that somebody will get to, so a policy
//! with one does not become active. Later changes of the roster do not take a policy out of force.

use super::Policy;
use super::problem::{PolicyProblem, PolicyText};
use super::rule::Obligation;
use bailiwick_authority::{Person, Role, Roster};

impl Policy {
    /// The asks that the persons on the roster cannot meet, with where they stand.
    pub fn unmeetable(&self, roster: &Roster) -> Vec<PolicyProblem> {
        let mut rules: Vec<_> = self.ask.rules.iter().collect();
        rules.sort_by_key(|(_, rule)| rule.place);
        rules
            .into_iter()
            .filter_map(|(id, rule)| {
                let needed = rule.obligation.as_ref()?;
                let able = able(roster, needed);
                if u32::try_from(able).unwrap_or(u32::MAX) >= needed.count {
                    return None;
                }
                let kept = match needed.assurance {
                    Some(assurance) => format!(" with a key kept at least as `{}`", assurance.as_str()),
                    None => String::new(),
                };
                let others = if needed.others { " who did not delegate it" } else { "" };
                let there = match able {
                    0 => "nobody".to_owned(),
                    1 => "only 1 person".to_owned(),
                    many => format!("only {many} persons"),
                };
                Some(PolicyProblem {
                    set: PolicyText::Ask,
                    line: rule.line,
                    column: rule.column,
                    message: format!(
                        "`{id}` asks for {} of `{}`{kept}{others}, and the roster has {there}",
                        needed.count,
                        needed.role.as_str()
                    ),
                    hint: "enrol more persons first, or ask for fewer".to_owned(),
                })
            })
            .collect()
    }
}

/// How many persons could agree to one operation, whoever delegated it.
fn able(roster: &Roster, needed: &Obligation) -> usize {
    let able: Vec<&Person> = roster.persons.iter().filter(|person| can(person, needed)).collect();
    let delegates = |person: &&Person| {
        person.roles.contains(&Role::Steward) && person.keys.iter().any(|key| key.end.is_none())
    };
    // Where every steward is among them, one of them delegated it and does not count.
    let spare = roster.persons.iter().filter(delegates).any(|steward| !able.contains(&steward));
    able.len().saturating_sub(usize::from(needed.others && !spare))
}

/// Whether a person has the role, and a key that is kept well enough.
fn can(person: &Person, needed: &Obligation) -> bool {
    person.roles.contains(&needed.role)
        && person
            .keys
            .iter()
            .any(|key| key.end.is_none() && needed.assurance.is_none_or(|least| key.assurance >= least))
}
