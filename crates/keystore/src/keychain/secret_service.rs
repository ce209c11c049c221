//! Linux and the BSDs: the freedesktop Secret Service, over D-Bus in pure Rust.
//!
//! The keyring store unlocks by itself and so may prompt at any time. Before it is asked
//! for anything, this module looks at the locks and opens them or refuses; after that the
//! store finds nothing locked. CAUTION: a search in a locked collection may find nothing,
//! so "absent" is believed only of an unlocked default collection.

use std::collections::HashMap;
use std::error::Error as StdError;
use std::sync::Arc;

use keyring_core::Error as StoreError;
use secret_service::blocking::{Item, SecretService};
use secret_service::{EncryptionType, Error};
use zbus_secret_service_keyring_store::Store;

use super::{KeychainError, KeychainState, Prompts, SERVICE};
use crate::item::ItemName;

/// Opens a connection of its own.
pub(super) fn store() -> Result<Arc<Store>, StoreError> {
    Store::new()
}

/// Gives the item a label that a person can recognise in the keychain program.
pub(super) fn modifiers(_item: &ItemName) -> Option<HashMap<&'static str, &'static str>> {
    Some(HashMap::from([("label", "Bailiwick")]))
}

/// Whether the default collection is locked; never prompts.
pub(super) fn state() -> Result<KeychainState, KeychainError> {
    let service = connect()?;
    let collection = service.get_default_collection().map_err(no_collection)?;
    match collection.is_locked().map_err(|e| classify(&e))? {
        true => Ok(KeychainState::Locked),
        false => Ok(KeychainState::Unlocked),
    }
}

/// Opens whatever is locked between us and the item, or says why not.
pub(super) fn unlock(item: &ItemName, prompts: Prompts) -> Result<(), KeychainError> {
    let service = connect()?;
    let collection = service.get_default_collection().map_err(no_collection)?;
    if collection.is_locked().map_err(|e| classify(&e))? {
        if prompts == Prompts::Never {
            return Err(KeychainError::Locked);
        }
        collection.unlock().map_err(|e| classify(&e))?;
        if collection.is_locked().map_err(|e| classify(&e))? {
            return Err(KeychainError::Dismissed);
        }
    }
    let wanted = HashMap::from([("service", SERVICE), ("username", item.as_str())]);
    let found = service.search_items(wanted).map_err(|e| classify(&e))?;
    let count = found.locked.len() + found.unlocked.len();
    if count > 1 {
        return Err(KeychainError::Ambiguous { item: item.clone(), count });
    }
    // The one item may lie in another collection, locked by itself.
    if !found.locked.is_empty() {
        if prompts == Prompts::Never {
            return Err(KeychainError::Locked);
        }
        let locked: Vec<&Item<'_>> = found.locked.iter().collect();
        service.unlock_all(&locked).map_err(|e| classify(&e))?;
    }
    Ok(())
}

/// Reads the store's cause; the store hands it through as it came.
pub(super) fn translate(cause: &(dyn StdError + Send + Sync + 'static), _no_access: bool) -> KeychainError {
    match cause.downcast_ref::<Error>() {
        Some(known) => classify(known),
        None => KeychainError::Other { detail: cause.to_string() },
    }
}

fn connect() -> Result<SecretService<'static>, KeychainError> {
    SecretService::connect(EncryptionType::Dh).map_err(|e| classify(&e))
}

fn no_collection(error: Error) -> KeychainError {
    match error {
        Error::NoResult => KeychainError::NoDefaultCollection,
        other => classify(&other),
    }
}

fn classify(error: &Error) -> KeychainError {
    match error {
        Error::Unavailable => KeychainError::NoBus,
        Error::Locked => KeychainError::Locked,
        Error::Prompt => KeychainError::Dismissed,
        Error::Zbus(bus) => classify_bus(bus),
        Error::ZbusFdo(bus) => classify_bus(&zbus::Error::FDO(Box::new(bus.clone()))),
        other => KeychainError::Other { detail: other.to_string() },
    }
}

fn classify_bus(error: &zbus::Error) -> KeychainError {
    use zbus::Error as Bus;
    match error {
        Bus::Address(_) | Bus::InputOutput(_) | Bus::Connection(..) | Bus::Handshake(_) => {
            KeychainError::NoBus
        }
        Bus::MethodError(name, _, _) => by_name(name.as_str(), error),
        Bus::FDO(inner) => match inner.as_ref() {
            zbus::fdo::Error::ZBus(nested) => classify_bus(nested),
            named => by_name(zbus::DBusError::name(named).as_str(), error),
        },
        other => KeychainError::Other { detail: other.to_string() },
    }
}

fn by_name(name: &str, error: &zbus::Error) -> KeychainError {
    const BUS: &str = "org.freedesktop.DBus.Error.";
    match name.strip_prefix(BUS).unwrap_or(name) {
        "ServiceUnknown" | "NameHasNoOwner" | "NoServer" => KeychainError::NoService,
        spawned if spawned.starts_with("Spawn.") => KeychainError::NoService,
        "Disconnected" => KeychainError::NoBus,
        "AccessDenied" | "AuthFailed" => KeychainError::Denied,
        "org.freedesktop.Secret.Error.IsLocked" => KeychainError::Locked,
        _ => KeychainError::Other { detail: error.to_string() },
    }
}
