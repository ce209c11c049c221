//! What a pause, a revocation or a halt is about, as it is written: a kind and a name.

use crate::failure::{Failure, bad_value};
use crate::setting::Setting;
use bailiwick_authority::{KeyId, Name, Target};
use bailiwick_client::Console;
use bailiwick_person::{AgentFolder, agent_argument};
use bailiwick_protocol::TargetView;
use clap::ValueEnum;

/// The kinds of target that end for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum TargetKind {
    /// A capability and all below it, by digest, the first eight digits of it, or label
    Capability,
    /// All that an agent's key holds, by name, public key or key id
    Agent,
    /// Every delegation of a person
    Person,
    /// Every use of a connection
    Connection,
}

/// The target of this kind that `text` names.
pub(crate) async fn find(
    kind: TargetKind,
    text: &str,
    console: &Console,
    setting: &Setting,
) -> Result<Target, Failure> {
    let name = |what: &str| text.parse::<Name>().map_err(|why| bad_value(what, text, &why));
    match kind {
        TargetKind::Person => Ok(Target::Person(name("a person")?)),
        TargetKind::Connection => Ok(Target::Connection(name("a connection")?)),
        TargetKind::Agent => agent(text, console, setting).await,
        TargetKind::Capability => capability(text, console).await,
    }
}

/// An agent by its name here, its public key, its key id, or a label that only one key has.
pub(crate) async fn agent(text: &str, console: &Console, setting: &Setting) -> Result<Target, Failure> {
    if let Ok(id) = text.parse::<KeyId>() {
        return Ok(Target::Agent(id));
    }
    let folder = AgentFolder::of(&setting.profile.places);
    let local = agent_argument(&folder, text);
    if let Ok((key, _)) = &local {
        return Ok(Target::Agent(key.id()));
    }
    let known = console.capabilities().await?;
    let mut ids: Vec<&str> =
        known.iter().filter(|view| view.label == text).map(|view| view.holder_id.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    match ids.as_slice() {
        [id] => Ok(Target::Agent(id.parse().map_err(|why| bad_value("a key id", id, &why))?)),
        [] => Err(Failure::usage(
            format!("no agent here and no holder of a capability is called `{text}`"),
            "name it by its public key or key id; `bailiwick capabilities` lists holders",
        )),
        _ => Err(Failure::usage(
            format!("several keys are called `{text}`"),
            "name one by its public key or key id; `bailiwick capabilities` lists holders",
        )),
    }
}

async fn capability(text: &str, console: &Console) -> Result<Target, Failure> {
    if let Ok(digest) = text.parse() {
        return Ok(Target::Capability(digest));
    }
    let known = console.capabilities().await?;
    let digits = text.strip_prefix("sha256:").unwrap_or(text);
    let meant: Vec<_> = known
        .iter()
        .filter(|view| {
            let hex = view.id.strip_prefix("sha256:").unwrap_or(&view.id);
            (digits.len() >= 8 && hex.starts_with(digits)) || (view.label == text && view.state != "expired")
        })
        .collect();
    match meant.as_slice() {
        [one] => {
            Ok(Target::Capability(one.id.parse().map_err(|why| bad_value("a capability", &one.id, &why))?))
        }
        [] => Err(Failure::usage(
            format!("there is no capability `{text}`"),
            "`bailiwick capabilities` lists them; name one by its digest",
        )),
        several => {
            let ids: Vec<String> =
                several.iter().map(|view| crate::operation_text::short(&view.id)).collect();
            Err(Failure::usage(
                format!("several capabilities are called `{text}`: {}", ids.join(", ")),
                "name one by its digest",
            ))
        }
    }
}

/// A target as it travels.
pub(crate) fn view(target: &Target) -> TargetView {
    TargetView { kind: target.kind().into(), id: target.id() }
}
