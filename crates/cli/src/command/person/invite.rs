//! `person invite`: a newcomer makes a key on their own machine and prints the invitation to it.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Tone;
use crate::setting::Setting;
use crate::unlock::{Terminal, UnlockArguments};
use bailiwick_authority::{Digest, Name};
use bailiwick_person::founding::{Founding, KeyPlace, invite};
use bailiwick_person::persons::invitation_text;
use clap::Args;
use std::path::PathBuf;
use std::sync::Arc;

/// Where a new key is to rest.
#[derive(Args, Clone, Debug)]
pub(crate) struct KeyPlaceArguments {
    /// Keep the key in a passphrase-encrypted file instead of the keychain
    #[arg(long, value_name = "FILE", num_args = 0..=1)]
    key_file: Option<Option<PathBuf>>,
    /// Make the key in a passkey or security key, on a page in the browser
    #[arg(long, conflicts_with = "key_file")]
    passkey: bool,
    /// Make the key in a security key at USB, without a browser
    #[arg(long, conflicts_with_all = ["key_file", "passkey"])]
    security_key: bool,
}

impl KeyPlaceArguments {
    pub(crate) fn place(&self) -> KeyPlace {
        match &self.key_file {
            Some(file) => KeyPlace::File(file.clone()),
            None if self.passkey => KeyPlace::Passkey,
            None if self.security_key => KeyPlace::SecurityKey,
            None => KeyPlace::Keychain,
        }
    }
}

/// Who asks, and to be enrolled where.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// The realm, as its steward's `bailiwick status` names it
    #[arg(long, value_name = "DIGEST")]
    realm: Digest,
    /// Your name in the realm; the user's name on this machine if absent
    #[arg(long, value_name = "NAME")]
    name: Option<Name>,
    #[command(flatten)]
    place: KeyPlaceArguments,
    #[command(flatten)]
    unlock: UnlockArguments,
}

pub(crate) async fn run(arguments: Arguments, setting: &Setting) -> Result<Exit, Failure> {
    let founding = Founding {
        name: arguments.name,
        place: arguments.place.place(),
        identities: Vec::new(),
        policy_data: None,
    };
    let terminal = Arc::new(Terminal::new(setting.output, arguments.unlock, true));
    let invited = invite(founding, arguments.realm, &setting.profile, terminal).await?;
    let text = invitation_text(&invited.invitation)?;
    let code = bailiwick_card::code_text(&invited.invitation.digest());
    let value = serde_json::json!({
        "invitation": text,
        "code": code,
        "key": invited.invitation.body().key.key.id().to_string(),
        "kind": invited.key.0,
    });
    let output = &setting.output;
    output.result(&value, || format!("{text}\n"))?;
    output.remark(format_args!(
        "send this line to a steward, and tell them the four words by another way: {}",
        output.tone(Tone::Strong, &code)
    ));
    Ok(Exit::Done)
}
