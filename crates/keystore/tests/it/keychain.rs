//! The keychain when all is well: items go in, come out and go away.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bailiwick_keystore::{ExposeSecret, ItemName, KeychainError, KeychainOptions, KeychainState, Secret};

use crate::bus::{Serves, item, keychain, on_bus};

fn secret(text: &str) -> Secret {
    Secret::from(text.as_bytes().to_vec())
}

#[test]
fn round_trip() {
    on_bus("keychain::round_trip", Serves::Unlocked("pw"), || {
        let (keychain, name) = (keychain(), item("a"));
        assert_eq!(keychain.state().unwrap(), KeychainState::Unlocked);
        let absent = keychain.get(&name).unwrap_err();
        assert!(matches!(absent, KeychainError::Absent { .. }), "{absent}");
        keychain.create_only(&name, || Ok(secret("one"))).unwrap();
        assert_eq!(keychain.get(&name).unwrap().expose_secret(), b"one");
        keychain.replace(&name, &secret("two")).unwrap();
        assert_eq!(keychain.get(&name).unwrap().expose_secret(), b"two");
        keychain.delete(&name).unwrap();
        let gone = keychain.get(&name).unwrap_err();
        assert!(matches!(gone, KeychainError::Absent { .. }), "{gone}");
    });
}

#[test]
fn what_is_absent_is_neither_replaced_nor_deleted() {
    let test = "keychain::what_is_absent_is_neither_replaced_nor_deleted";
    on_bus(test, Serves::Unlocked("pw"), || {
        let (keychain, name) = (keychain(), item("a"));
        let replaced = keychain.replace(&name, &secret("x")).unwrap_err();
        assert!(matches!(replaced, KeychainError::Absent { .. }));
        let deleted = keychain.delete(&name).unwrap_err();
        assert!(matches!(deleted, KeychainError::Absent { .. }));
        assert!(keychain.get(&name).is_err());
    });
}

#[test]
fn creating_twice_keeps_the_first() {
    let test = "keychain::creating_twice_keeps_the_first";
    on_bus(test, Serves::Unlocked("pw"), || {
        let (keychain, name) = (keychain(), item("a"));
        keychain.create_only(&name, || Ok(secret("first"))).unwrap();
        let again = keychain.create_only(&name, || panic!("a second key is made"));
        assert!(matches!(again, Err(KeychainError::Exists { .. })));
        assert_eq!(keychain.get(&name).unwrap().expose_secret(), b"first");
    });
}

#[test]
fn creating_at_once_has_one_winner() {
    let test = "keychain::creating_at_once_has_one_winner";
    on_bus(test, Serves::Unlocked("pw"), || {
        for round in 0..5 {
            let name = item(&format!("race-{round}"));
            let made = Arc::new(AtomicUsize::new(0));
            let racers: Vec<_> = (0..8)
                .map(|racer| {
                    let (name, made) = (name.clone(), Arc::clone(&made));
                    std::thread::spawn(move || {
                        keychain().create_only(&name, move || {
                            made.fetch_add(1, Ordering::SeqCst);
                            Ok(secret(&format!("racer {racer}")))
                        })
                    })
                })
                .collect();
            let results: Vec<_> = racers.into_iter().map(|r| r.join().unwrap()).collect();
            let winner = results.iter().position(Result::is_ok).unwrap();
            for (racer, result) in results.iter().enumerate().filter(|(r, _)| *r != winner) {
                let lost = matches!(result, Err(KeychainError::Exists { .. }));
                assert!(lost, "racer {racer}: {result:?}");
            }
            assert_eq!(made.load(Ordering::SeqCst), 1);
            let stored = keychain().get(&name).unwrap();
            assert_eq!(stored.expose_secret(), format!("racer {winner}").as_bytes());
        }
    });
}

#[test]
fn secrets_of_every_shape() {
    let test = "keychain::secrets_of_every_shape";
    on_bus(test, Serves::Unlocked("pw"), || {
        let pem = format!("-----BEGIN RSA PRIVATE KEY-----\n{}", "Abc+/=\n".repeat(600));
        assert!(pem.len() > 4000);
        let binary: Vec<u8> = (0..=255).collect();
        for (n, bytes) in [pem.as_bytes(), &binary, b"\0", "schlüssel".as_bytes()].into_iter().enumerate() {
            let (name, owned) = (item(&n.to_string()), bytes.to_vec());
            keychain().create_only(&name, move || Ok(Secret::from(owned))).unwrap();
            assert_eq!(keychain().get(&name).unwrap().expose_secret(), bytes);
        }
    });
}

