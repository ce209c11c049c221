//! The delegation key of a founding: found where a former run left it, or made.
//!
//! INVARIANT: a key is never written over. What a run that was cut off has made is taken up.

use super::{Founding, KeyPlace, user_name};
use crate::asking::Asker;
use crate::failure::{Failure, FailureKind};
use crate::key_card::KeyCard;
use crate::profile::Profile;
use crate::steward::{Steward, security_keys};
use bailiwick_authority::{KeyId, Name, PublicKey};
use bailiwick_ceremony::{Authenticator as _, Browser, Way, Wish};
use bailiwick_client::{Config, profile as keychain_profile};
use bailiwick_keystore::{
    DelegationItem, KeyLocation, Keychain, KeychainError, KeychainOptions, PersonKey, PersonKeyError,
    SecretString,
};
use std::path::Path;
use std::sync::Arc;

/// The delegation key; it is opened only when something has to be signed.
pub(super) struct Opening {
    pub(super) name: Name,
    pub(super) key: KeyCard,
    pub(super) public: PublicKey,
    pub(super) steward: Steward,
    pub(super) taken_up: bool,
}

/// A key, whether it was there already, and the passphrase that was just chosen for it.
struct Found {
    key: KeyCard,
    taken_up: bool,
    passphrase: Option<SecretString>,
}

impl Opening {
    /// The key that this profile has, or a new one. May wait for the keychain or a passphrase.
    pub(super) fn of(
        founding: &Founding,
        profile: &Profile,
        asker: Arc<dyn Asker>,
    ) -> Result<Opening, Failure> {
        let (config, places) = (&profile.config, &profile.places);
        if let (Some(name), Some(card)) = (config.person(), config.key_card(places)) {
            if founding.name.as_ref().is_some_and(|given| *given != name) {
                return Err(Failure::usage(
                    format!("the person of this profile is `{name}`"),
                    "leave `--name` out, or use another `--data-dir`",
                ));
            }
            let found = Found { key: KeyCard::load(&card)?, taken_up: false, passphrase: None };
            return Opening::with(name, found, asker);
        }
        let name = founding.name.clone().or_else(user_name).ok_or_else(|| {
            Failure::usage(
                "the user's name on this machine cannot be a person's name here",
                "name yourself with `--name`, in a-z, 0-9, `.`, `_` and `-`",
            )
        })?;
        let place = &founding.place;
        let found = rested(place, profile, &name, &places.config.join(FIRST_CARD), None, &asker)?;
        Config::set(places, "person", "name", name.as_str())?;
        Config::set(places, "person", "key", FIRST_CARD)?;
        Opening::with(name, found, asker)
    }

    /// A further key of the person of this profile, beside the one that it has. The profile goes on signing
    /// with that one until [`Opening::take_over`]. A key that was made before at such a place and that is not
    /// enrolled is taken up.
    pub(super) fn further(
        place: &KeyPlace,
        name: &Name,
        profile: &Profile,
        is_enrolled: &dyn Fn(KeyId) -> bool,
        asker: Arc<dyn Asker>,
    ) -> Result<(Opening, String), Failure> {
        for number in 2..MOST_KEYS {
            let card = further_card(number);
            let path = profile.places.config.join(&card);
            if path.exists() {
                let known = KeyCard::load(&path)?;
                if !place.has(&known) || is_enrolled(known.public()?.id()) {
                    continue;
                }
                let found = Found { key: known, taken_up: true, passphrase: None };
                return Ok((Opening::with(name.clone(), found, asker)?, card));
            }
            let found = rested(place, profile, name, &path, Some(number), &asker)?;
            return Ok((Opening::with(name.clone(), found, asker)?, card));
        }
        Err(Failure::defect("this profile has a thousand keys"))
    }

    /// Lets the profile sign with the key of this card from now on.
    pub(super) fn take_over(profile: &Profile, card: &str) -> Result<(), Failure> {
        Ok(Config::set(&profile.places, "person", "key", card)?)
    }

    fn with(name: Name, found: Found, asker: Arc<dyn Asker>) -> Result<Opening, Failure> {
        let Found { key, taken_up, passphrase } = found;
        let steward = match passphrase {
            Some(passphrase) => Steward::with_passphrase(name.clone(), key.clone(), passphrase, asker)?,
            None => Steward::with_key(name.clone(), key.clone(), asker)?,
        };
        let public = steward.public().clone();
        Ok(Opening { name, key, public, steward, taken_up })
    }
}

/// What the first key's card is called.
const FIRST_CARD: &str = "person-key.json";

/// One more than the most keys that a profile has.
const MOST_KEYS: u32 = 1_000;

/// The cards of a profile's further keys, the newest first.
pub(crate) fn further_cards(profile: &Profile) -> Vec<String> {
    let cards = (2..MOST_KEYS).map(further_card);
    let mut cards: Vec<String> = cards.take_while(|card| profile.places.config.join(card).exists()).collect();
    cards.reverse();
    cards
}

