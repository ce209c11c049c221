//! `request`: an agent asks for one operation.
//!
//! The capability that fits is chosen among those that are kept, or fetched; the invocation is signed
//! with the agent's key and sent to the agent socket. No person's key and no console socket is touched.

use super::agent::{fetch_chains, realm_and_broker};
use super::wait::{Patience, await_outcome};
use crate::action::Action;
use crate::capability_choice::{Choice, Wish, find};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::moment;
use crate::setting::Setting;
use bailiwick_authority::{Arguments as ActionArguments, Digest, Invocation, Name, Realm, Value, seal};
use bailiwick_client::Agent;
use bailiwick_person::Chain;
use bailiwick_person::envelope_text;
use bailiwick_person::{AgentFolder, AgentKey};
use bailiwick_protocol::{Ask, ErrorCode};
use clap::Args;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// An invocation lives this long; the broker takes it once, and only in this time.
const LIFE_SECONDS: u64 = 60;

/// After so many capabilities that turn out to be revoked no other is tried: a halt looks the same.
const MOST_REVOKED: usize = 3;

/// What to ask for.
#[derive(Args, Debug)]
#[command(
    after_help = "Example:\n  bailiwick request github.merge --repo acme/backend branch=feat-123 target=main"
)]
pub(crate) struct Arguments {
    /// The action, by id or alias: `github.merge`
    #[arg(required_unless_present = "replay")]
    action: Option<String>,
    /// Its arguments: `name=value`
    #[arg(value_name = "NAME=VALUE")]
    values: Vec<String>,
    /// The repository, `owner/name`
    #[arg(long, value_name = "REPO")]
    repo: Option<String>,
    /// Which agent asks; the only one there is if absent
    #[arg(long = "as", value_name = "AGENT")]
    agent: Option<Name>,
    /// A key file from elsewhere instead of an agent's name
    #[arg(long, value_name = "FILE", conflicts_with = "agent")]
    key: Option<PathBuf>,
    /// The capability to use, by digest or label, even if it does not fit
    #[arg(long, value_name = "CAPABILITY")]
    capability: Option<String>,
    /// A chain file to use instead of the capabilities that are kept, even if it does not fit
    #[arg(long, value_name = "FILE", conflicts_with = "capability")]
    chain: Option<PathBuf>,
    /// The connection, where a capability has several
    #[arg(long, value_name = "NAME")]
    connection: Option<Name>,
    /// What the agent saw, for the receipt: `name=value`; may be given several times
    #[arg(long = "claim", value_name = "NAME=VALUE")]
    claims: Vec<String>,
    #[command(flatten)]
    patience: Patience,
    /// Keep what is sent in FILE
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,
    /// Send what `--save` kept in FILE, unchanged
    #[arg(long, value_name = "FILE", conflicts_with_all = ["action", "values", "repo", "capability", "chain", "claims", "save"])]
    replay: Option<PathBuf>,
}

/// What `--save` writes and `--replay` sends.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Saved {
    chain: Vec<String>,
    invocation: String,
}

pub(crate) async fn run(arguments: Arguments, setting: &Setting) -> Result<Exit, Failure> {
    let agent = Agent::connect(&arguments.patience.socket(setting)).await?;
    let mut revoked = Vec::new();
    loop {
        let (saved, leaf) = match &arguments.replay {
            Some(file) => (read_saved(file)?, None),
            None => {
                let (saved, leaf) = make(&arguments, setting, &agent, &revoked).await?;
                (saved, Some(leaf))
            }
        };
        if let Some(file) = &arguments.save {
            save(file, &saved)?;
        }
        let Saved { chain, invocation } = saved;
        let ask = Ask { chain, invocation, wait_ms: arguments.patience.first_wait_ms() };
        let operation = agent.ask(&ask).await?;
        let was_revoked = operation.reason.as_ref().is_some_and(|reason| reason.code == ErrorCode::Revoked);
        match leaf {
            // Nothing ran, and what is kept does not know of revocations: another capability may fit.
            Some(leaf) if was_revoked && !arguments.names_capability() && revoked.len() < MOST_REVOKED => {
                revoked.push(leaf);
                if make(&arguments, setting, &agent, &revoked).await.is_err() {
                    return await_outcome(&agent, operation, &arguments.patience, setting).await;
                }
            }
            _ => return await_outcome(&agent, operation, &arguments.patience, setting).await,
        }
    }
}

impl Arguments {
    fn names_capability(&self) -> bool {
        self.capability.is_some() || self.chain.is_some()
    }
}

