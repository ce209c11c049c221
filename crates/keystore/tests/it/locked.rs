//! The keychain when it is locked or not there: each way has its own error, none makes a
//! key, none hangs.

use std::time::{Duration, Instant};

use bailiwick_keystore::{ExposeSecret, Keychain, KeychainError, KeychainOptions, KeychainState, Secret};

use crate::bus::{Serves, item, keychain, lock_default_collection, on_bus, prompting};
use crate::desktop::{Answer, keyring_without_password, prompter, type_into_prompt};

fn opening() -> KeychainError {
    let error = Keychain::open(KeychainOptions::PERSON).unwrap_err();
    assert!(!error.hint().is_empty());
    error
}

#[test]
fn no_bus() {
    on_bus("locked::no_bus", Serves::NoBus, || {
        let error = opening();
        assert!(matches!(error, KeychainError::NoBus), "{error:?}");
    });
}

#[test]
fn a_bus_without_a_keychain() {
    on_bus("locked::a_bus_without_a_keychain", Serves::Nobody, || {
        let error = opening();
        assert!(matches!(error, KeychainError::NoService), "{error:?}");
    });
}

#[test]
fn a_keychain_that_does_not_start() {
    on_bus("locked::a_keychain_that_does_not_start", Serves::Failing, || {
        let error = opening();
        assert!(matches!(error, KeychainError::NoService), "{error:?}");
    });
}

#[test]
fn no_default_collection() {
    on_bus("locked::no_default_collection", Serves::Fresh, || {
        let error = opening();
        assert!(matches!(error, KeychainError::NoDefaultCollection), "{error:?}");
    });
}

#[test]
fn locked_is_an_error_at_once_when_nobody_may_be_asked() {
    let test = "locked::locked_is_an_error_at_once_when_nobody_may_be_asked";
    on_bus(test, Serves::Unlocked("pw"), || {
        let name = item("a");
        keychain().create_only(&name, || Ok(one())).unwrap();
        lock_default_collection();
        assert_eq!(keychain().state().unwrap(), KeychainState::Locked);
        let started = Instant::now();
        let results = [
            keychain().get(&name).map(drop),
            keychain().get(&item("never-made")).map(drop),
            keychain().create_only(&item("b"), || panic!("a key is made while locked")),
            keychain().replace(&name, &one()),
            keychain().delete(&name),
        ];
        for result in results {
            assert!(matches!(result, Err(KeychainError::Locked)), "{result:?}");
        }
        assert!(started.elapsed() < KeychainOptions::SERVICE.limit);
    });
}

#[test]
fn a_prompt_that_cannot_be_shown_leaves_it_locked() {
    let test = "locked::a_prompt_that_cannot_be_shown_leaves_it_locked";
    on_bus(test, Serves::Unlocked("pw"), || {
        lock_default_collection();
        let started = Instant::now();
        let error = prompting(20_000).get(&item("a")).unwrap_err();
        assert!(matches!(error, KeychainError::Dismissed), "{error:?}");
        assert!(started.elapsed() < Duration::from_secs(20));
    });
}

#[test]
fn a_dismissed_prompt_leaves_it_locked_and_makes_nothing() {
    let test = "locked::a_dismissed_prompt_leaves_it_locked_and_makes_nothing";
    on_bus(test, Serves::Unlocked("pw"), || {
        lock_default_collection();
        let prompts = prompter(Answer::Dismiss);
        let got = prompting(20_000).get(&item("a")).unwrap_err();
        assert!(matches!(got, KeychainError::Dismissed), "{got:?}");
        let made = prompting(20_000).create_only(&item("a"), || panic!("a key is made"));
        assert!(matches!(made, Err(KeychainError::Dismissed)), "{made:?}");
        assert_eq!(prompts.shown.try_iter().count(), 2);
    });
}

#[test]
fn an_unanswered_prompt_times_out_and_holds_nobody_up() {
    let test = "locked::an_unanswered_prompt_times_out_and_holds_nobody_up";
    on_bus(test, Serves::Unlocked("pw"), || {
        lock_default_collection();
        let prompts = prompter(Answer::Never);
        let made = prompting(1_500).create_only(&item("a"), || panic!("a key is made"));
        assert!(matches!(made, Err(KeychainError::TimedOut { .. })), "{made:?}");
        prompts.shown.recv_timeout(Duration::from_secs(5)).expect("the prompt was asked for");
        // The hung call keeps its thread and its connection; others have their own.
        let other = keychain().get(&item("a")).unwrap_err();
        assert!(matches!(other, KeychainError::Locked), "{other:?}");
    });
}

#[test]
fn a_keychain_that_opens_by_itself_is_used() {
    let test = "locked::a_keychain_that_opens_by_itself_is_used";
    // A keyring with an empty password needs no prompt to be unlocked.
    on_bus(test, Serves::Fresh, || {
        keyring_without_password();
        let name = item("a");
        keychain().create_only(&name, || Ok(one())).unwrap();
        lock_default_collection();
        let read = prompting(20_000).get(&name).unwrap();
        assert_eq!(read.expose_secret(), b"one");
        assert_eq!(keychain().state().unwrap(), KeychainState::Unlocked);
    });
}

#[test]
fn a_prompt_answered_by_the_person_opens_it() {
    let test = "locked::a_prompt_answered_by_the_person_opens_it";
    on_bus(test, Serves::Desktop("sesame"), || {
        let name = item("a");
        keychain().create_only(&name, || Ok(one())).unwrap();
        lock_default_collection();
        let person = std::thread::spawn(|| type_into_prompt("sesame"));
        let read = prompting(60_000).get(&name).unwrap();
        person.join().unwrap();
        assert_eq!(read.expose_secret(), b"one");
    });
}

fn one() -> Secret {
    Secret::from(b"one".to_vec())
}
