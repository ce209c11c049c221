//! Passphrase-encrypted key files: what is told apart, and OpenSSL as the second reader.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;

use bailiwick_keystore::{KeyFile, KeyFileError, PrivateFileError, SecretString};
use ed25519_dalek::VerifyingKey;

const PASSPHRASE: &str = "correct horse battery staple";

fn made() -> (tempfile::TempDir, PathBuf, KeyFile) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("me.key");
    let file = KeyFile::create(&path, &PASSPHRASE.into()).unwrap();
    (folder, path, file)
}

fn write(path: &Path, bytes: &[u8]) {
    fs::write(path, bytes).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

#[test]
fn signs_after_reopening() {
    let (folder, path, made) = made();
    let file = KeyFile::open(&path).unwrap();
    assert_eq!(file.public(), made.public());
    let signature = file.sign(b"statement", &PASSPHRASE.into()).unwrap();
    VerifyingKey::from_bytes(&file.public()).unwrap().verify_strict(b"statement", &signature).unwrap();
    let about = fs::metadata(&path).unwrap();
    assert_eq!(about.mode() & 0o7777, 0o600);
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().collect();
    assert_eq!(left.len(), 1, "no draft is left beside the key: {left:?}");
}

#[test]
fn is_never_written_over() {
    let (_folder, path, first) = made();
    let before = fs::read(&path).unwrap();
    let again = KeyFile::create(&path, &"another passphrase".into());
    let exists = matches!(again, Err(KeyFileError::File(PrivateFileError::Exists { .. })));
    assert!(exists, "{again:?}");
    assert_eq!(fs::read(&path).unwrap(), before);
    assert_eq!(KeyFile::open(&path).unwrap().public(), first.public());
}

#[test]
fn wrong_passphrases_are_told_from_damage() {
    let (_folder, path, file) = made();
    for wrong in ["", "correct horse battery stapl", "Correct horse battery staple", "\0"] {
        let result = file.sign(b"x", &wrong.into());
        let told = matches!(result, Err(KeyFileError::WrongPassphrase { .. }));
        assert!(told, "{wrong:?}: {result:?}");
    }
    let mut bytes = fs::read(&path).unwrap();
    let last_letters = bytes.len() - 60;
    bytes[last_letters] = if bytes[last_letters] == b'A' { b'B' } else { b'A' };
    write(&path, &bytes);
    let damaged = KeyFile::open(&path);
    assert!(matches!(damaged, Err(KeyFileError::Damaged { .. })), "{damaged:?}");
}

#[test]
fn every_truncation_is_damage() {
    let (_folder, path, _) = made();
    let whole = fs::read(&path).unwrap();
    // Only the last line break may be missing.
    for length in 0..whole.len() - 1 {
        write(&path, &whole[..length]);
        let result = KeyFile::open(&path);
        let damaged = matches!(result, Err(KeyFileError::Damaged { .. }));
        assert!(damaged, "{length} of {} bytes: {result:?}", whole.len());
    }
}

#[test]
fn every_changed_byte_is_damage_or_changes_nothing() {
    let (_folder, path, file) = made();
    let whole = fs::read(&path).unwrap();
    let title = whole.iter().position(|byte| *byte == b'\n').unwrap();
    for place in 0..whole.len() {
        for mask in [0x01, 0x20, 0x80] {
            let mut bytes = whole.clone();
            bytes[place] ^= mask;
            write(&path, &bytes);
            match KeyFile::open(&path) {
                // The title is for people; a last line break is not looked at.
                Ok(read) => {
                    assert!(place <= title || place == whole.len() - 1, "byte {place}");
                    assert_eq!(read.public(), file.public());
                }
                Err(KeyFileError::Damaged { .. }) => {}
                Err(other) => panic!("byte {place}: {other}"),
            }
        }
    }
}

#[test]
fn exposed_files_are_refused_even_for_root() {
    let (_folder, path, _) = made();
    for mode in [0o640, 0o604, 0o620, 0o602, 0o644, 0o666, 0o777, 0o444] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        match KeyFile::open(&path) {
            Err(KeyFileError::File(PrivateFileError::Exposed { mode: seen, .. })) => {
                assert_eq!(seen, mode);
            }
            other => panic!("mode {mode:o}: {other:?}"),
        }
    }
    for mode in [0o600, 0o400] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        KeyFile::open(&path).unwrap();
    }
}

