//! A delegation key in a file, encrypted under a passphrase: the named alternative to the
//! keychain.
//!
//! The file is PEM (`ENCRYPTED PRIVATE KEY`, PKCS#8 with PBES2: scrypt and AES-256-CBC)
//! after three lines of text, which PEM readers such as OpenSSL skip:
//!
//! ```text
//! Bailiwick delegation key. Whoever has this file and its passphrase can sign as you.
//! Public: <64 hexadecimal digits: the Ed25519 public key>
//! Digest: <64 hexadecimal digits: SHA-256 over the domain, the public key, the DER>
//! -----BEGIN ENCRYPTED PRIVATE KEY-----
//! ```
//!
//! `Public` lets the key be listed without unlocking. `Digest` tells a damaged file from a
//! wrong passphrase, which PBES2 cannot; it is no proof of origin, since anyone can compute
//! it. The decrypted key never leaves this module.

use std::path::{Path, PathBuf};

use ed25519_dalek::{Signature, Signer, SigningKey};
use pkcs8::der::{Decode, pem::LineEnding};
use pkcs8::pkcs5::{pbes2, scrypt};
use pkcs8::{EncryptedPrivateKeyInfoRef, PrivateKeyInfoRef, SecretDocument};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use crate::encoding;
use crate::private_file::{self, Audience, PrivateFileError};

/// Shortest passphrase, in characters. Length is the only thing that is judged.
pub const MIN_PASSPHRASE_CHARS: usize = 12;

const TITLE: &str = "Bailiwick delegation key. Whoever has this file and its passphrase can sign as you.";
const LABEL: &str = "ENCRYPTED PRIVATE KEY";
const BEGIN: &str = "\n-----BEGIN ";
const DOMAIN: &[u8] = b"bailiwick key file 1\0";

/// N = 2^14, r = 8, p = 5: OWASP's choice for 16 MiB. OpenSSL refuses to use more memory
/// than 32 MiB, so more work has to come from p.
const SCRYPT_LOG_N: u8 = 14;
const SCRYPT_R: u32 = 8;
const SCRYPT_P: u32 = 5;

/// What reading accepts: at least our N, at most 256 MiB, at most 16 passes.
const SCRYPT_N_RANGE: std::ops::RangeInclusive<u64> = (1 << 14)..=(1 << 18);
const SCRYPT_P_MAX: u16 = 16;

/// Why a key file was not made or not used.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// The file itself: absent, there already, exposed, …
    #[error(transparent)]
    File(#[from] PrivateFileError),
    /// The bytes are not what was written.
    #[error("`{}` is damaged: {reason}", .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What does not fit.
        reason: &'static str,
    },
    /// The file is whole, and this is not its passphrase.
    #[error("this is not the passphrase of `{}`", .path.display())]
    WrongPassphrase {
        /// The file.
        path: PathBuf,
    },
    /// A new passphrase is too short.
    #[error("the passphrase is shorter than {MIN_PASSPHRASE_CHARS} characters")]
    ShortPassphrase,
    /// The system gave no randomness for a new key.
    #[error("the system gave no randomness: {0}")]
    NoRandomness(getrandom::Error),
    /// The key could not be encrypted.
    #[error("the new key could not be encrypted")]
    Encryption,
}

impl KeyFileError {
    /// What the person can do.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::File(file) => file.hint(),
            Self::Damaged { .. } => "restore the file from a backup; it cannot be repaired",
            Self::WrongPassphrase { .. } => "try again; capitals and keyboard layout matter",
            Self::ShortPassphrase => "five or more random words are easy to type and hard to guess",
            Self::NoRandomness(_) | Self::Encryption => "try again",
        }
    }
}

/// A key file that was read and is whole, still encrypted.
#[derive(Debug, Clone)]
pub struct KeyFile {
    path: PathBuf,
    public: [u8; 32],
    encrypted: SecretDocument,
}

impl KeyFile {
    /// Makes a new key and writes it under `passphrase`; durable when it returns.
    /// Never writes over a file.
    pub fn create(path: &Path, passphrase: &SecretString) -> Result<Self, KeyFileError> {
        if passphrase.expose_secret().chars().count() < MIN_PASSPHRASE_CHARS {
            return Err(KeyFileError::ShortPassphrase);
        }
        let key = encoding::generate().map_err(KeyFileError::NoRandomness)?;
        let public = key.verifying_key().to_bytes();
        let encrypted = encrypt(&key, passphrase)?;
        let pem = encrypted.to_pem(LABEL, LineEnding::LF).map_err(|_| KeyFileError::Encryption)?;
        let digest = digest(&public, encrypted.as_bytes());
        let text = format!(
            "{TITLE}\nPublic: {}\nDigest: {}\n{}",
            encoding::hex(&public),
            encoding::hex(&digest),
            pem.as_str()
        );
        private_file::create(path, text.as_bytes())?;
        Ok(Self { path: path.to_owned(), public, encrypted })
    }

