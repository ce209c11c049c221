//! `init`: makes the delegation key, founds the realm and signs the shipped policy.
//!
//! INVARIANT: a genesis is never replaced and a key never written over. Every step looks first whether it
//! was done, so that an `init` that was cut off goes on where it stopped, and a second one says what is there.

use crate::agent_folder::create_private_folder;
use crate::exit::Exit;
use crate::failure::{Failure, bad_value};
use crate::output::Tone;
use crate::person::Steward;
use crate::setting::{Setting, submit};
use crate::unlock::UnlockArguments;
use crate::{escape, shipped_policy};
use bailiwick_authority::{Digest, EnrolledKey, Name, Person, Realm, Role, Roster, Text, Unverified};
use bailiwick_client::{Config, Console, profile};
use bailiwick_keystore::{
    DelegationItem, KeyLocation, Keychain, KeychainError, KeychainOptions, PersonKey, PersonKeyError,
};
use bailiwick_protocol::Status;
use clap::Args;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// How to set the profile up.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// The person's name in this realm; the user's name on this machine if absent
    #[arg(long, value_name = "NAME")]
    name: Option<Name>,
    /// Keep the delegation key in a passphrase-encrypted file instead of the keychain; `person.key` in the
    /// configuration folder if no FILE is named. An existing key file is taken up
    #[arg(long, value_name = "FILE", num_args = 0..=1)]
    key_file: Option<Option<PathBuf>>,
    /// The person's id at a destination, for instance the number of a GitHub user: `github=583231`
    #[arg(long = "identity", value_name = "CONNECTION=ID", value_parser = identity)]
    identities: Vec<(Name, Text)>,
    /// Sign these calendars and protected paths instead of the shipped ones
    #[arg(long, value_name = "FILE")]
    policy_data: Option<PathBuf>,
    #[command(flatten)]
    unlock: UnlockArguments,
}

pub(crate) async fn run(arguments: Arguments, setting: &Setting) -> Result<Exit, Failure> {
    let data = match &arguments.policy_data {
        Some(path) => {
            Some(std::fs::read_to_string(path).map_err(|error| Failure::file("read", path, &error))?)
        }
        None => None,
    };
    create_private_folder(&setting.places.config)?;
    let mut steward = Opening::of(&arguments, setting)?;
    let (console, status) = setting.console_unpinned().await?;
    setting.check_pins_or_none(&status)?;
    let (realm, founded) = match &status.realm {
        Some(realm) => (recognise(&console, realm, &mut steward, setting).await?, false),
        None if setting.config.pins.genesis.is_some() => {
            return Err(Failure::unverified(
                "a genesis was pinned here, and the broker has none",
                "the broker's data are gone: restore them, or use another `--data-dir`",
            ));
        }
        None => (found(&console, &arguments, &mut steward).await?, true),
    };
    Config::set(&setting.places, "pins", "genesis", &realm.to_string())?;
    Config::set(&setting.places, "pins", "broker_key", &status.broker_key)?;
    let policy = match &status.policy {
        Some(policy) => policy.clone(),
        None => {
            let texts = shipped_policy::texts(data);
            let body = shipped_policy::statement(&texts, None);
            let statement = steward.steward()?.seal(realm, body).await?;
            submit(&console, &statement, Some(texts)).await?.digest
        }
    };
    report(setting, &steward, realm, &status.broker_key, &policy, founded)
}

impl Setting {
    /// As [`Setting::check_pins`], where a broker without a realm is not yet wrong.
    fn check_pins_or_none(&self, status: &Status) -> Result<(), Failure> {
        if status.realm.is_none() { Ok(()) } else { self.check_pins(status) }
    }
}

/// The delegation key, opened only when something has to be signed: a second `init` asks for nothing.
struct Opening {
    name: Name,
    key: PersonKey,
    unlock: UnlockArguments,
    opened: Option<Steward>,
}