#[test]
fn what_is_no_file_is_refused_without_waiting() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    let made = Command::new("mkfifo").arg("-m600").arg(&pipe).status().unwrap();
    assert!(made.success());
    for path in [pipe.as_path(), folder.path()] {
        let result = KeyFile::open(path);
        let told = matches!(result, Err(KeyFileError::File(PrivateFileError::NotAFile { .. })));
        assert!(told, "{}: {result:?}", path.display());
    }
    let absent = KeyFile::open(&folder.path().join("absent"));
    let told = matches!(absent, Err(KeyFileError::File(PrivateFileError::Absent { .. })));
    assert!(told, "{absent:?}");
    let large = folder.path().join("large");
    write(&large, &vec![b'-'; 64 * 1024 + 1]);
    let result = KeyFile::open(&large);
    let told = matches!(result, Err(KeyFileError::File(PrivateFileError::TooLarge { .. })));
    assert!(told, "{result:?}");
}

#[test]
fn a_folder_that_is_not_there_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("no").join("me.key");
    let result = KeyFile::create(&path, &PASSPHRASE.into());
    let told = matches!(result, Err(KeyFileError::File(PrivateFileError::Io { .. })));
    assert!(told, "{result:?}");
}

#[test]
fn short_passphrases_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    for short in ["", "hunter2", "elevenchars", "ümläütümläü"] {
        let path = folder.path().join("me.key");
        let result = KeyFile::create(&path, &short.into());
        assert!(matches!(result, Err(KeyFileError::ShortPassphrase)), "{short}");
        assert!(!path.exists());
    }
}

#[test]
fn openssl_reads_the_file_and_finds_the_same_key() {
    let (_folder, path, file) = made();
    let read = |passphrase: &str| {
        Command::new("openssl")
            .args(["pkey", "-pubout", "-outform", "DER", "-passin"])
            .arg(format!("pass:{passphrase}"))
            .arg("-in")
            .arg(&path)
            .output()
            .expect("openssl runs")
    };
    let output = read(PASSPHRASE);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    assert_eq!(&output.stdout[output.stdout.len() - 32..], file.public());
    assert!(!read("not the passphrase").status.success());
}

#[test]
fn files_encrypted_more_weakly_or_greedily_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let plain = folder.path().join("plain.pem");
    openssl(&["genpkey", "-algorithm", "ed25519", "-out", plain.to_str().unwrap()]);
    for (n, choice) in [
        ["-v2", "aes256"].as_slice(),
        &["-v2", "aes128", "-scrypt"],
        &["-scrypt", "-scrypt_N", "1024"],
        &["-scrypt", "-scrypt_N", "16384", "-scrypt_r", "1"],
    ]
    .iter()
    .enumerate()
    {
        let pem = folder.path().join(format!("{n}.pem"));
        let mut args = vec!["pkcs8", "-topk8", "-passout", "pass:correct horse battery staple"];
        args.extend(*choice);
        args.extend(["-in", plain.to_str().unwrap(), "-out", pem.to_str().unwrap()]);
        openssl(&args);
        let path = folder.path().join(format!("{n}.key"));
        write(&path, dressed(&fs::read_to_string(&pem).unwrap()).as_bytes());
        let result = KeyFile::open(&path).unwrap().sign(b"x", &PASSPHRASE.into());
        let refused = matches!(result, Err(KeyFileError::Damaged { .. }));
        assert!(refused, "{choice:?}: {result:?}");
    }
}

#[test]
fn debug_shows_no_secret() {
    let (_folder, _, file) = made();
    let shown = format!("{file:?} {:?}", SecretString::from(PASSPHRASE));
    assert!(!shown.contains("horse"), "{shown}");
}

/// Puts lines before a PEM that fit it, with a public key that need not.
fn dressed(pem: &str) -> String {
    use sha2::{Digest, Sha256};
    let hex = |bytes: &[u8]| -> String { bytes.iter().map(|b| format!("{b:02x}")).collect() };
    let (_, document) = pkcs8::SecretDocument::from_pem(pem).unwrap();
    let public = [7_u8; 32];
    let mut hash = Sha256::new();
    hash.update(b"bailiwick key file 1\0");
    hash.update(public);
    hash.update(document.as_bytes());
    format!("Public: {}\nDigest: {}\n{pem}", hex(&public), hex(&hash.finalize()))
}

fn openssl(args: &[&str]) {
    let output = Command::new("openssl").args(args).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{args:?}: {stderr}");
}
