//! Founding: the delegation key, the genesis, the shipped policy, the pins.
//!
//! INVARIANT: a genesis is never replaced and a key never written over. Every step looks first whether it
//! was done, so that a founding that was cut off goes on where it stopped, and a second one says what is there.

mod inviting;
mod opening;

pub(crate) use inviting::new_key;
pub use inviting::{Invited, invite};
pub(crate) use opening::further_cards;

use crate::agent_folder::create_private_folder;
use crate::asking::{Asker, Shown};
use crate::failure::{Failure, FailureKind, bad_value};
use crate::key_card::KeyCard;
use crate::profile::Profile;
use crate::submission::submit;
use crate::{sentence, shipped_policy};
use bailiwick_authority::{
    Digest, EnrolledKey, Name, Person, PolicySet, PublicKey, Realm, Role, Roster, Text, Unsigned, Unverified,
};
use bailiwick_client::{Config, Console, Started};
use bailiwick_protocol::{ErrorCode, PolicyTexts, Status};
use opening::Opening;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

/// Where a delegation key is to rest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyPlace {
    /// In the keychain.
    Keychain,
    /// In a passphrase-encrypted file; `person.key` in the configuration folder if none is named. A file
    /// that exists is taken up.
    File(Option<PathBuf>),
    /// In a passkey or security key, touched on a page in the browser.
    Passkey,
    /// In a security key at USB, touched without a browser.
    SecurityKey,
}

/// What to found.
#[derive(Clone, Debug)]
pub struct Founding {
    /// The person's name; the user's name on this machine if absent.
    pub name: Option<Name>,
    /// Where the key is to rest, where there is none yet.
    pub place: KeyPlace,
    /// The person's ids at destinations.
    pub identities: Vec<(Name, Text)>,
    /// Calendars and protected paths to sign instead of the shipped ones.
    pub policy_data: Option<String>,
}

/// What there is now.
#[derive(Clone, Debug)]
pub struct Founded {
    /// The person.
    pub name: Name,
    /// The delegation key.
    pub key: KeyCard,
    /// Its public half.
    pub public: PublicKey,
    /// The realm.
    pub realm: Digest,
    /// The broker's public key.
    pub broker_key: String,
    /// The policy in force, by digest.
    pub policy: String,
    /// Whether the realm was founded just now.
    pub created: bool,
    /// Whether a key that was there already was taken up.
    pub taken_up: bool,
    /// Whether the broker was started for this.
    pub started: Started,
}

/// Founds what has not been founded yet: one question, then a genesis and a policy.
pub async fn found(founding: Founding, profile: &Profile, asker: Arc<dyn Asker>) -> Result<Founded, Failure> {
    create_private_folder(&profile.places.config)?;
    let opening = opening(&founding, profile, Arc::clone(&asker)).await?;
    let (console, status, started) = profile.console_unpinned().await?;
    profile.check_pins_or_none(&status)?;
    let (genesis, known) = match &status.realm {
        Some(_) if !founding.identities.is_empty() => {
            return Err(Failure::usage(
                "the roster is in force already, and `init` changes none",
                "leave `--identity` out",
            ));
        }
        Some(realm) => (None, Some(recognise(&console, realm, &opening, profile).await?)),
        None if profile.config.pins.genesis.is_some() => {
            return Err(Failure::unverified(
                "a genesis was pinned here, and the broker has none",
                "the broker's data are gone: restore them, or use another `--data-dir`",
            ));
        }
        None => (Some(opening.steward.write_in(Realm::Genesis, &roster(&founding, &opening)?)?), None),
    };
    let realm = match (known, &genesis) {
        (Some(realm), _) => realm,
        (None, Some(genesis)) => genesis.digest(),
        (None, None) => return Err(Failure::defect("there is neither a realm nor a genesis")),
    };
    let policy = unsigned_policy(&founding, &status, &opening, realm)?;
    let created = genesis.is_some();
    let policy = sign_both(&console, profile, &status, &opening, realm, genesis, policy).await?;
    let Opening { name, key, public, taken_up, .. } = opening;
    Ok(Founded {
        name,
        key,
        public,
        realm,
        broker_key: status.broker_key,
        policy,
        created,
        taken_up,
        started,
    })
}

/// The key is found or made where waiting for the keychain or a passphrase holds nothing up.
async fn opening(founding: &Founding, profile: &Profile, asker: Arc<dyn Asker>) -> Result<Opening, Failure> {
    let (founding, profile) = (founding.clone(), profile.clone());
    crate::steward::blocking(move || Opening::of(&founding, &profile, asker)).await
}

type UnsignedPolicy = (Unsigned<PolicySet>, PolicyTexts);