#[test]
fn names_of_every_shape() {
    let test = "keychain::names_of_every_shape";
    on_bus(test, Serves::Unlocked("pw"), || {
        let odd = [
            "a",
            "A",
            "a/b",
            "Ünï çødé",
            "\"quoted\" 'name'",
            "new\nline",
            "nul\0",
            "%61",
            "🗝",
            "-rf",
            "..",
            "$(id)",
        ];
        let named = |name: &str| ItemName::new("über/profil", "odd names", name).unwrap();
        for name in odd {
            let value = name.to_owned();
            keychain().create_only(&named(name), move || Ok(secret(&value))).unwrap();
        }
        for name in odd {
            let stored = keychain().get(&named(name)).unwrap();
            assert_eq!(stored.expose_secret(), name.as_bytes());
        }
    });
}

#[test]
fn another_program_reads_the_item_and_the_disk_shows_nothing() {
    let test = "keychain::another_program_reads_the_item_and_the_disk_shows_nothing";
    on_bus(test, Serves::Unlocked("pw"), || {
        let (name, canary) = (item("seen"), "canary-7f3a9c51d2");
        keychain().create_only(&name, || Ok(secret(canary))).unwrap();
        let output = Command::new("secret-tool")
            .args(["lookup", "service", "bailiwick", "username", name.as_str()])
            .output()
            .expect("secret-tool (package libsecret-tools) runs");
        assert_eq!(String::from_utf8_lossy(&output.stdout), canary);

        let home = PathBuf::from(std::env::var_os("HOME").unwrap());
        let files = files_below(&home);
        assert!(!files.is_empty(), "the keychain has written nothing yet");
        for file in &files {
            let bytes = fs::read(file).unwrap();
            let hit = bytes.windows(canary.len()).any(|w| w == canary.as_bytes());
            assert!(!hit, "{} holds the secret in plain", file.display());
        }
        let shown = format!("{:?}", keychain().get(&name).unwrap());
        assert!(!shown.contains(canary) && !shown.contains("99, 97, 110"), "{shown}");
    });
}

#[test]
fn several_items_of_one_name_are_refused() {
    let test = "keychain::several_items_of_one_name_are_refused";
    on_bus(test, Serves::Unlocked("pw"), || {
        use secret_service::{EncryptionType, blocking::SecretService};
        let name = item("twin");
        keychain().create_only(&name, || Ok(secret("ours"))).unwrap();
        let service = SecretService::connect(EncryptionType::Dh).unwrap();
        let attributes = [("service", "bailiwick"), ("username", name.as_str()), ("x", "y")];
        service
            .get_default_collection()
            .unwrap()
            .create_item("planted", attributes.into(), b"theirs", false, "text/plain")
            .unwrap();
        let results = [
            keychain().get(&name).map(drop),
            keychain().create_only(&name, || panic!("a key is made in doubt")),
            keychain().replace(&name, &secret("x")),
            keychain().delete(&name),
        ];
        for result in results {
            let ambiguous = matches!(result, Err(KeychainError::Ambiguous { count: 2, .. }));
            assert!(ambiguous, "{result:?}");
        }
    });
}

#[test]
fn opening_twice_and_from_many_threads_works() {
    let test = "keychain::opening_twice_and_from_many_threads_works";
    on_bus(test, Serves::Unlocked("pw"), || {
        let keychain = keychain();
        keychain.create_only(&item("shared"), || Ok(secret("value"))).unwrap();
        let readers: Vec<_> = (0..8)
            .map(|_| {
                let keychain = keychain.clone();
                std::thread::spawn(move || keychain.get(&item("shared")).unwrap())
            })
            .collect();
        for reader in readers {
            assert_eq!(reader.join().unwrap().expose_secret(), b"value");
        }
        assert!(KeychainOptions::PERSON.limit > KeychainOptions::SERVICE.limit);
    });
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_below(&path));
        } else if path.is_file() {
            found.push(path);
        }
    }
    found
}
