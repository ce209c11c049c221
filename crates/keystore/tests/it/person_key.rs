//! A person's delegation key, in the keychain and in a file, and the card that names it.

use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;

use bailiwick_keystore::{
    DelegationItem, KeyFileError, KeyLocation, KeychainError, PersonKey, PersonKeyError, SecretString, Unlock,
};
use ed25519_dalek::VerifyingKey;
use secret_service::EncryptionType;
use secret_service::blocking::SecretService;

use crate::bus::{Serves, keychain, lock_default_collection, on_bus};

const MESSAGE: &[u8] = b"a statement's pre-authentication encoding";

fn item() -> DelegationItem {
    DelegationItem::new("acme", "Ada Lovelace").unwrap()
}

fn verify(key: &PersonKey, signature: &bailiwick_keystore::Signature) {
    VerifyingKey::from_bytes(&key.public()).unwrap().verify_strict(MESSAGE, signature).unwrap();
}

#[test]
fn in_the_keychain() {
    on_bus("person_key::in_the_keychain", Serves::Unlocked("pw"), || {
        let keychain = keychain();
        let key = PersonKey::create_in_keychain(&keychain, item()).unwrap();
        verify(&key, &key.sign(MESSAGE, Unlock::Keychain(&keychain)).unwrap());
        let found = PersonKey::find_in_keychain(&keychain, item()).unwrap();
        assert_eq!(found, key);
        let again = PersonKey::create_in_keychain(&keychain, item());
        let kept = matches!(again, Err(PersonKeyError::Keychain(KeychainError::Exists { .. })));
        assert!(kept, "{again:?}");
        let passphrase = SecretString::from("does not open it");
        let wrong = key.sign(MESSAGE, Unlock::Passphrase(&passphrase));
        assert!(matches!(wrong, Err(PersonKeyError::WrongUnlock { .. })));

        // Listing needs no unlocking; signing does.
        let card = PathBuf::from(std::env::var_os("HOME").unwrap()).join("me.json");
        key.save(&card).unwrap();
        lock_default_collection();
        let listed = PersonKey::load(&card).unwrap();
        assert_eq!(listed, key);
        let locked = listed.sign(MESSAGE, Unlock::Keychain(&keychain));
        let told = matches!(locked, Err(PersonKeyError::Keychain(KeychainError::Locked)));
        assert!(told, "{locked:?}");
    });
}

#[test]
fn a_replaced_key_does_not_sign() {
    let test = "person_key::a_replaced_key_does_not_sign";
    on_bus(test, Serves::Unlocked("pw"), || {
        let keychain = keychain();
        let key = PersonKey::create_in_keychain(&keychain, item()).unwrap();
        let mallorys = Command::new("openssl").args(["genpkey", "-algorithm", "ed25519"]).output().unwrap();
        overwrite(item().as_str(), &mallorys.stdout);
        let signed = key.sign(MESSAGE, Unlock::Keychain(&keychain));
        assert!(matches!(signed, Err(PersonKeyError::AnotherKey { .. })), "{signed:?}");
        overwrite(item().as_str(), b"no key");
        let signed = key.sign(MESSAGE, Unlock::Keychain(&keychain));
        assert!(matches!(signed, Err(PersonKeyError::NotAKey { .. })), "{signed:?}");
        PersonKey::delete_from_keychain(&keychain, &item()).unwrap();
        let signed = key.sign(MESSAGE, Unlock::Keychain(&keychain));
        let gone = matches!(signed, Err(PersonKeyError::Keychain(KeychainError::Absent { .. })));
        assert!(gone, "{signed:?}");
    });
}

/// Another program of the same user writes into the keychain.
fn overwrite(item: &str, secret: &[u8]) {
    let service = SecretService::connect(EncryptionType::Dh).unwrap();
    let wanted = HashMap::from([("service", "bailiwick"), ("username", item)]);
    let found = service.search_items(wanted).unwrap();
    found.unlocked[0].set_secret(secret, "text/plain").unwrap();
}

#[test]
fn in_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("me.key");
    let passphrase = SecretString::from("correct horse battery staple");
    let key = PersonKey::create_file(&path, &passphrase).unwrap();
    assert_eq!(key.location(), &KeyLocation::File(path.clone()));
    verify(&key, &key.sign(MESSAGE, Unlock::Passphrase(&passphrase)).unwrap());
    assert_eq!(PersonKey::find_file(&path).unwrap(), key);
    let card = folder.path().join("me.json");
    key.save(&card).unwrap();
    assert_eq!(PersonKey::load(&card).unwrap(), key);
    let wrong = key.sign(MESSAGE, Unlock::Passphrase(&"wrong".into()));
    let told = matches!(wrong, Err(PersonKeyError::File(KeyFileError::WrongPassphrase { .. })));
    assert!(told, "{wrong:?}");

    fs::remove_file(&path).unwrap();
    PersonKey::create_file(&path, &passphrase).unwrap();
    let replaced = key.sign(MESSAGE, Unlock::Passphrase(&passphrase));
    assert!(matches!(replaced, Err(PersonKeyError::AnotherKey { .. })), "{replaced:?}");
}

#[test]
fn cards_that_are_none_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("me.json");
    let public = "00".repeat(32);
    let good = format!(r#"{{"version":1,"public":"{public}","rests":{{"keychain":"a/delegation/c"}}}}"#);
    let write = |text: &str| {
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    };
    write(&good);
    PersonKey::load(&path).unwrap();
    for bad in [
        "",
        "{}",
        &good.replace(":1,", ":2,"),
        &good.replace("00", "0"),
        &good.replace("a/delegation/c", "a/delegation"),
        &good.replace("a/delegation/c", "A/delegation/c"),
        &good.replace("keychain", "cloud"),
        &good.replace(r#""version":1,"#, ""),
        &good.replace(r#""version":1,"#, r#""version":1,"secret":"x","#),
        &good.replace(r#""version":1,"#, r#""version":1,"version":1,"#),
        &format!("{good}{good}"),
    ] {
        write(bad);
        let result = PersonKey::load(&path);
        assert!(matches!(result, Err(PersonKeyError::BadCard { .. })), "{bad}: {result:?}");
    }
}
