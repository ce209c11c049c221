//! macOS: the person's login keychain.
//!
//! A known gap: [`Prompts::Never`] does not keep macOS from showing its prompt; the call's
//! time limit still holds.

use std::collections::HashMap;
use std::error::Error as StdError;
use std::sync::Arc;

use apple_native_keyring_store::keychain::Store;
use keyring_core::Error as StoreError;

use super::{KeychainError, KeychainState, Prompts};
use crate::item::ItemName;

pub(super) fn store() -> Result<Arc<Store>, StoreError> {
    Store::new()
}

pub(super) fn modifiers(_item: &ItemName) -> Option<HashMap<&'static str, &'static str>> {
    None
}

/// macOS has no question for this that the store asks; a locked keychain shows itself on
/// the first read.
pub(super) fn state() -> Result<KeychainState, KeychainError> {
    match store() {
        Ok(_) => Ok(KeychainState::Unlocked),
        Err(e) => Err(KeychainError::Other { detail: e.to_string() }),
    }
}

pub(super) fn unlock(_item: &ItemName, _prompts: Prompts) -> Result<(), KeychainError> {
    Ok(())
}

/// Codes of Apple's `SecBase.h`.
pub(super) fn translate(cause: &(dyn StdError + Send + Sync + 'static), no_access: bool) -> KeychainError {
    let code = cause.downcast_ref::<security_framework::base::Error>().map(|known| known.code());
    match code {
        // errSecUserCanceled
        Some(-128) => KeychainError::Dismissed,
        // errSecInteractionNotAllowed, errSecInteractionRequired
        Some(-25308 | -25315) => KeychainError::Locked,
        // errSecNotAvailable, errSecNoDefaultKeychain, errSecNoSuchKeychain, errSecInvalidKeychain
        Some(-25291 | -25307 | -25294 | -25295) => KeychainError::NoDefaultCollection,
        // errSecAuthFailed
        Some(-25293) => KeychainError::Denied,
        _ if no_access => KeychainError::Denied,
        _ => KeychainError::Other { detail: cause.to_string() },
    }
}
