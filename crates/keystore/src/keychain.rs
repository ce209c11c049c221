//! The operating system's keychain: Secret Service, macOS Keychain, Windows Credential
//! Manager.
//!
//! Every call opens its own connection on its own thread with a time limit, because any
//! call can block on a prompt and a hung one must not hold up the next. There is no
//! process-wide default store, and nothing here ever prompts when told not to.

mod error;
mod turn;
mod worker;

#[cfg(target_os = "macos")]
#[path = "keychain/apple.rs"]
mod native;
#[cfg(all(unix, not(target_os = "macos")))]
#[path = "keychain/secret_service.rs"]
mod native;
#[cfg(windows)]
#[path = "keychain/windows.rs"]
mod native;

use std::time::Duration;

use keyring_core::api::CredentialStoreApi;
use keyring_core::{Entry, Error as StoreError};
use secrecy::{ExposeSecret, SecretSlice};
use zeroize::{Zeroize, Zeroizing};

use crate::item::ItemName;
pub use error::KeychainError;
use worker::Commitment;

/// A secret of any bytes; redacted when shown, zeroized when dropped.
pub type Secret = SecretSlice<u8>;

/// The service under which all items are stored.
const SERVICE: &str = "bailiwick";

/// Whether a locked keychain may ask the person to unlock it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prompts {
    /// The keychain's own prompt may appear; the call waits for its answer.
    Allowed,
    /// A locked keychain is an error at once. On macOS and Windows the system decides
    /// about its prompts; there only the time limit holds.
    Never,
}

/// How to talk to the keychain.
#[derive(Debug, Clone, Copy)]
pub struct KeychainOptions {
    /// Whether prompts may appear.
    pub prompts: Prompts,
    /// The longest that one call may take, prompts included.
    pub limit: Duration,
}

impl KeychainOptions {
    /// For a program in front of a person: prompts allowed, 60 seconds.
    pub const PERSON: Self = Self { prompts: Prompts::Allowed, limit: Duration::from_secs(60) };

    /// For a program that nobody watches: no prompts, 10 seconds.
    pub const SERVICE: Self = Self { prompts: Prompts::Never, limit: Duration::from_secs(10) };
}

/// What the keychain says without being asked for an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeychainState {
    /// Items can be read.
    Unlocked,
    /// The person must unlock it first.
    Locked,
}

/// The keychain of the person that runs this process.
#[derive(Debug, Clone)]
pub struct Keychain {
    options: KeychainOptions,
}

impl Keychain {
    /// Checks that there is a keychain to talk to; never prompts.
    pub fn open(options: KeychainOptions) -> Result<Self, KeychainError> {
        let keychain = Self { options };
        keychain.state()?;
        Ok(keychain)
    }

    /// Whether the keychain is locked; never prompts. For `doctor`.
    pub fn state(&self) -> Result<KeychainState, KeychainError> {
        worker::within(self.options.limit, |_| native::state())
    }

    /// Reads one secret.
    pub fn get(&self, item: &ItemName) -> Result<Secret, KeychainError> {
        let (item, prompts) = (item.clone(), self.options.prompts);
        worker::within(self.options.limit, move |_| {
            native::unlock(&item, prompts)?;
            read(&item)
        })
    }

    /// Stores what `make` gives, only when the unlocked keychain says that there is no
    /// such item. Otherwise `make` is not called and [`KeychainError::Exists`] is returned.
    ///
    /// This is the only way to make an item: a keychain that is locked, absent or in
    /// doubt can therefore never lead to a second key. Programs that create at the same
    /// time take turns.
    pub fn create_only(
        &self,
        item: &ItemName,
        make: impl FnOnce() -> Result<Secret, KeychainError> + Send + 'static,
    ) -> Result<(), KeychainError> {
        let (item, prompts) = (item.clone(), self.options.prompts);
        worker::within(self.options.limit, move |commitment| {
            native::unlock(&item, prompts)?;
            let _turn = turn::take()?;
            match read(&item) {
                Ok(_) => return Err(KeychainError::Exists { item }),
                Err(KeychainError::Absent { .. }) => {}
                Err(other) => return Err(other),
            }
            write(&item, &make()?, commitment)
        })
    }

    /// Replaces the secret of an item that exists; [`KeychainError::Absent`] otherwise.
    pub fn replace(&self, item: &ItemName, secret: &Secret) -> Result<(), KeychainError> {
        let (item, prompts, secret) = (item.clone(), self.options.prompts, secret.clone());
        worker::within(self.options.limit, move |commitment| {
            native::unlock(&item, prompts)?;
            let _turn = turn::take()?;
            read(&item)?;
            write(&item, &secret, commitment)
        })
    }

    /// Deletes an item; [`KeychainError::Absent`] when there is none.
    pub fn delete(&self, item: &ItemName) -> Result<(), KeychainError> {
        let (item, prompts) = (item.clone(), self.options.prompts);
        worker::within(self.options.limit, move |commitment| {
            native::unlock(&item, prompts)?;
            let _turn = turn::take()?;
            let entry = entry(&item)?;
            commitment.commit()?;
            entry.delete_credential().map_err(|e| translate(&item, e))
        })
    }
}

fn entry(item: &ItemName) -> Result<Entry, KeychainError> {
    native::store()
        .and_then(|store| store.build(SERVICE, item.as_str(), native::modifiers(item).as_ref()))
        .map_err(|e| translate(item, e))
}

fn read(item: &ItemName) -> Result<Secret, KeychainError> {
    let bytes = entry(item)?.get_secret();
    bytes.map(Secret::from).map_err(|e| translate(item, e))
}

/// Writes and reads back: a store that silently kept something else is found here, while
/// nothing depends on the secret yet.
fn write(item: &ItemName, secret: &Secret, commitment: &Commitment) -> Result<(), KeychainError> {
    let entry = entry(item)?;
    commitment.commit()?;
    entry.set_secret(secret.expose_secret()).map_err(|e| translate(item, e))?;
    let stored = Zeroizing::new(entry.get_secret().map_err(|e| translate(item, e))?);
    if stored.as_slice() == secret.expose_secret() {
        Ok(())
    } else {
        Err(KeychainError::Other { detail: format!("`{item}` reads back as something else than was stored") })
    }
}

fn translate(item: &ItemName, error: StoreError) -> KeychainError {
    match error {
        StoreError::NoEntry => KeychainError::Absent { item: item.clone() },
        StoreError::Ambiguous(found) => KeychainError::Ambiguous { item: item.clone(), count: found.len() },
        StoreError::TooLong(_, limit) => KeychainError::TooLarge { item: item.clone(), limit },
        StoreError::NoDefaultStore => KeychainError::NoService,
        StoreError::PlatformFailure(cause) => native::translate(cause.as_ref(), false),
        StoreError::NoStorageAccess(cause) => native::translate(cause.as_ref(), true),
        // These two carry the secret's bytes; nothing of them may reach a message.
        StoreError::BadEncoding(mut bytes) | StoreError::BadDataFormat(mut bytes, _) => {
            bytes.zeroize();
            KeychainError::Other {
                detail: format!("`{item}` is not stored in a form that the keychain understands"),
            }
        }
        other => KeychainError::Other { detail: other.to_string() },
    }
}
