//! `connect github`: a GitHub App with its key, signed for one address and proven by a live check.

use crate::exit::Exit;
use crate::failure::{Failure, bad_value};
use crate::output::Tone;
use crate::person::Steward;
use crate::setting::{Setting, submit};
use crate::unlock::{UnlockArguments, read_secret};
use crate::{action, escape};
use bailiwick_authority::{Connection, Digest, GitHubApp, Name};
use bailiwick_client::{Console, profile};
use bailiwick_keystore::{
    ExposeSecret, Keychain, KeychainOptions, KeychainRootStore, RootStore, RootStoreError, SecretName,
    SecretString, root_fingerprint,
};
use bailiwick_protocol::{ConnectionCheck, Status};
use clap::Args;
use std::path::{Path, PathBuf};

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
        previous: current(&status, &arguments.name)?,
        api: arguments.api.trim_end_matches('/').to_owned(),
        github: GitHubApp { app: arguments.app_id, installation: arguments.installation },
        root,
        certificate_authority,
        proxy: arguments.proxy.clone(),
    };
    setting.output.confirm(&sentence(&connection), "Sign this?", arguments.yes)?;
    let steward = Steward::of(setting, &arguments.unlock)?;
    let signed = steward.seal(realm, connection).await?;
    let keeps = !arguments.key_is_in_place;
    if let Some(secret) = secret.filter(|_| keeps) {
        store_root(setting, &arguments.name, secret, arguments.yes).await?;
    }
    let admitted = submit(&console, &signed, None).await?;
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
        (None, Some(secret)) => root_fingerprint(secret.expose_secret())
            .map(Digest::from_bytes)
            .map_err(|error| Failure::usage(format!("the App's key cannot be used: {error}"), error.hint())),
        (None, None) => Err(Failure::usage("the App's key is missing", "name it with `--key FILE`")),
    }
}

/// The statement in force for this connection, which the new one follows.
fn current(status: &Status, name: &Name) -> Result<Option<Digest>, Failure> {
    let view = status.connections.iter().find(|view| view.name == name.as_str());
    view.map(|view| view.statement.parse().map_err(|why| bad_value("a statement", &view.statement, &why)))
        .transpose()
}

fn sentence(connection: &Connection) -> String {
    let mut text = format!(
        "the connection `{}`: App {} with installation {} at {}\n  key {}",
        connection.series,
        connection.github.app,
        connection.github.installation,
        escape::line(&connection.api),
        connection.root
    );
    if let Some(proxy) = &connection.proxy {
        text.push_str(&format!("\n  through the proxy {}", escape::line(proxy)));
    }
    if let Some(authority) = &connection.certificate_authority {
        let digest = Digest::of(authority.as_bytes());
        text.push_str(&format!("\n  trusting only the certificate authorities with digest {digest}"));
    }
    if connection.previous.is_some() {
        text.push_str("\n  it takes the place of the connection of this name");
    }
    text
}

/// Puts the App's key into the keychain's root store of this profile.
async fn store_root(setting: &Setting, name: &Name, secret: SecretString, yes: bool) -> Result<(), Failure> {
    if setting.config.broker.roots.as_deref().is_some_and(|roots| roots != "keychain") {
        return Err(Failure::usage(
            "this broker does not have its root secrets from the keychain (`broker.roots`)",
            format!(
                "hand it over as `connection.{name}` where the broker reads its roots, and add `--key-is-in-place`"
            ),
        ));
    }
    let (profile, name) = (profile(&setting.places), SecretName::new(&format!("connection.{name}"))?);
    let output = setting.output;
    // The keychain may show its own prompt: never on an asynchronous worker.
    let stored = tokio::task::spawn_blocking(move || {
        let alternative = |error: bailiwick_keystore::KeychainError| {
            Failure::new(
                Exit::NotReady,
                "keychain",
                format!("the App's key cannot be kept in the keychain: {error}"),
                format!(
                    "{}. The alternative is a broker with `--roots stdin` or `credentials`, and `--key-is-in-place` here",
                    error.hint()
                ),
            )
        };
        let keychain = Keychain::open(KeychainOptions::PERSON).map_err(alternative)?;
        let store = KeychainRootStore::new(keychain, &profile);
        match store.create_only(&name, &secret) {
            Err(RootStoreError::Exists { .. }) => {
                if store.get(&name)?.expose_secret() == secret.expose_secret() {
                    return Ok(());
                }
                output.confirm("the keychain has another key for this connection", "Replace it?", yes)?;
                Ok(store.replace(&name, &secret)?)
            }
            stored => Ok(stored?),
        }
    });
    stored.await.map_err(|error| Failure::defect(format!("the keychain's answer was lost: {error}")))?
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
