//! `agent list`: the agents of this profile, their keys, and the chains that are kept for them.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::setting::Setting;
use crate::{escape, moment};
use bailiwick_authority::Signer;
use bailiwick_person::Chain;
use bailiwick_person::{AgentFolder, AgentKey};
use clap::Args;
use serde_json::json;

/// Nothing to choose.
#[derive(Args, Debug)]
pub(crate) struct Arguments {}

pub(crate) fn run(_: &Arguments, setting: &Setting) -> Result<Exit, Failure> {
    let folder = AgentFolder::of(&setting.profile.places);
    let now = moment::now()?.seconds();
    let mut values = Vec::new();
    let mut text = String::new();
    for name in folder.names()? {
        let key = folder.open(&name)?;
        let chains = folder.chains(&key)?;
        text.push_str(&format!("{name}  {}\n", key.public().to_line()));
        for chain in &chains {
            text.push_str(&format!("  {}\n", row(chain, now)));
        }
        values.push(value(&name, &key, &chains));
    }
    setting.output.result(&values, || {
        if text.is_empty() {
            "there is no agent in this profile; make one with `bailiwick agent new <name>`".to_owned()
        } else {
            text
        }
    })?;
    Ok(Exit::Done)
}

/// A chain on one line.
pub(crate) fn row(chain: &Chain, now: u64) -> String {
    let leaf = chain.leaf().body();
    let actions: Vec<&str> =
        leaf.grants.iter().flat_map(|grant| &grant.actions).map(|action| action.as_str()).collect();
    let mut actions = actions;
    actions.dedup();
    let until = if leaf.expires.seconds() <= now { "expired" } else { "until" };
    format!(
        "{}  {}: {}, {until} {}",
        chain.leaf().digest().short(),
        escape::line(leaf.label.as_str()),
        actions.join(", "),
        moment::local(leaf.expires.seconds())
    )
}

fn value(name: &bailiwick_authority::Name, key: &AgentKey, chains: &[Chain]) -> serde_json::Value {
    let chains: Vec<serde_json::Value> = chains
        .iter()
        .map(|chain| {
            let leaf = chain.leaf().body();
            json!({
                "capability": chain.leaf().digest().to_string(),
                "links": chain.links().len(),
                "label": leaf.label.as_str(),
                "expires": leaf.expires.seconds(),
            })
        })
        .collect();
    json!({
        "name": name.as_str(),
        "public": key.public().to_line(),
        "id": key.public().id().to_string(),
        "key_file": key.path(),
        "capabilities": chains,
    })
}
