//! `connect github`: a GitHub App with its key, signed for one address and proven by a live check.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Tone;
use crate::setting::Setting;
use crate::unlock::{Terminal, UnlockArguments, read_secret};
use crate::{action, escape};
use bailiwick_authority::{Connection, Digest, GitHubApp, Name};
use bailiwick_client::Console;
use bailiwick_keystore::SecretString;
use bailiwick_person::connecting::{self, Root};
use bailiwick_protocol::ConnectionCheck;
use clap::Args;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const GITHUB: &str = "https://api.github.com";

/// Which App, and where.
#[derive(Args, Debug)]
#[command(
    after_help = "Example:\n  bailiwick connect github --app-id 12345 --installation 678 --key app.private-key.pem"
)]
pub(crate) struct Arguments {
    /// The App's number
    #[arg(long, value_name = "NUMBER")]
    app_id: u64,
    /// The installation's number
    #[arg(long, value_name = "NUMBER")]
    installation: u64,
    /// The App's private key, as GitHub gave it (PEM); `-` reads standard input
    #[arg(long, value_name = "FILE", required_unless_present = "fingerprint")]
    key: Option<PathBuf>,
    /// The broker has the key from elsewhere (`broker --roots stdin` or `credentials`): only take its
    /// fingerprint
    #[arg(long)]
    key_is_in_place: bool,
    /// The key's fingerprint, where the key itself is not at hand: `sha256:…` over its public half
    #[arg(long, value_name = "DIGEST", conflicts_with_all = ["key", "key_is_in_place"])]
    fingerprint: Option<Digest>,
    /// The API's address; GitHub Enterprise: `https://HOST/api/v3`
    #[arg(long, value_name = "URL", default_value = GITHUB)]
    api: String,
    /// The HTTP proxy to go through
    #[arg(long, value_name = "URL")]
    proxy: Option<String>,
    /// Trust the certificate authorities in FILE (PEM) at this address instead of the system's
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// What to call the connection
    #[arg(long, value_name = "NAME", default_value = "github")]
    name: Name,
    /// Sign without asking
    #[arg(long, short)]
    yes: bool,
    #[command(flatten)]
    unlock: UnlockArguments,
}

pub(crate) async fn run(arguments: Arguments, setting: &Setting) -> Result<Exit, Failure> {
    let is_stdin = |file: &Option<PathBuf>| file.as_deref() == Some(Path::new("-"));
    if is_stdin(&arguments.key) && is_stdin(&arguments.unlock.passphrase_from) {
        return Err(Failure::usage(
            "the key and the passphrase cannot both be read from standard input",
            "put one of them into a file that only you can read",
        ));
    }
    let secret = match &arguments.key {
        Some(file) => Some(read_secret(file)?),
        None => None,
    };
    let root = fingerprint(&arguments, secret.as_ref())?;
    let certificate_authority = match &arguments.ca {
        Some(path) => {
            Some(std::fs::read_to_string(path).map_err(|error| Failure::file("read", path, &error))?)
        }
        None => None,
    };
    let (console, status, realm) = setting.realm().await?;
    let connection = Connection {
        series: arguments.name.clone(),
        previous: connecting::current(&status, &arguments.name)?,
        api: arguments.api.trim_end_matches('/').to_owned(),
        github: GitHubApp { app: arguments.app_id, installation: arguments.installation },
        root,
        certificate_authority,
        proxy: arguments.proxy.clone(),
    };
    let steward = setting.steward(&arguments.unlock, arguments.yes)?;
    let unsigned = steward.write(realm, &connection)?;
    let consent = steward.ask(connecting::shown(&unsigned, None)).await?;
    let root_secret = secret.filter(|_| !arguments.key_is_in_place).map(|secret| Root {
        secret,
        profile: &setting.profile,
        asker: Some(Arc::new(Terminal::new(setting.output, arguments.unlock.clone(), arguments.yes))),
    });
    let (signed, admitted) =
        connecting::conclude(&console, &steward, unsigned, None, &consent, root_secret).await?;
    let check = live_check(&console, &arguments.name).await?;
    let value = serde_json::json!({
        "connection": arguments.name.as_str(),
        "statement": signed.digest().to_string(),
        "sequence": admitted.sequence,
        "root": root.to_string(),
        "check": check,
    });
    setting.output.result(&value, || checked(setting, &arguments.name, &check))?;
    if status.mode == "sidecar" && signed.body().api.starts_with("https://") {
        setting.output.remark(
            "advisory mode: the broker runs as your own user, so a program that runs unconfined as you can \
             read the App's key from the unlocked keychain (SECURITY.md)",
        );
    }
    Ok(Exit::Done)
}

fn fingerprint(arguments: &Arguments, secret: Option<&SecretString>) -> Result<Digest, Failure> {
    match (arguments.fingerprint, secret) {
        (Some(fingerprint), _) => Ok(fingerprint),
        (None, Some(secret)) => Ok(connecting::fingerprint(secret)?),
        (None, None) => Err(Failure::usage("the App's key is missing", "name it with `--key FILE`")),
    }
}

/// The statement holds whatever the check says, so a failed check says so.
async fn live_check(console: &Console, name: &Name) -> Result<ConnectionCheck, Failure> {
    console.check(name.as_str()).await.map_err(|error| {
        let hint = format!(
            "{}. The connection is signed; once it works, `bailiwick doctor` shows what it may do",
            error.hint
        );
        Failure::new(Exit::of(error.code), error.code.as_str(), error.message, hint)
    })
}

/// What a connection may and may not do, in words.
fn checked(setting: &Setting, name: &Name, check: &ConnectionCheck) -> String {
    let output = &setting.output;
    let mut text = format!(
        "{} `{name}`: the App {} acts for {}\n",
        output.tone(Tone::Good, "connected"),
        escape::line(&check.app),
        escape::line(&check.account)
    );
    let permissions: Vec<String> = check
        .permissions
        .iter()
        .map(|(permission, level)| format!("{}: {}", escape::line(permission), escape::line(level)))
        .collect();
    text.push_str(&format!("  permissions   {}\n", permissions.join(", ")));
    for resource in &check.resources {
        text.push_str(&format!(
            "  repository    {} ({})\n",
            escape::line(&resource.name),
            escape::line(&resource.id)
        ));
    }
    if check.missing.is_empty() {
        let aliases: Vec<&str> = action::ACTIONS.iter().map(|action| action.alias).collect();
        text.push_str(&format!("  may           {}\n", aliases.join(", ")));
    }
    for missing in &check.missing {
        text.push_str(&format!("  {}     {}\n", output.tone(Tone::Bad, "missing "), escape::line(missing)));
    }
    if check.clock_skew_seconds.unsigned_abs() > 2 {
        text.push_str(&format!(
            "  clock         the destination's is {} s {} of ours\n",
            check.clock_skew_seconds.unsigned_abs(),
            if check.clock_skew_seconds > 0 { "ahead" } else { "behind" }
        ));
    }
    text
}
