//! Who is who: the persons of a realm by their accounts at one connection, and the one who answers for the agent.
//!
//! Only the roster ties an account to a person, by the number that GitHub never gives twice. Logins, mail
//! addresses and what commits say of themselves tie nobody.

use std::collections::BTreeMap;

use bailiwick_authority::{Name, Roster};

/// The persons of a realm at one connection, as evidence sees them.
#[derive(Clone, Debug)]
pub struct Known {
    persons: BTreeMap<u64, Name>,
    /// The person at the root of the asking agent's chain.
    steward: Name,
}

impl Known {
    /// The persons that the roster ties to accounts at `connection`. `steward` is at the root of the chain.
    pub fn of(roster: Option<&Roster>, connection: &Name, steward: &Name) -> Known {
        let mut persons = BTreeMap::new();
        for person in roster.into_iter().flat_map(|roster| &roster.persons) {
            let Some(account) = person.identities.get(connection).and_then(|id| account(id.as_str())) else {
                continue;
            };
            // Of two persons with one account, it is the steward's: that counts for less.
            if persons.get(&account) != Some(steward) {
                persons.insert(account, person.name.clone());
            }
        }
        Known { persons, steward: steward.clone() }
    }

    /// The person whose account this is.
    pub(super) fn person(&self, account: u64) -> Option<&Name> {
        self.persons.get(&account)
    }

    /// Whether this is the account of the person who answers for the asking agent.
    pub(super) fn is_steward(&self, account: u64) -> bool {
        self.person(account) == Some(&self.steward)
    }

    /// Whether this is certainly somebody else's account. Where the roster does not say which is the
    /// steward's own, only another person of the roster is certainly somebody else.
    pub(super) fn is_independent(&self, account: u64) -> bool {
        match self.person(account) {
            Some(person) => *person != self.steward,
            None => self.persons.values().any(|person| *person == self.steward),
        }
    }
}

/// GitHub's number in its one form.
fn account(id: &str) -> Option<u64> {
    id.parse::<u64>().ok().filter(|number| number.to_string() == id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use bailiwick_authority::Person;

    fn roster(persons: &[(&str, Option<&str>)]) -> Roster {
        let person = |(name, id): &(&str, Option<&str>)| Person {
            name: name.parse().unwrap(),
            roles: Vec::new(),
            identities: id.iter().map(|id| ("github".parse().unwrap(), id.parse().unwrap())).collect(),
            keys: Vec::new(),
        };
        Roster {
            previous: None,
            change_quorum: 1,
            persons: persons.iter().map(person).collect(),
            recovery: None,
        }
    }

    #[test]
    fn an_account_is_a_person_by_its_number_and_at_its_connection() {
        let (github, ada) = ("github".parse().unwrap(), "ada".parse().unwrap());
        let roster = roster(&[("ada", Some("1")), ("grace", Some("2")), ("odd", Some("03"))]);
        let known = Known::of(Some(&roster), &github, &ada);
        assert_eq!(known.person(2).map(Name::as_str), Some("grace"));
        assert_eq!((known.person(3), known.person(9)), (None, None));
        assert!(known.is_steward(1) && !known.is_steward(2) && !known.is_steward(9));
        assert!(!known.is_independent(1) && known.is_independent(2) && known.is_independent(9));
        let elsewhere = Known::of(Some(&roster), &"other".parse().unwrap(), &ada);
        assert_eq!(elsewhere.person(1), None);
        assert!(!elsewhere.is_independent(2), "nobody says which account is the steward's");
    }

    #[test]
    fn where_the_stewards_account_is_unknown_only_persons_are_independent() {
        let (github, ada) = ("github".parse().unwrap(), "ada".parse().unwrap());
        let known = Known::of(Some(&roster(&[("ada", None), ("grace", Some("2"))])), &github, &ada);
        assert!(known.is_independent(2) && !known.is_independent(1) && !known.is_independent(9));
        let shared = Known::of(Some(&roster(&[("ada", Some("1")), ("grace", Some("1"))])), &github, &ada);
        assert!(shared.is_steward(1) && !shared.is_independent(1));
        let turned = Known::of(Some(&roster(&[("grace", Some("1")), ("ada", Some("1"))])), &github, &ada);
        assert!(turned.is_steward(1));
    }
}
