//! Windows: the Credential Manager of the logged-in user.
//!
//! It is open while the user is logged in and never prompts. It stores at most 2,560 bytes
//! an item, which is enough for an Ed25519 key and for a 2048-bit RSA key in PEM.

use std::collections::HashMap;
use std::error::Error as StdError;
use std::sync::Arc;

use keyring_core::Error as StoreError;
use windows_native_keyring_store::Store;

use super::{KeychainError, KeychainState, Prompts};
use crate::item::ItemName;

pub(super) fn store() -> Result<Arc<Store>, StoreError> {
    Store::new()
}

/// Keeps items on this machine; the store's default would let them roam with the profile.
pub(super) fn modifiers(_item: &ItemName) -> Option<HashMap<&'static str, &'static str>> {
    Some(HashMap::from([("persistence", "Local")]))
}

pub(super) fn state() -> Result<KeychainState, KeychainError> {
    Ok(KeychainState::Unlocked)
}

pub(super) fn unlock(_item: &ItemName, _prompts: Prompts) -> Result<(), KeychainError> {
    Ok(())
}

/// The store reports a missing log-on session (a service without a profile) as no access.
pub(super) fn translate(cause: &(dyn StdError + Send + Sync + 'static), no_access: bool) -> KeychainError {
    if no_access {
        return KeychainError::Denied;
    }
    KeychainError::Other { detail: cause.to_string() }
}