/// The request, signed under a capability that is not among `revoked`, and that capability.
async fn make(
    arguments: &Arguments,
    setting: &Setting,
    agent: &Agent,
    revoked: &[Digest],
) -> Result<(Saved, Digest), Failure> {
    let folder = AgentFolder::of(&setting.profile.places);
    let key = folder.choose(arguments.agent.as_ref(), arguments.key.as_deref())?;
    let action = Action::find(arguments.action.as_deref().unwrap_or_default())?;
    let (repo, values) = read_values(action, arguments)?;
    let (realm, broker) = realm_and_broker(agent)?;
    if setting.profile.config.genesis().is_some_and(|pinned| pinned != realm) {
        return Err(Failure::unverified(
            format!("the broker's realm is {realm}, and another one was pinned in this profile"),
            "name the profile with `--data-dir`, or the socket with `--socket`",
        ));
    }
    let id = action.action_id()?;
    let now = moment::now()?;
    let wish = Wish {
        action: &id,
        resource: &repo,
        arguments: &values,
        connection: arguments.connection.as_ref(),
        now,
    };
    let choice = choose(arguments, &wish, agent, &key, &folder, revoked).await?;
    let invocation = Invocation {
        leaf: choice.chain.leaf().digest(),
        broker,
        action: id.clone(),
        connection: choice.connection,
        resource: choice.resource,
        arguments: values,
        expires: now.plus(LIFE_SECONDS),
        claims: claims(&arguments.claims)?,
    };
    let signed = seal(&key, Realm::Of(realm), now, moment::nonce()?, invocation).map_err(|error| {
        Failure::usage(format!("this cannot be signed: {error}"), "mend the arguments; nothing was sent")
    })?;
    let leaf = choice.chain.leaf().digest();
    Ok((Saved { chain: choice.chain.envelopes().to_vec(), invocation: envelope_text(&signed)? }, leaf))
}

async fn choose(
    arguments: &Arguments,
    wish: &Wish<'_>,
    agent: &Agent,
    key: &AgentKey,
    folder: &AgentFolder,
    revoked: &[Digest],
) -> Result<Choice, Failure> {
    if let Some(file) = &arguments.chain {
        return wish.under(Chain::read(file)?);
    }
    if let Some(named) = &arguments.capability {
        let chain = match find(folder.chains(key)?, named) {
            Ok(chain) => chain,
            Err(_) => {
                fetch_chains(agent, key, folder).await?;
                find(folder.chains(key)?, named)?
            }
        };
        return wish.under(chain);
    }
    let kept = || -> Result<Vec<Chain>, Failure> {
        let mut chains = folder.chains(key)?;
        chains.retain(|chain| !revoked.contains(&chain.leaf().digest()));
        Ok(chains)
    };
    if let Ok(choice) = wish.choose(kept()?) {
        return Ok(choice);
    }
    // What is kept does not fit; perhaps more was delegated since.
    fetch_chains(agent, key, folder).await?;
    wish.choose(kept()?).map_err(|reasons| {
        let hint = if reasons.is_empty() {
            "nothing is delegated to this key: ask a steward for `bailiwick delegate`".to_owned()
        } else {
            format!("{}. Ask a steward for a capability that fits", reasons.join("; "))
        };
        Failure::new(
            Exit::Refused,
            ErrorCode::NotAuthorised.as_str(),
            format!("no capability of this agent allows {} on `{}` like this", wish.action, wish.resource),
            hint,
        )
    })
}

/// The repository and the typed arguments.
fn read_values(action: &Action, arguments: &Arguments) -> Result<(String, ActionArguments), Failure> {
    let mut repo = arguments.repo.clone();
    let mut values = ActionArguments::new();
    for text in &arguments.values {
        let (name, value) = text.split_once('=').ok_or_else(|| {
            Failure::usage(format!("`{text}` is not an argument"), "write arguments as `name=value`")
        })?;
        if name == "repo" && repo.is_none() {
            repo = Some(value.to_owned());
            continue;
        }
        let parameter = action.parameter(name).ok_or_else(|| {
            let names: Vec<&str> = action.arguments.iter().map(|one| one.name).collect();
            Failure::usage(
                format!("{} has no argument `{name}`", action.alias),
                format!("its arguments are {}", names.join(", ")),
            )
        })?;
        if values.insert(name.to_owned(), parameter.value(value)?).is_some() {
            return Err(Failure::usage(format!("`{name}` is given twice"), "give each argument once"));
        }
    }
    let absent = action.arguments.iter().find(|one| one.required && !values.contains_key(one.name));
    if let Some(parameter) = absent {
        return Err(Failure::usage(
            format!("{} needs the argument `{}`", action.alias, parameter.name),
            format!("add `{}=…`", parameter.name),
        ));
    }
    let repo = repo.ok_or_else(|| {
        Failure::usage(format!("{} needs a repository", action.alias), "add `--repo owner/name`")
    })?;
    Ok((repo, values))
}

fn claims(texts: &[String]) -> Result<Value, Failure> {
    let mut claims = BTreeMap::new();
    for text in texts {
        let (name, value) = text.split_once('=').ok_or_else(|| {
            Failure::usage(format!("`{text}` is not a claim"), "write claims as `name=value`")
        })?;
        claims.insert(name.to_owned(), Value::Str(value.to_owned()));
    }
    Ok(Value::Object(claims))
}

fn read_saved(file: &Path) -> Result<Saved, Failure> {
    let text = std::fs::read_to_string(file).map_err(|error| Failure::file("read", file, &error))?;
    serde_json::from_str(&text).map_err(|error| {
        Failure::usage(
            format!("`{}` is not a saved request: {error}", file.display()),
            "use a file that `bailiwick request --save` wrote",
        )
    })
}

fn save(file: &Path, saved: &Saved) -> Result<(), Failure> {
    let text = serde_json::to_string(saved).map_err(|error| Failure::defect(error.to_string()))?;
    std::fs::write(file, text + "\n").map_err(|error| Failure::file("write", file, &error))
}
