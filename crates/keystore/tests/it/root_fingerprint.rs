//! Fingerprints of an App's private key, against OpenSSL's.

use std::process::Command;

use bailiwick_keystore::root_fingerprint;
use sha2::{Digest, Sha256};

fn openssl(args: &[&str]) -> Vec<u8> {
    let output = Command::new("openssl").args(args).output().expect("openssl runs");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{args:?}: {stderr}");
    output.stdout
}

#[test]
fn both_forms_of_a_key_have_the_fingerprint_that_openssl_finds() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.pem").to_str().unwrap().to_owned();
    for bits in ["2048", "2049", "3072"] {
        openssl(&["genrsa", "-traditional", "-out", &path, bits]);
        let traditional = String::from_utf8(openssl(&["rsa", "-traditional", "-in", &path])).unwrap();
        let modern = String::from_utf8(openssl(&["pkey", "-in", &path])).unwrap();
        assert!(traditional.contains("BEGIN RSA PRIVATE KEY"), "{traditional}");
        assert!(modern.contains("BEGIN PRIVATE KEY"));
        let public = openssl(&["pkey", "-in", &path, "-pubout", "-outform", "DER"]);
        let expected: [u8; 32] = Sha256::digest(public).into();
        assert_eq!(root_fingerprint(&traditional).unwrap(), expected, "{bits} bits");
        assert_eq!(root_fingerprint(&modern).unwrap(), expected, "{bits} bits");
    }
}