impl Opening {
    fn of(arguments: &Arguments, setting: &Setting) -> Result<Opening, Failure> {
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

    fn steward(&mut self) -> Result<&Steward, Failure> {
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

/// Signs and hands in the genesis.
async fn found(console: &Console, arguments: &Arguments, opening: &mut Opening) -> Result<Digest, Failure> {
    let steward = opening.steward()?;
    let place = match opening_place(steward) {
        "keychain" => "keychain",
        _ => "key file",
    };
    let enrolled: Text = format!("{place} on {}", machine())
        .parse()
        .or_else(|_| place.parse())
        .map_err(|why| bad_value("a place", place, &why))?;
    let key =
        EnrolledKey { key: steward.public().clone(), assurance: steward.assurance(), enrolled, end: None };
    let person = Person {
        name: steward.name().clone(),
        roles: vec![Role::Steward, Role::Approver, Role::Security],
        identities: arguments.identities.iter().cloned().collect::<BTreeMap<_, _>>(),
        keys: vec![key],
    };
    let roster = Roster { previous: None, change_quorum: 1, persons: vec![person] };
    let genesis = steward.seal_in(Realm::Genesis, roster).await?;
    submit(console, &genesis, None).await?;
    Ok(genesis.digest())
}

fn opening_place(steward: &Steward) -> &'static str {
    steward.assurance().as_str()
}

/// The realm that the broker has already, if this person founded it; a realm of somebody else is refused.
async fn recognise(
    console: &Console,
    realm: &str,
    opening: &mut Opening,
    setting: &Setting,
) -> Result<Digest, Failure> {
    let digest: Digest = realm.parse().map_err(|why| bad_value("a realm", realm, &why))?;
    if setting.config.genesis() == Some(digest) {
        return Ok(digest);
    }
    let foreign = || {
        Failure::new(
            Exit::Refused,
            "not-permitted",
            format!("this broker belongs to the realm {digest}, which was not founded with this key"),
            "a genesis is never replaced: ask its founder to enrol you, or use another `--data-dir`",
        )
    };
    let envelope = console.statement(realm).await?;
    let genesis: Unverified<Roster> = Unverified::parse(envelope.as_bytes())
        .map_err(|error| Failure::unverified(format!("the genesis is not well-formed: {error}"), ""))?;
    let own = bailiwick_authority::PublicKey::ed25519(&opening.key.public())
        .map_err(|error| Failure::defect(error.to_string()))?;
    if genesis.digest() != digest || genesis.common().issuer != own.id() {
        return Err(foreign());
    }
    genesis.verify(&own).map_err(|_| foreign())?;
    Ok(digest)
}

fn report(
    setting: &Setting,
    opening: &Opening,
    realm: Digest,
    broker_key: &str,
    policy: &str,
    founded: bool,
) -> Result<Exit, Failure> {
    let public = bailiwick_authority::PublicKey::ed25519(&opening.key.public())
        .map_err(|error| Failure::defect(error.to_string()))?;
    let (kind, place) = match opening.key.location() {
        KeyLocation::Keychain(item) => ("keychain", item.to_string()),
        KeyLocation::File(path) => ("file", path.display().to_string()),
    };
    let value = serde_json::json!({
        "created": founded,
        "person": opening.name.as_str(),
        "key": {"kind": kind, "place": place, "public": public.to_line(), "id": public.id().to_string()},
        "realm": realm.to_string(),
        "broker_key": broker_key,
        "policy": policy,
        "config": setting.places.config_file(),
    });
    let output = &setting.output;
    output.result(&value, || {
        let head = if founded {
            output.tone(Tone::Good, format_args!("{} founded a realm.", opening.name))
        } else {
            output.tone(Tone::Strong, "This profile is set up already; nothing was replaced.")
        };
        format!(
            "{head}\n  person      {}\n  key         {kind}: {}\n              {}\n  realm       {realm}\n  broker      {}\n  policy      {}\n",
            opening.name,
            escape::line(&place),
            public.to_line(),
            escape::line(broker_key),
            escape::line(policy),
        )
    })?;
    if founded {
        output.remark(
            "next: `bailiwick connect github …`, `bailiwick agent new <name>`, `bailiwick delegate …`",
        );
    }
    Ok(Exit::Done)
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

#[cfg(unix)]
fn machine() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

#[cfg(not(unix))]
fn machine() -> String {
    std::env::var("COMPUTERNAME").unwrap_or_else(|_| "this machine".to_owned())
}

fn identity(text: &str) -> Result<(Name, Text), String> {
    let (connection, id) = text.split_once('=').ok_or("write it as `github=583231`")?;
    let connection = connection.parse().map_err(|why| format!("`{connection}`: {why}"))?;
    Ok((connection, id.parse().map_err(|why| format!("`{id}`: {why}"))?))
}
