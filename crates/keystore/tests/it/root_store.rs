//! Root stores: the keychain, a service's credentials, and a hand-over in memory.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use bailiwick_keystore::{
    CredentialsRootStore, ExposeSecret, KeychainError, KeychainRootStore, MemoryRootStore, PrivateFileError,
    RootKey, RootKeyError, RootStore, RootStoreError, RootStoreKind, SecretName, SecretString,
};
use ed25519_dalek::VerifyingKey;

use crate::bus::{Serves, keychain, lock_default_collection, on_bus};

fn name(text: &str) -> SecretName {
    SecretName::new(text).unwrap()
}

#[test]
fn keychain_round_trip() {
    on_bus("root_store::keychain_round_trip", Serves::Unlocked("pw"), || {
        let store: Box<dyn RootStore> = Box::new(KeychainRootStore::new(keychain(), "acme"));
        assert_eq!(store.kind(), RootStoreKind::Keychain);
        let app = name("github-app.12345");
        let absent = store.get(&app);
        assert!(matches!(absent, Err(RootStoreError::Absent { .. })), "{absent:?}");
        let pem = SecretString::from("-----BEGIN…\n".repeat(300));
        store.create_only(&app, &pem).unwrap();
        assert_eq!(store.get(&app).unwrap().expose_secret(), pem.expose_secret());
        let again = store.create_only(&app, &SecretString::from("other"));
        assert!(matches!(again, Err(RootStoreError::Exists { .. })), "{again:?}");
        store.replace(&app, &SecretString::from("rotated")).unwrap();
        assert_eq!(store.get(&app).unwrap().expose_secret(), "rotated");

        // Another profile's secret of the same name is another secret.
        let other = KeychainRootStore::new(keychain(), "drill");
        assert!(matches!(other.get(&app), Err(RootStoreError::Absent { .. })));
        store.delete(&app).unwrap();
        assert!(matches!(store.get(&app), Err(RootStoreError::Absent { .. })));
    });
}

#[test]
fn a_ledger_key_is_made_once_and_never_while_in_doubt() {
    let test = "root_store::a_ledger_key_is_made_once_and_never_while_in_doubt";
    on_bus(test, Serves::Unlocked("pw"), || {
        let store = KeychainRootStore::new(keychain(), "acme");
        let ledger = name("ledger");
        let none = RootKey::load(&store, &ledger);
        let absent = matches!(none, Err(RootKeyError::Store(RootStoreError::Absent { .. })));
        assert!(absent, "{none:?}");
        let made = RootKey::create(&store, &ledger).unwrap();
        let loaded = RootKey::load(&store, &ledger).unwrap();
        assert_eq!(loaded.public(), made.public());
        VerifyingKey::from_bytes(&made.public())
            .unwrap()
            .verify_strict(b"checkpoint", &loaded.sign(b"checkpoint"))
            .unwrap();
        let again = RootKey::create(&store, &ledger);
        let kept = matches!(again, Err(RootKeyError::Store(RootStoreError::Exists { .. })));
        assert!(kept, "{again:?}");

        lock_default_collection();
        for result in [RootKey::load(&store, &ledger), RootKey::create(&store, &name("new"))] {
            let Err(RootKeyError::Store(RootStoreError::Keychain(error))) = result else {
                panic!("{result:?}");
            };
            assert!(matches!(error, KeychainError::Locked), "{error:?}");
        }
    });
}

#[test]
fn credentials_are_read_and_never_written() {
    let folder = tempfile::tempdir().unwrap();
    let store = CredentialsRootStore::in_folder(folder.path().to_owned());
    let write = |file: &str, bytes: &[u8], mode: u32| {
        let path = folder.path().join(file);
        fs::write(&path, bytes).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    };
    write("app", b"pem\n", 0o400);
    write("grouped", b"by an access list", 0o440);
    write("open", b"to everyone", 0o444);
    write("binary", b"\xff\xfe", 0o400);
    assert_eq!(store.get(&name("app")).unwrap().expose_secret(), "pem\n");
    store.get(&name("grouped")).unwrap();
    let open = store.get(&name("open"));
    let exposed = matches!(open, Err(RootStoreError::File(PrivateFileError::Exposed { .. })));
    assert!(exposed, "{open:?}");
    let binary = store.get(&name("binary"));
    assert!(matches!(binary, Err(RootStoreError::NotText { .. })), "{binary:?}");
    let absent = store.get(&name("absent"));
    assert!(matches!(absent, Err(RootStoreError::Absent { .. })), "{absent:?}");
    let secret = SecretString::from("x");
    let writes = [
        store.create_only(&name("app"), &secret),
        store.replace(&name("app"), &secret),
        store.delete(&name("app")),
    ];
    for result in writes {
        let Err(error @ RootStoreError::NotWritable { .. }) = result else {
            panic!("{result:?}");
        };
        assert!(error.to_string().contains("LoadCredentialEncrypted=app:"), "{error}");
    }
    assert_eq!(fs::read(folder.path().join("app")).unwrap(), b"pem\n");
}

#[test]
fn a_ledger_key_made_by_openssl_is_handed_over_in_memory() {
    let output = Command::new("openssl").args(["genpkey", "-algorithm", "ed25519"]).output().unwrap();
    let pem = String::from_utf8(output.stdout).unwrap();
    let handover = serde_json::json!({"ledger": pem, "app": "not a key"}).to_string();
    let store = MemoryRootStore::from_json(handover.as_bytes()).unwrap();
    let key = RootKey::load(&store, &name("ledger")).unwrap();
    assert!(!format!("{key:?} {store:?}").contains(pem.lines().nth(1).unwrap()));
    let wrong = RootKey::load(&store, &name("app"));
    assert!(matches!(wrong, Err(RootKeyError::NotAKey { .. })), "{wrong:?}");
    let made = RootKey::create(&store, &name("new"));
    let refused = matches!(made, Err(RootKeyError::Store(RootStoreError::NotWritable { .. })));
    assert!(refused, "{made:?}");
}
