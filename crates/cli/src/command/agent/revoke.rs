//! `agent revoke`: an agent ends a capability that it passed on, with everything below it. It needs no
//! person: stopping is easy, and an agent can stop only what descends from itself.

use super::realm_and_broker;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::setting::Setting;
use crate::{moment, stopped_text};
use bailiwick_authority::{Name, Realm, Revocation, Signer, Target, Text, seal};
use bailiwick_client::Agent;
use bailiwick_person::Chain;
use bailiwick_person::envelope_text;
use bailiwick_person::{AgentFolder, AgentKey};
use bailiwick_protocol::Revoke;
use clap::Args;
use std::path::{Path, PathBuf};

/// What to end, and as whom.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// The sub-agent in this profile whose capabilities end, or the chain file of the one that ends
    #[arg(value_name = "AGENT|FILE")]
    what: String,
    /// The agent that passed it on; the one in this profile that did if absent
    #[arg(long = "as", value_name = "AGENT")]
    agent: Option<Name>,
    /// Its key file, where it is not in this profile
    #[arg(long, value_name = "FILE", conflicts_with = "agent")]
    key: Option<PathBuf>,
    /// Why, in the agent's words
    #[arg(long, value_name = "TEXT", default_value = "not stated")]
    reason: Text,
    /// The agent socket, where it is not this profile's
    #[arg(long, value_name = "SOCKET", env = "BAILIWICK_AGENT_SOCKET")]
    socket: Option<PathBuf>,
}

pub(crate) async fn run(arguments: Arguments, setting: &Setting) -> Result<Exit, Failure> {
    let folder = AgentFolder::of(&setting.profile.places);
    let chains: Vec<Chain> =
        chains(&arguments, &folder)?.into_iter().filter(|chain| chain.links().len() > 1).collect();
    if chains.is_empty() {
        return Err(Failure::usage(
            format!("nothing that an agent passed on is kept for `{}`", arguments.what),
            "name the chain file of the capability that ends; what a person delegated a person revokes",
        ));
    }
    let socket = arguments.socket.clone().unwrap_or_else(|| setting.profile.places.agent_socket());
    let agent = Agent::connect(&socket).await?;
    let (realm, _) = realm_and_broker(&agent)?;
    let mut all = Vec::new();
    for chain in &chains {
        let key = issuer(&arguments, &folder, chain)?;
        let body = Revocation {
            target: Target::Capability(chain.leaf().digest()),
            reason: arguments.reason.clone(),
        };
        let signed = seal(&key, Realm::Of(realm), moment::now()?, moment::nonce()?, body)
            .map_err(|error| Failure::defect(error.to_string()))?;
        let revoke = Revoke { envelope: envelope_text(&signed)?, chain: chain.envelopes().to_vec() };
        all.push(agent.revoke(&revoke).await?);
    }
    let output = &setting.output;
    output.result(&all, || all.iter().map(|stopped| stopped_text::stopped(output, stopped)).collect())?;
    Ok(Exit::Done)
}

fn chains(arguments: &Arguments, folder: &AgentFolder) -> Result<Vec<Chain>, Failure> {
    if let Ok(name) = arguments.what.parse::<Name>()
        && folder.names()?.contains(&name)
    {
        return Ok(folder.chains(&folder.open(&name)?)?);
    }
    Ok(vec![Chain::read(Path::new(&arguments.what))?])
}

/// The key of an agent above the last link.
fn issuer(arguments: &Arguments, folder: &AgentFolder, chain: &Chain) -> Result<AgentKey, Failure> {
    if arguments.agent.is_some() || arguments.key.is_some() {
        return Ok(folder.choose(arguments.agent.as_ref(), arguments.key.as_deref())?);
    }
    let above = chain.links().len().saturating_sub(1);
    for name in folder.names()? {
        let key = folder.open(&name)?;
        let holds = |link: &bailiwick_authority::Unverified<bailiwick_authority::Capability>| {
            link.body().holder.id() == key.public().id()
        };
        if chain.links().iter().take(above).any(holds) {
            return Ok(key);
        }
    }
    Err(Failure::not_set_up(
        "no agent of this profile stands above that capability",
        "name the key of the agent that passed it on with `--key FILE`",
    ))
}
