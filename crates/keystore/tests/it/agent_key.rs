//! Agents' key files.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::process::Command;

use bailiwick_keystore::{AgentKeyError, AgentKeyFile, PrivateFileError};
use ed25519_dalek::VerifyingKey;

#[test]
fn signs_after_reopening_and_is_never_written_over() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ci-bot.key");
    let made = AgentKeyFile::create(&path).unwrap();
    let read = AgentKeyFile::open(&path).unwrap();
    assert_eq!(read.public(), made.public());
    assert_eq!(read.path(), path);
    VerifyingKey::from_bytes(&read.public())
        .unwrap()
        .verify_strict(b"invocation", &read.sign(b"invocation"))
        .unwrap();
    assert_eq!(fs::metadata(&path).unwrap().mode() & 0o7777, 0o600);
    let before = fs::read(&path).unwrap();
    let again = AgentKeyFile::create(&path);
    let exists = matches!(again, Err(AgentKeyError::File(PrivateFileError::Exists { .. })));
    assert!(exists, "{again:?}");
    assert_eq!(fs::read(&path).unwrap(), before);
    // A name that leads nowhere is a name in use, too.
    let dangling = folder.path().join("dangling");
    symlink(folder.path().join("nowhere"), &dangling).unwrap();
    assert!(AgentKeyFile::create(&dangling).is_err());
    assert!(!folder.path().join("nowhere").exists());
}

#[test]
fn openssl_signs_what_we_verify_and_makes_what_we_read() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let openssl = |args: &[&str]| {
        let output = Command::new("openssl").args(args).output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{args:?}: {stderr}");
    };
    fs::write(at("message"), b"invocation").unwrap();
    let ours = AgentKeyFile::create(at("ours").as_ref()).unwrap();
    let (ours_at, message) = (at("ours"), at("message"));
    openssl(&["pkeyutl", "-sign", "-rawin", "-inkey", &ours_at, "-in", &message, "-out", &at("sig")]);
    assert_eq!(fs::read(at("sig")).unwrap(), ours.sign(b"invocation").to_bytes());

    openssl(&["genpkey", "-algorithm", "ed25519", "-out", &at("theirs")]);
    fs::set_permissions(at("theirs"), fs::Permissions::from_mode(0o600)).unwrap();
    let theirs = AgentKeyFile::open(at("theirs").as_ref()).unwrap();
    openssl(&["pkey", "-in", &at("theirs"), "-pubout", "-outform", "DER", "-out", &at("pub")]);
    let public = fs::read(at("pub")).unwrap();
    assert_eq!(&public[public.len() - 32..], theirs.public());
}

#[test]
fn exposed_and_foreign_contents_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.key");
    AgentKeyFile::create(&path).unwrap();
    for mode in [0o640, 0o604, 0o660, 0o644] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let result = AgentKeyFile::open(&path);
        let exposed = matches!(result, Err(AgentKeyError::File(PrivateFileError::Exposed { .. })));
        assert!(exposed, "{mode:o}: {result:?}");
    }
    let rsa = folder.path().join("rsa");
    let args = ["genpkey", "-algorithm", "rsa", "-pkeyopt", "rsa_keygen_bits:2048", "-out"];
    let output = Command::new("openssl").args(args).arg(&rsa).output().unwrap();
    assert!(output.status.success());
    let rsa = fs::read(rsa).unwrap();
    let whole = b"-----BEGIN PRIVATE KEY-----\nMC4C\n-----END PRIVATE KEY-----\n";
    for contents in [b"".as_slice(), b"ssh-ed25519 AAAA", b"\xff\xfe", whole, &rsa] {
        fs::write(&path, contents).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        let result = AgentKeyFile::open(&path);
        assert!(matches!(result, Err(AgentKeyError::NotAKey { .. })), "{result:?}");
    }
}

#[test]
fn debug_shows_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.key");
    let shown = format!("{:?}", AgentKeyFile::create(&path).unwrap());
    let pem = fs::read_to_string(&path).unwrap();
    assert!(!shown.contains(pem.lines().nth(1).unwrap()) && shown.contains("public"), "{shown}");
}
