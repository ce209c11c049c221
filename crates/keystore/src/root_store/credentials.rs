//! Root secrets from systemd: one file each in the service's credentials folder.
//!
//! Read-only. systemd decrypts them (from disk, bound to the machine or its TPM) into
//! memory that only the service can see; see systemd.exec(5), `LoadCredentialEncrypted=`.

use std::path::PathBuf;

use secrecy::SecretString;

use super::{RootStore, RootStoreError, RootStoreKind, SecretName};
use crate::private_file::{self, Audience, PrivateFileError};

/// The files of one credentials folder.
#[derive(Debug, Clone)]
pub struct CredentialsRootStore {
    folder: PathBuf,
}

impl CredentialsRootStore {
    /// The folder that systemd named in `$CREDENTIALS_DIRECTORY`.
    pub fn from_environment() -> Result<Self, RootStoreError> {
        match std::env::var_os("CREDENTIALS_DIRECTORY").map(PathBuf::from) {
            Some(folder) if folder.is_absolute() => Ok(Self { folder }),
            _ => Err(RootStoreError::NoCredentials),
        }
    }

    /// A folder of one file per secret, readable by the broker's user and not by everyone.
    pub fn in_folder(folder: PathBuf) -> Self {
        Self { folder }
    }

    fn not_writable(&self, name: &SecretName) -> RootStoreError {
        RootStoreError::NotWritable {
            kind: RootStoreKind::Credentials,
            instead: format!(
                "encrypt it with `systemd-creds encrypt --name={name} - FILE`, name it in \
                 the service with LoadCredentialEncrypted={name}:FILE and restart the broker"
            ),
        }
    }
}

impl RootStore for CredentialsRootStore {
    fn kind(&self) -> RootStoreKind {
        RootStoreKind::Credentials
    }

    fn get(&self, name: &SecretName) -> Result<SecretString, RootStoreError> {
        let path = self.folder.join(name.as_str());
        let bytes = private_file::read(&path, Audience::NotEveryone).map_err(|e| match e {
            PrivateFileError::Absent { .. } => {
                RootStoreError::Absent { name: name.clone(), kind: RootStoreKind::Credentials }
            }
            other => RootStoreError::File(other),
        })?;
        let text = std::str::from_utf8(&bytes);
        text.map(SecretString::from).map_err(|_| RootStoreError::NotText { name: name.clone() })
    }

    fn create_only(&self, name: &SecretName, _: &SecretString) -> Result<(), RootStoreError> {
        Err(self.not_writable(name))
    }

    fn replace(&self, name: &SecretName, _: &SecretString) -> Result<(), RootStoreError> {
        Err(self.not_writable(name))
    }

    fn delete(&self, name: &SecretName) -> Result<(), RootStoreError> {
        Err(self.not_writable(name))
    }
}
