//! `agent fetch`: proves an agent's key to the broker and keeps the capabilities that were issued to it.

use super::list::row;
use crate::exit::Exit;
use crate::failure::{Failure, bad_value};
use crate::moment;
use crate::setting::Setting;
use bailiwick_authority::{Digest, Fetch, KeyId, Name, Realm, Signer, seal};
use bailiwick_client::Agent;
use bailiwick_person::Chain;
use bailiwick_person::envelope_text;
use bailiwick_person::{AgentFolder, AgentKey};
use clap::Args;
use serde_json::json;
use std::path::PathBuf;

/// A proof lives as long as an invocation may.
const PROOF_SECONDS: u64 = 60;

/// Whose capabilities to fetch, and where.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// The agent's name; the only agent there is if absent
    name: Option<Name>,
    /// A key file from elsewhere instead of a name; the capabilities are kept beside it
    #[arg(long, value_name = "FILE", conflicts_with = "name")]
    key: Option<PathBuf>,
    /// The agent socket, where it is not this profile's
    #[arg(long, value_name = "SOCKET", env = "BAILIWICK_AGENT_SOCKET")]
    socket: Option<PathBuf>,
}

pub(crate) async fn run(arguments: Arguments, setting: &Setting) -> Result<Exit, Failure> {
    let folder = AgentFolder::of(&setting.profile.places);
    let key = folder.choose(arguments.name.as_ref(), arguments.key.as_deref())?;
    let socket = arguments.socket.clone().unwrap_or_else(|| setting.profile.places.agent_socket());
    let agent = Agent::connect(&socket).await?;
    let chains = fetch_chains(&agent, &key, &folder).await?;
    let now = agent.greeting().now;
    let values: Vec<serde_json::Value> = chains
        .iter()
        .map(|(chain, path)| {
            json!({
                "capability": chain.leaf().digest().to_string(),
                "links": chain.links().len(),
                "label": chain.leaf().body().label.as_str(),
                "expires": chain.leaf().body().expires.seconds(),
                "file": path,
            })
        })
        .collect();
    setting.output.result(&values, || {
        if chains.is_empty() {
            return "nothing is delegated to this key; ask a steward for `bailiwick delegate --to …`".into();
        }
        chains.iter().map(|(chain, _)| row(chain, now) + "\n").collect()
    })?;
    Ok(Exit::Done)
}

/// Fetches the capabilities of `key` and keeps them beside it.
pub(crate) async fn fetch_chains(
    agent: &Agent,
    key: &AgentKey,
    folder: &AgentFolder,
) -> Result<Vec<(Chain, PathBuf)>, Failure> {
    let (realm, broker) = realm_and_broker(agent)?;
    let issued = moment::now()?;
    let proof = Fetch { holder: key.public().clone(), broker, expires: issued.plus(PROOF_SECONDS) };
    let proof = seal(key, Realm::Of(realm), issued, moment::nonce()?, proof)
        .map_err(|error| Failure::defect(error.to_string()))?;
    for chain in folder.chains(key)? {
        if chain.leaf().body().expires <= issued {
            folder.forget(key, &chain)?;
        }
    }
    let answer = agent.fetch(envelope_text(&proof)?).await?;
    let mut kept = Vec::new();
    for envelopes in answer.chains {
        let chain = Chain::parse(envelopes).map_err(|why| {
            Failure::unverified(
                format!("the broker handed out something that is not a chain: {why}"),
                "check that broker and client have the same version",
            )
        })?;
        if chain.leaf().body().expires <= issued {
            continue;
        }
        let path = folder.keep(key, &chain)?;
        kept.push((chain, path));
    }
    Ok(kept)
}

/// The realm and the broker that a greeting names.
pub(crate) fn realm_and_broker(agent: &Agent) -> Result<(Digest, KeyId), Failure> {
    let greeting = agent.greeting();
    let broker = greeting.broker.parse().map_err(|why| bad_value("a broker", &greeting.broker, &why))?;
    let realm = greeting.realm.as_ref().ok_or_else(|| {
        Failure::not_set_up("this broker has no realm yet", "a person founds one with `bailiwick init`")
    })?;
    Ok((realm.parse().map_err(|why| bad_value("a realm", realm, &why))?, broker))
}
