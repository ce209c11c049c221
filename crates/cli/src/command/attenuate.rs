//! `attenuate`: an agent passes on a narrower capability, offline, signed with its own key.
//!
//! What is not narrowed is passed on as it is, one link less deep. A child that would ask for more is
//! refused before anything is signed, with the reason.

use crate::capability_choice::find;
use crate::command::delegate::rate;
use crate::exit::Exit;
use crate::failure::{Failure, bad_value};
use crate::narrowing::{Narrowing, check, narrowed};
use crate::output::Tone;
use crate::setting::Setting;
use crate::{moment, sentence};
use bailiwick_authority::{Capability, Name, Rate, Realm, Signer, Text, seal};
use bailiwick_person::Chain;
use bailiwick_person::envelope_text;
use bailiwick_person::{AgentFolder, AgentKey, agent_argument};
use clap::Args;
use std::path::{Path, PathBuf};

/// What to pass on, and to whom.
#[derive(Args, Debug)]
#[command(
    after_help = "Example:\n  bailiwick attenuate --from ci-bot --to ed25519:… --allow github.comment --for 30m --out reviewer.json"
)]
pub(crate) struct Arguments {
    /// The agent that passes on, or a chain file that `--out` or `agent fetch` wrote
    #[arg(long, value_name = "AGENT|FILE")]
    from: String,
    /// The sub-agent: a name of this profile, or its public key (`ed25519:…`)
    #[arg(long, value_name = "AGENT")]
    to: String,
    /// Which of the agent's capabilities, by digest or label; the only one there is if absent
    #[arg(long, value_name = "CAPABILITY")]
    capability: Option<String>,
    /// The key file of the agent that passes on, where it is not in this profile
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    #[command(flatten)]
    narrowing: Narrowing,
    /// For how long from now; until the parent ends if absent
    #[arg(long = "for", value_name = "TIME", value_parser = moment::seconds)]
    seconds: Option<u64>,
    /// How often, in all
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u64).range(1..))]
    max_uses: Option<u64>,
    /// How fast: `10/60s`
    #[arg(long, value_name = "USES/TIME", value_parser = rate)]
    rate: Option<Rate>,
    /// Through how many more agents it may be passed on; one less than the parent if absent
    #[arg(long, value_name = "LINKS")]
    depth: Option<u64>,
    /// What it is for
    #[arg(long, value_name = "TEXT", default_value = "not stated")]
    purpose: Text,
    /// What to call the holder
    #[arg(long, value_name = "TEXT")]
    label: Option<Text>,
    /// Write the chain to FILE, for the sub-agent; kept beside its key if that is in this profile
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments, setting: &Setting) -> Result<Exit, Failure> {
    let folder = AgentFolder::of(&setting.profile.places);
    let (key, parent) = parent(arguments, &folder)?;
    let (holder, agent) = agent_argument(&folder, &arguments.to)?;
    if arguments.out.is_none() && agent.is_none() {
        return Err(Failure::usage(
            "there is no place to put the chain: the sub-agent's key is not in this profile",
            "name a file with `--out FILE`",
        ));
    }
    let label = match (&arguments.label, &agent) {
        (Some(label), _) => label.clone(),
        (None, Some(name)) => {
            name.as_str().parse().map_err(|why| bad_value("a label", name.as_str(), &why))?
        }
        (None, None) => {
            let text = format!("agent {}", holder.id().digest().short());
            text.parse().map_err(|why| bad_value("a label", &text, &why))?
        }
    };
    let now = moment::now()?;
    let above = parent.leaf().body();
    let child = Capability {
        parent: Some(parent.leaf().digest()),
        holder,
        label,
        grants: narrowed(&above.grants, &arguments.narrowing)?,
        not_before: now.max(above.not_before),
        expires: arguments.seconds.map_or(above.expires, |seconds| now.plus(seconds)),
        max_uses: arguments.max_uses.or(above.max_uses),
        rate: arguments.rate.or(above.rate),
        max_depth: arguments.depth.unwrap_or_else(|| above.max_depth.saturating_sub(1)),
        purpose: arguments.purpose.clone(),
    };
    check(above, &child, &parent, now)?;
    let issuer = key.name.as_ref().map_or_else(|| "this agent".to_owned(), Name::to_string);
    setting.output.remark(sentence::capability(&issuer, &child));
    let realm: Realm = parent.leaf().common().realm;
    let signed = seal(&key, realm, now, moment::nonce()?, child).map_err(|error| {
        Failure::usage(format!("this cannot be signed: {error}"), "mend the narrowing; nothing was signed")
    })?;
    let chain = parent.extended(envelope_text(&signed)?).map_err(Failure::defect)?;
    let file = match &agent {
        Some(name) => Some(folder.keep(&folder.open(name)?, &chain)?),
        None => None,
    };
    if let Some(out) = &arguments.out {
        chain.write(out)?;
    }
    let file = arguments.out.clone().or(file);
    let value = serde_json::json!({
        "capability": signed.digest().to_string(),
        "parent": parent.leaf().digest().to_string(),
        "links": chain.links().len(),
        "label": signed.body().label.as_str(),
        "holder": signed.body().holder.to_line(),
        "expires": signed.body().expires.seconds(),
        "file": file,
    });
    let output = &setting.output;
    output.result(&value, || {
        format!(
            "{} {} in `{}`",
            output.tone(Tone::Good, "passed on"),
            signed.digest(),
            file.as_deref().unwrap_or(Path::new("")).display()
        )
    })?;
    Ok(Exit::Done)
}

/// The capability that is passed on, and the key that holds it.
fn parent(arguments: &Arguments, folder: &AgentFolder) -> Result<(AgentKey, Chain), Failure> {
    if let Ok(name) = arguments.from.parse::<Name>()
        && folder.names()?.contains(&name)
    {
        let key = folder.open(&name)?;
        let mut chains = folder.chains(&key)?;
        let chain = match (&arguments.capability, chains.len()) {
            (Some(text), _) => find(chains, text)?,
            (None, 1) => chains.remove(0),
            (None, 0) => {
                return Err(Failure::not_set_up(
                    format!("no capability is kept for `{name}`"),
                    format!("fetch what was delegated: `bailiwick agent fetch {name}`"),
                ));
            }
            (None, _) => {
                return Err(Failure::usage(
                    format!("`{name}` has several capabilities"),
                    "say which with `--capability`; `bailiwick agent list` shows them",
                ));
            }
        };
        return Ok((key, chain));
    }
    let file = Path::new(&arguments.from);
    if !file.exists() {
        return Err(Failure::usage(
            format!("`{}` is neither an agent of this profile nor a file", arguments.from),
            "`bailiwick agent list` shows the agents",
        ));
    }
    let chain = Chain::read(file)?;
    let holder = chain.leaf().body().holder.id();
    if let Some(path) = &arguments.key {
        return Ok((AgentKey::open(path)?, chain));
    }
    for name in folder.names()? {
        let key = folder.open(&name)?;
        if key.public().id() == holder {
            return Ok((key, chain));
        }
    }
    Err(Failure::not_set_up(
        "the key that holds this capability is not in this profile",
        "name its file with `--key FILE`",
    ))
}
