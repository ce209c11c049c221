//! The delegation key of `init`: found where a former run left it, or made, and opened as late as possible.
//!
//! INVARIANT: a key is never written over. What a run that was cut off has made is taken up.

use super::Arguments;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::person::Steward;
use crate::setting::Setting;
use crate::unlock::UnlockArguments;
use bailiwick_authority::Name;
use bailiwick_client::{Config, profile};
use bailiwick_keystore::{
    DelegationItem, Keychain, KeychainError, KeychainOptions, PersonKey, PersonKeyError,
};

/// The delegation key, opened only when something has to be signed: a second `init` asks for nothing.
pub(super) struct Opening {
    pub(super) name: Name,
    pub(super) key: PersonKey,
    unlock: UnlockArguments,
    opened: Option<Steward>,
}

impl Opening {
    /// The key that this profile has, or a new one as the arguments say.
    pub(super) fn of(arguments: &Arguments, setting: &Setting) -> Result<Opening, Failure> {
        let unlock = arguments.unlock.clone();
        let (config, places) = (&setting.config, &setting.places);
        if let (Some(name), Some(card)) = (config.person(), config.key_card(places)) {
            if arguments.name.as_ref().is_some_and(|given| *given != name) {
                return Err(Failure::usage(
                    format!("the person of this profile is `{name}`"),
                    "leave `--name` out, or use another `--data-dir`",
                ));
            }
            return Ok(Opening { name, key: PersonKey::load(&card)?, unlock, opened: None });
        }
        let name = match &arguments.name {
            Some(name) => name.clone(),
            None => user_name()?,
        };
        let mut opened = None;
        let key = match &arguments.key_file {
            None => in_keychain(setting, &name)?,
            Some(path) => {
                let path = path.clone().unwrap_or_else(|| places.config.join("person.key"));
                let path =
                    std::path::absolute(&path).map_err(|error| Failure::file("find", &path, &error))?;
                if path.exists() {
                    PersonKey::find_file(&path)?
                } else {
                    let passphrase = unlock.new_passphrase(&path)?;
                    let key = PersonKey::create_file(&path, &passphrase)?;
                    opened = Some(Steward::with_passphrase(name.clone(), key.clone(), passphrase)?);
                    key
                }
            }
        };
        let card = places.config.join("person-key.json");
        if card.exists() {
            // A former run was cut off before it wrote the configuration.
            if PersonKey::load(&card)? != key {
                return Err(Failure::usage(
                    format!("`{}` describes another key", card.display()),
                    "use that one, or move the file away if it is of no use",
                ));
            }
        } else {
            key.save(&card)?;
        }
        Config::set(places, "person", "name", name.as_str())?;
        Config::set(places, "person", "key", "person-key.json")?;
        Ok(Opening { name, key, unlock, opened })
    }

    /// The person with the key opened.
    pub(super) fn steward(&mut self) -> Result<&Steward, Failure> {
        if self.opened.is_none() {
            self.opened = Some(Steward::with_key(self.name.clone(), self.key.clone(), &self.unlock)?);
        }
        self.opened.as_ref().ok_or_else(|| Failure::defect("the delegation key was not opened"))
    }
}

fn in_keychain(setting: &Setting, name: &Name) -> Result<PersonKey, Failure> {
    let alternative = |error: KeychainError| {
        Failure::new(
            Exit::NotReady,
            "keychain",
            format!("the delegation key cannot be kept in the keychain: {error}"),
            format!("{} (`bailiwick init --key-file`)", error.hint()),
        )
    };
    let keychain = Keychain::open(KeychainOptions::PERSON).map_err(alternative)?;
    let item = DelegationItem::new(&profile(&setting.places), name.as_str()).map_err(|error| {
        Failure::usage(error.to_string(), "choose a shorter `--data-dir`, or use `--key-file`")
    })?;
    match PersonKey::create_in_keychain(&keychain, item.clone()) {
        Err(PersonKeyError::Keychain(KeychainError::Exists { .. })) => {
            // Made by a run that was cut off, or for a configuration that is gone.
            setting
                .output
                .remark("the keychain has a delegation key for this profile already; it is taken up");
            Ok(PersonKey::find_in_keychain(&keychain, item)?)
        }
        Err(PersonKeyError::Keychain(error)) => Err(alternative(error)),
        made => Ok(made?),
    }
}

/// The user's name on this machine, if it can be a person's.
fn user_name() -> Result<Name, Failure> {
    let name = std::env::var("USER").or_else(|_| std::env::var("USERNAME")).unwrap_or_default();
    name.to_lowercase().parse().map_err(|_| {
        Failure::usage(
            "the user's name on this machine cannot be a person's name here",
            "name yourself with `--name`, in a-z, 0-9, `.`, `_` and `-`",
        )
    })
}
