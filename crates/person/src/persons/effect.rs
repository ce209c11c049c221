//! What the end of a key does to what it signed.

use super::InForce;
use crate::{action, escape, moment};
use bailiwick_authority::{KeyEnd, KeyId, Kind};
use bailiwick_protocol::{CapabilityView, SignedEntry};

/// What stops, what stands, and what is to be looked at, each in words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Effect {
    /// What stops.
    pub stops: Vec<String>,
    /// What it signed and what stays in force.
    pub stands: Vec<String>,
}

impl Effect {
    /// Line by line, for whoever is about to sign.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = vec!["it signs nothing any more".to_owned()];
        lines.extend(self.stops.iter().map(|one| format!("stops: {one}")));
        lines.extend(self.stands.iter().map(|one| format!("stands: {one}")));
        lines
    }
}

impl InForce {
    /// What the end of a key does to what it signed. What has ended already is not told of.
    pub fn effect(&self, key: KeyId, end: KeyEnd) -> Effect {
        let signed = self.use_of(key).map(|known| known.signed.as_slice()).unwrap_or_default();
        let falls = |place: u64| match end {
            KeyEnd::Rotated => false,
            KeyEnd::Retired => true,
            KeyEnd::CompromisedSince(entry) => place >= entry,
        };
        let mut effect = Effect::default();
        for entry in signed.iter().filter(|entry| entry.kind == Kind::Capability.as_str()) {
            let Some(words) = self.capability(entry) else { continue };
            if falls(entry.sequence) { effect.stops.push(words) } else { effect.stands.push(words) }
        }
        if let KeyEnd::CompromisedSince(since) = end {
            for entry in signed.iter().filter(|entry| entry.sequence >= since) {
                effect.stops.extend(since_then(entry));
            }
        }
        effect
    }

    /// A capability that lasts, in words.
    fn capability(&self, entry: &SignedEntry) -> Option<String> {
        match self.capabilities.iter().find(|known| known.id == entry.statement) {
            Some(known) if matches!(known.state.as_str(), "active" | "not-yet") => Some(words(known)),
            Some(_) => None,
            None => Some(format!("the capability {}", escape::line(&entry.statement))),
        }
    }
}

/// What is to be done about another statement that may be somebody else's.
fn since_then(entry: &SignedEntry) -> Option<String> {
    let place = entry.sequence;
    if entry.kind == Kind::Policy.as_str() || entry.kind == Kind::Connection.as_str() {
        return Some(format!(
            "the {} of entry {place}, if it is the last one: it is void until it is signed again",
            entry.kind
        ));
    }
    let is_roster = entry.kind == Kind::Roster.as_str();
    is_roster.then(|| format!("not by itself the roster of entry {place}: look at who and what came with it"))
}

fn words(capability: &CapabilityView) -> String {
    let does = |id: &String| action::ACTIONS.iter().find(|known| known.id == id).map(|known| known.does);
    let mut actions: Vec<&str> = Vec::new();
    let mut places: Vec<String> = Vec::new();
    for grant in &capability.grants {
        for id in &grant.actions {
            let action = does(id).unwrap_or(id);
            if !actions.contains(&action) {
                actions.push(action);
            }
        }
        for resource in &grant.resources {
            let place = escape::line(&resource.name).to_string();
            if !places.contains(&place) {
                places.push(place);
            }
        }
    }
    format!(
        "{} may {} in {} until {}",
        escape::line(&capability.label),
        escape::line(&actions.join(" or ")),
        places.join(" or "),
        moment::local(capability.expires)
    )
}
