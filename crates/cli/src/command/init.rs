//! `init`: makes the delegation key, founds the realm and signs the shipped policy.
//!
//! INVARIANT: a genesis is never replaced and a key never written over. Every step looks first whether it
//! was done, so that an `init` that was cut off goes on where it stopped, and a second one says what is there.

mod opening;

use crate::agent_folder::create_private_folder;
use crate::exit::Exit;
use crate::failure::{Failure, bad_value};
use crate::output::Tone;
use crate::person::Steward;
use crate::setting::{Setting, submit};
use crate::unlock::UnlockArguments;
use crate::{escape, shipped_policy};
use bailiwick_authority::{Digest, EnrolledKey, Name, Person, Realm, Role, Roster, Text, Unverified};
use bailiwick_client::{Config, Console};
use bailiwick_keystore::KeyLocation;
use bailiwick_protocol::Status;
use clap::Args;
use opening::Opening;
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
        Some(_) if !arguments.identities.is_empty() => {
            return Err(Failure::usage(
                "the roster is in force already, and `init` changes none",
                "leave `--identity` out",
            ));
        }
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
        Some(_) if arguments.policy_data.is_some() => {
            return Err(Failure::usage(
                "a policy is in force already, and `init` replaces none",
                "leave `--policy-data` out",
            ));
        }
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