fn unsigned_policy(
    founding: &Founding,
    status: &Status,
    opening: &Opening,
    realm: Digest,
) -> Result<Option<UnsignedPolicy>, Failure> {
    match &status.policy {
        Some(_) if founding.policy_data.is_some() => Err(Failure::usage(
            "a policy is in force already, and `init` replaces none",
            "leave `--policy-data` out",
        )),
        Some(_) => Ok(None),
        None => {
            let texts = shipped_policy::texts(founding.policy_data.clone());
            let unsigned = opening.steward.write(realm, &shipped_policy::statement(&texts, None))?;
            Ok(Some((unsigned, texts)))
        }
    }
}

/// Asks once, signs and hands in what is left to sign, and pins. Answers the policy in force.
async fn sign_both(
    console: &Console,
    profile: &Profile,
    status: &Status,
    opening: &Opening,
    realm: Digest,
    genesis: Option<Unsigned<Roster>>,
    policy: Option<UnsignedPolicy>,
) -> Result<String, Failure> {
    let steward = &opening.steward;
    let of_genesis =
        genesis.as_ref().map(|one| Shown::of("Found your realm", &sentence::roster(one.body()), one));
    let of_policy = policy
        .as_ref()
        .map(|(one, texts)| Shown::of("Sign the policy", &sentence::policy(one.body(), texts), one));
    let shown = match (of_genesis, of_policy) {
        (Some(genesis), Some(policy)) => Some(genesis.and(policy)),
        (genesis, policy) => genesis.or(policy),
    };
    let consent = match shown {
        Some(shown) => Some(steward.ask(shown).await?),
        None => None,
    };
    if let (Some(genesis), Some(consent)) = (genesis, &consent) {
        submit(console, &steward.sign(genesis, consent).await?, None).await?;
    }
    Config::set(&profile.places, "pins", "genesis", &realm.to_string())?;
    Config::set(&profile.places, "pins", "broker_key", &status.broker_key)?;
    match (policy, &consent) {
        (Some((policy, texts)), Some(consent)) => {
            Ok(submit(console, &steward.sign(policy, consent).await?, Some(texts)).await?.digest)
        }
        _ => Ok(status.policy.clone().unwrap_or_default()),
    }
}

fn roster(founding: &Founding, opening: &Opening) -> Result<Roster, Failure> {
    let steward = &opening.steward;
    let key = enrolled_key(opening)?;
    let person = Person {
        name: steward.name().clone(),
        roles: vec![Role::Steward, Role::Approver, Role::Security],
        identities: founding.identities.iter().cloned().collect::<BTreeMap<_, _>>(),
        keys: vec![key],
    };
    Ok(Roster { previous: None, change_quorum: 1, persons: vec![person], recovery: None })
}

/// The key as a roster lists it.
fn enrolled_key(opening: &Opening) -> Result<EnrolledKey, Failure> {
    let place = match opening.key.kind() {
        "file" => "key file",
        other => other,
    };
    let enrolled: Text = format!("{place} on {}", machine())
        .parse()
        .or_else(|_| place.parse())
        .map_err(|why| bad_value("a place", place, &why))?;
    let steward = &opening.steward;
    Ok(EnrolledKey { key: steward.public().clone(), assurance: steward.assurance(), enrolled, end: None })
}

/// The realm that the broker has already, if this person founded it; a realm of somebody else is refused.
async fn recognise(
    console: &Console,
    realm: &str,
    opening: &Opening,
    profile: &Profile,
) -> Result<Digest, Failure> {
    let digest: Digest = realm.parse().map_err(|why| bad_value("a realm", realm, &why))?;
    if profile.config.genesis() == Some(digest) {
        return Ok(digest);
    }
    let foreign = || {
        Failure::new(
            FailureKind::Broker(ErrorCode::NotPermitted),
            format!("this broker belongs to the realm {digest}, which was not founded with this key"),
            "a genesis is never replaced: ask its founder to enrol you, or use another `--data-dir`",
        )
    };
    let envelope = console.statement(realm).await?;
    let genesis: Unverified<Roster> = Unverified::parse(envelope.as_bytes())
        .map_err(|error| Failure::unverified(format!("the genesis is not well-formed: {error}"), ""))?;
    if genesis.digest() != digest || genesis.common().issuer != opening.public.id() {
        return Err(foreign());
    }
    genesis.verify(&opening.public).map_err(|_| foreign())?;
    Ok(digest)
}

/// The user's name on this machine, if it can be a person's.
pub fn user_name() -> Option<Name> {
    let name = std::env::var("USER").or_else(|_| std::env::var("USERNAME")).unwrap_or_default();
    name.to_lowercase().parse().ok()
}

/// What this machine is called.
#[cfg(unix)]
pub(crate) fn machine() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

/// What this machine is called.
#[cfg(not(unix))]
pub(crate) fn machine() -> String {
    std::env::var("COMPUTERNAME").unwrap_or_else(|_| "this machine".to_owned())
}