impl KeyPlace {
    /// Whether a key of this card rests at such a place.
    fn has(&self, card: &KeyCard) -> bool {
        match (self, card) {
            (KeyPlace::Keychain, KeyCard::Kept(key)) => matches!(key.location(), KeyLocation::Keychain(_)),
            (KeyPlace::File(path), KeyCard::Kept(key)) => match key.location() {
                KeyLocation::File(known) => path.as_ref().is_none_or(|path| path == known),
                KeyLocation::Keychain(_) => false,
            },
            (KeyPlace::Passkey, KeyCard::Touched { way: Way::Browser, .. })
            | (KeyPlace::SecurityKey, KeyCard::Touched { way: Way::Usb, .. }) => true,
            _ => false,
        }
    }
}

fn further_card(number: u32) -> String {
    format!("person-key-{number}.json")
}

/// A key at `place`, with its card at `card`: found, or made. `number` tells a person's keys apart.
fn rested(
    place: &KeyPlace,
    profile: &Profile,
    name: &Name,
    card: &Path,
    number: Option<u32>,
    asker: &Arc<dyn Asker>,
) -> Result<Found, Failure> {
    let numbered = |stem: &str| number.map_or_else(|| stem.to_owned(), |number| format!("{stem}-{number}"));
    let found = match place {
        KeyPlace::Keychain => in_keychain(profile, &numbered(name.as_str()))?,
        KeyPlace::Passkey => touched(Way::Browser, card, name, asker)?,
        KeyPlace::SecurityKey => touched(Way::Usb, card, name, asker)?,
        KeyPlace::File(path) => {
            let own = || profile.places.config.join(numbered("person")).with_extension("key");
            in_file(&path.clone().unwrap_or_else(own), asker.as_ref())?
        }
    };
    if !card.exists() {
        found.key.save(card)?;
    } else if KeyCard::load(card)? != found.key {
        // A former run was cut off before it wrote the configuration.
        return Err(Failure::usage(
            format!("`{}` describes another key", card.display()),
            "use that one, or move the file away if it is of no use",
        ));
    }
    Ok(found)
}

/// A key that is touched, made on a page in the browser or in a security key at USB; one of a run that was cut
/// off is taken up.
fn touched(way: Way, card: &Path, name: &Name, asker: &Arc<dyn Asker>) -> Result<Found, Failure> {
    if card.exists() {
        return Ok(Found { key: KeyCard::load(card)?, taken_up: true, passphrase: None });
    }
    let wish = Wish {
        person: name.to_string(),
        headline: format!("Make the key that {name} signs with"),
        known: Vec::new(),
    };
    let public = match way {
        Way::Browser => {
            let told = Arc::clone(asker);
            Browser::start(move |page| told.page(page))?.enrol(&wish)?
        }
        Way::Usb => security_keys(asker)?.enrol(&wish)?,
    };
    let key = KeyCard::Touched { public, way };
    Ok(Found { key, taken_up: false, passphrase: None })
}

fn in_file(path: &Path, asker: &dyn Asker) -> Result<Found, Failure> {
    let path = std::path::absolute(path).map_err(|error| Failure::file("find", path, &error))?;
    if path.exists() {
        return Ok(Found {
            key: KeyCard::Kept(PersonKey::find_file(&path)?),
            taken_up: false,
            passphrase: None,
        });
    }
    let passphrase = asker.new_passphrase(&path)?;
    let key = KeyCard::Kept(PersonKey::create_file(&path, &passphrase)?);
    Ok(Found { key, taken_up: false, passphrase: Some(passphrase) })
}

fn in_keychain(profile: &Profile, name: &str) -> Result<Found, Failure> {
    let alternative = |error: KeychainError| {
        Failure::new(
            FailureKind::Keychain,
            format!("the delegation key cannot be kept in the keychain: {error}"),
            format!("{} (`bailiwick init --key-file`)", error.hint()),
        )
    };
    let keychain = Keychain::open(KeychainOptions::PERSON).map_err(alternative)?;
    let item = DelegationItem::new(&keychain_profile(&profile.places), name).map_err(|error| {
        Failure::usage(error.to_string(), "choose a shorter `--data-dir`, or use `--key-file`")
    })?;
    let found = |key, taken_up| Found { key: KeyCard::Kept(key), taken_up, passphrase: None };
    match PersonKey::create_in_keychain(&keychain, item.clone()) {
        // Made by a run that was cut off, or for a configuration that is gone.
        Err(PersonKeyError::Keychain(KeychainError::Exists { .. })) => {
            Ok(found(PersonKey::find_in_keychain(&keychain, item)?, true))
        }
        Err(PersonKeyError::Keychain(error)) => Err(alternative(error)),
        made => Ok(found(made?, false)),
    }
}
