//! `init`: makes the delegation key, founds the realm and signs the shipped policy.

use crate::command::identity;
use crate::escape;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Tone;
use crate::setting::Setting;
use crate::unlock::{Founder, Terminal, UnlockArguments};
use bailiwick_authority::{Name, Text};
use bailiwick_person::founding::{Founded, Founding, KeyPlace, found};
use clap::Args;
use std::path::PathBuf;
use std::sync::Arc;

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
    /// Make the delegation key in a passkey or security key, on a page in the browser: every signature then
    /// takes a touch
    #[arg(long, conflicts_with = "key_file")]
    passkey: bool,
    /// Make the delegation key in a security key at USB, without a browser: every signature then takes a touch,
    /// and its PIN or a finger
    #[arg(long, conflicts_with_all = ["key_file", "passkey"])]
    security_key: bool,
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
    let policy_data = match &arguments.policy_data {
        Some(path) => {
            Some(std::fs::read_to_string(path).map_err(|error| Failure::file("read", path, &error))?)
        }
        None => None,
    };
    let founding = Founding {
        name: arguments.name,
        place: match arguments.key_file {
            Some(file) => KeyPlace::File(file),
            None if arguments.passkey => KeyPlace::Passkey,
            None if arguments.security_key => KeyPlace::SecurityKey,
            None => KeyPlace::Keychain,
        },
        identities: arguments.identities,
        policy_data,
    };
    let terminal = Terminal::new(setting.output, arguments.unlock, true);
    let founded = found(founding, &setting.profile, Arc::new(Founder(terminal))).await?;
    setting.remark_start(founded.started);
    if founded.taken_up {
        setting.output.remark("there was a delegation key for this profile already; it is taken up");
    }
    report(setting, &founded)
}

fn report(setting: &Setting, founded: &Founded) -> Result<Exit, Failure> {
    let (kind, place) = (founded.key.kind(), founded.key.place());
    let Founded { name, public, realm, broker_key, policy, created, .. } = founded;
    let value = serde_json::json!({
        "created": created,
        "person": name.as_str(),
        "key": {"kind": kind, "place": place, "public": public.to_line(), "id": public.id().to_string()},
        "realm": realm.to_string(),
        "broker_key": broker_key,
        "policy": policy,
        "config": setting.profile.places.config_file(),
    });
    let output = &setting.output;
    output.result(&value, || {
        let head = if *created {
            output.tone(Tone::Good, format_args!("{name} founded a realm."))
        } else {
            output.tone(Tone::Strong, "This profile is set up already; nothing was replaced.")
        };
        format!(
            "{head}\n  person      {name}\n  key         {kind}: {}\n              {}\n  realm       {realm}\n  broker      {}\n  policy      {}\n",
            escape::line(&place),
            public.to_line(),
            escape::line(broker_key),
            escape::line(policy),
        )
    })?;
    if *created {
        output.remark(
            "next: `bailiwick connect github …`, `bailiwick agent new <name>`, `bailiwick delegate …`",
        );
    }
    Ok(Exit::Done)
}
