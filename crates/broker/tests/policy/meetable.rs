//! Asks that the persons of a roster can meet, and those that they cannot.

use super::asked::{loaded, ship_to_main};
use bailiwick_authority::{Assurance, Ed25519Signer, EnrolledKey, KeyEnd, Person, Role, Roster, Signer as _};
use std::collections::BTreeMap;

fn person(name: &str, roles: &[Role], assurance: Assurance, end: Option<KeyEnd>) -> Person {
    let seed: [u8; 32] = *bailiwick_authority::Digest::of(name.as_bytes()).as_bytes();
    let key = Ed25519Signer::from_seed(&seed).expect("a key").public().clone();
    Person {
        name: name.parse().expect("a name"),
        roles: roles.to_vec(),
        identities: BTreeMap::new(),
        keys: vec![EnrolledKey { key, assurance, enrolled: "for a test".parse().expect("a text"), end }],
    }
}

/// What is said against the ask with these annotations, and how often it is said.
fn unmet(annotations: &str, persons: &[Person]) -> Vec<String> {
    let mut texts = ship_to_main();
    texts.ask = texts.ask.replace("@approval(\"1 of approver\")", annotations);
    let lines = texts.ask.lines().take_while(|line| !line.starts_with("@id(")).count();
    let roster = Roster { previous: None, change_quorum: 1, persons: persons.to_vec(), recovery: None };
    let problems = loaded(&texts).unmeetable(&roster);
    for problem in &problems {
        assert_eq!((problem.set.as_str(), problem.line, problem.column), ("ask", lines + 1, 1), "{problem}");
    }
    problems.into_iter().map(|problem| problem.message).collect()
}

#[test]
fn too_few_with_the_role_or_with_a_good_key_are_too_few() {
    use Role::{Approver, Steward};
    let ada = person("ada", &[Steward, Approver], Assurance::Keychain, None);
    let bob = person("bob", &[Approver], Assurance::DeviceBound, None);
    let eve = person("eve", &[Approver], Assurance::DeviceBound, Some(KeyEnd::Rotated));
    let sue = person("sue", &[Steward], Assurance::Keychain, None);
    let says = |annotations: &str, persons: &[&Person]| {
        let persons: Vec<Person> = persons.iter().map(|one| (*one).clone()).collect();
        unmet(annotations, &persons).pop()
    };
    let two = "@approval(\"2 of approver\")";
    for (annotations, persons, there) in [
        ("@approval(\"1 of approver\")", vec![&ada], None),
        ("@approval(\"1 of approver\")", vec![&sue], Some("nobody")),
        ("@approval(\"1 of approver\")", vec![&eve], Some("nobody")),
        ("@approval(\"1 of security\")", vec![&ada, &bob], Some("nobody")),
        (two, vec![&ada], Some("only 1 person")),
        (two, vec![&ada, &eve], Some("only 1 person")),
        (two, vec![&ada, &bob], None),
        (
            "@approval(\"2 of approver\")\n@assurance(\"synced-passkey\")",
            vec![&ada, &bob],
            Some("only 1 person"),
        ),
        ("@approval(\"1 of approver\")\n@assurance(\"device-bound\")", vec![&ada, &bob], None),
        // Whoever delegated does not count: the only steward did, another one may have.
        ("@approval(\"1 of approver\")\n@by(\"others\")", vec![&ada], Some("nobody")),
        ("@approval(\"1 of approver\")\n@by(\"others\")", vec![&ada, &bob], None),
        ("@approval(\"2 of approver\")\n@by(\"others\")", vec![&ada, &bob], Some("only 1 person")),
        ("@approval(\"2 of approver\")\n@by(\"others\")", vec![&ada, &bob, &sue], None),
    ] {
        let said = says(annotations, &persons);
        match there {
            None => assert_eq!(said, None, "{annotations}"),
            Some(there) => {
                let said = said.unwrap_or_else(|| panic!("nothing is said against {annotations}"));
                assert!(said.ends_with(&format!("and the roster has {there}")), "{annotations}: {said}");
            }
        }
    }
}