    /// Reads a file and checks that it is private and whole. Needs no passphrase.
    pub fn open(path: &Path) -> Result<Self, KeyFileError> {
        let bytes = private_file::read(path, Audience::OwnerOnly)?;
        let damaged = |reason| KeyFileError::Damaged { path: path.to_owned(), reason };
        let text = std::str::from_utf8(&bytes).map_err(|_| damaged("it is not text"))?;
        let begin = text.find(BEGIN).ok_or_else(|| damaged("it has no PEM block"))?;
        let (head, pem) = text.split_at_checked(begin + 1).ok_or_else(|| damaged("it has no PEM block"))?;
        let public = field(head, "Public: ").ok_or_else(|| damaged("no `Public` line"))?;
        let written = field(head, "Digest: ").ok_or_else(|| damaged("no `Digest` line"))?;
        let (label, encrypted) =
            SecretDocument::from_pem(pem).map_err(|_| damaged("its PEM block cannot be read"))?;
        if label != LABEL {
            return Err(damaged("its PEM block is not an encrypted private key"));
        }
        if digest(&public, encrypted.as_bytes()) != written {
            return Err(damaged("its digest does not fit"));
        }
        Ok(Self { path: path.to_owned(), public, encrypted })
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The Ed25519 public key.
    pub fn public(&self) -> [u8; 32] {
        self.public
    }

    /// Decrypts the key, signs with it (RFC 8032) and forgets it. Takes some tenths of a
    /// second and 16 MiB, by design.
    pub fn sign(&self, message: &[u8], passphrase: &SecretString) -> Result<Signature, KeyFileError> {
        let key = self.decrypt(passphrase)?;
        Ok(key.sign(message))
    }

    fn decrypt(&self, passphrase: &SecretString) -> Result<SigningKey, KeyFileError> {
        let damaged = |reason| KeyFileError::Damaged { path: self.path.clone(), reason };
        let info = EncryptedPrivateKeyInfoRef::from_der(self.encrypted.as_bytes())
            .map_err(|_| damaged("its contents are not an encrypted private key"))?;
        if !is_ours(&info) {
            return Err(damaged("it is not encrypted the way key files are"));
        }
        // The digest has shown the file to be whole, so what fails now is the passphrase:
        // wrong ones give false padding or, one time in 256, bytes that are no key.
        let wrong = || KeyFileError::WrongPassphrase { path: self.path.clone() };
        let der = info.decrypt(passphrase.expose_secret()).map_err(|_| wrong())?;
        let key = encoding::from_der(der.as_bytes()).map_err(|_| wrong())?;
        if key.verifying_key().to_bytes() != self.public {
            return Err(damaged("its public half belongs to another key"));
        }
        Ok(key)
    }
}

fn encrypt(key: &SigningKey, passphrase: &SecretString) -> Result<SecretDocument, KeyFileError> {
    let (mut salt, mut iv) = ([0_u8; 16], [0_u8; 16]);
    getrandom::fill(&mut salt).map_err(KeyFileError::NoRandomness)?;
    getrandom::fill(&mut iv).map_err(KeyFileError::NoRandomness)?;
    let failed = |_| KeyFileError::Encryption;
    let work = scrypt::Params::new(SCRYPT_LOG_N, SCRYPT_R, SCRYPT_P).map_err(|_| KeyFileError::Encryption)?;
    let scheme = pbes2::Parameters::generate_scrypt_aes256cbc(work, &salt, iv)
        .map_err(|_| KeyFileError::Encryption)?;
    let plain = encoding::to_der(key).map_err(|_| KeyFileError::Encryption)?;
    PrivateKeyInfoRef::try_from(plain.as_bytes())
        .map_err(failed)?
        .encrypt_with_params(scheme, passphrase.expose_secret())
        .map_err(failed)
}

/// Bounds the work before it is done: a planted file must not eat the memory.
fn is_ours(info: &EncryptedPrivateKeyInfoRef<'_>) -> bool {
    let Some(scheme) = info.encryption_algorithm.pbes2() else {
        return false;
    };
    let Some(work) = scheme.kdf.scrypt() else {
        return false;
    };
    matches!(scheme.encryption, pbes2::EncryptionScheme::Aes256Cbc { .. })
        && SCRYPT_N_RANGE.contains(&work.cost_parameter)
        && u32::from(work.block_size) == SCRYPT_R
        && (1..=SCRYPT_P_MAX).contains(&work.parallelization)
}

/// The value of a line, which must be nothing but 64 hexadecimal digits.
fn field(head: &str, name: &str) -> Option<[u8; 32]> {
    let value = head.lines().find_map(|line| line.strip_prefix(name))?;
    encoding::unhex32(value)
}

fn digest(public: &[u8; 32], encrypted: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(DOMAIN);
    hash.update(public);
    hash.update(encrypted);
    hash.finalize().into()
}
