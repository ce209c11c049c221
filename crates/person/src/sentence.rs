//! Statements in words, as a person is shown them before signing: every field that gives authority.

use crate::action::ACTIONS;
use crate::shipped_policy;
use crate::{constraint_text, escape, moment};
use bailiwick_authority::{Capability, Connection, Digest, Grant, KeyEnd, PolicySet, Roster};
use bailiwick_protocol::{PolicyTexts, TargetView};

/// The capability in words, several lines. `issuer` is who gives it.
pub fn capability(issuer: &str, capability: &Capability) -> String {
    let mut text = format!(
        "{} lets {} ({})\n",
        escape::line(issuer),
        escape::line(capability.label.as_str()),
        capability.holder.to_line()
    );
    for line in &capability.grants {
        text.push_str(&format!("  - {}\n", grant(line)));
    }
    text.push_str(&format!(
        "from {} until {} ({})",
        moment::local(capability.not_before.seconds()),
        moment::local(capability.expires.seconds()),
        moment::length(capability.expires.since(capability.not_before))
    ));
    if let Some(uses) = capability.max_uses {
        text.push_str(&format!(", at most {uses} times"));
    }
    if let Some(rate) = capability.rate {
        text.push_str(&format!(", at most {} times in {}", rate.uses, moment::length(rate.seconds)));
    }
    text.push_str(&match capability.max_depth {
        0 => "; it cannot be passed on".to_owned(),
        1 => "; it can be passed on once, narrowed".to_owned(),
        depth => format!("; it can be passed on through {depth} more agents, each time narrowed"),
    });
    text.push_str(&format!("\nfor: {}\n", escape::line(capability.purpose.as_str())));
    text
}

/// A grant in words, one line.
pub fn grant(grant: &Grant) -> String {
    let actions: Vec<String> = grant
        .actions
        .iter()
        .map(|id| {
            let known = ACTIONS.iter().find(|action| action.id == id.as_str());
            known.map_or_else(|| id.to_string(), |action| format!("{} ({id})", action.does))
        })
        .collect();
    let resources: Vec<String> = grant
        .resources
        .iter()
        .map(|resource| format!("{} ({})", escape::line(resource.name.as_str()), resource.id))
        .collect();
    let mut text =
        format!("{} in {} through `{}`", actions.join(" or "), resources.join(" or "), grant.connection);
    if !grant.arguments.is_empty() {
        let arguments: Vec<String> = grant
            .arguments
            .iter()
            .map(|(name, constraint)| format!("{name} {}", constraint_text::words(constraint)))
            .collect();
        text.push_str(&format!(", where {}", arguments.join(", ")));
    }
    text
}

/// A connection in words, several lines.
pub fn connection(connection: &Connection) -> String {
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

/// A roster in words, several lines.
pub fn roster(roster: &Roster) -> String {
    let mut text = match roster.previous {
        None => "a new realm, with these people and keys:".to_owned(),
        Some(_) => "the people and keys of this realm become:".to_owned(),
    };
    for person in &roster.persons {
        let roles: Vec<&str> = person.roles.iter().map(|role| role.as_str()).collect();
        let roles = if roles.is_empty() { "no role".to_owned() } else { roles.join(", ") };
        text.push_str(&format!("\n  {} ({roles})", person.name));
        for (connection, id) in &person.identities {
            text.push_str(&format!("\n    at {connection}: {}", escape::line(id.as_str())));
        }
        for key in &person.keys {
            let end = match key.end {
                None => String::new(),
                Some(KeyEnd::Rotated) => ", replaced".to_owned(),
                Some(KeyEnd::Retired) => ", retired".to_owned(),
                Some(KeyEnd::CompromisedSince(entry)) => format!(", compromised since entry {entry}"),
            };
            text.push_str(&format!(
                "\n    {} in the {}{end}",
                key.key.to_line(),
                escape::line(key.enrolled.as_str())
            ));
        }
    }
    let quorum = match roster.change_quorum {
        1 => "one person".to_owned(),
        count => format!("{count} persons together"),
    };
    text.push_str(&format!("\nit is changed by {quorum}\n"));
    if let Some(recovery) = &roster.recovery {
        let names: Vec<&str> = recovery.persons.iter().map(|name| name.as_str()).collect();
        text.push_str(&format!(
            "{} of {} together give a person who lost every key a new one\n",
            recovery.quorum,
            names.join(", ")
        ));
    }
    text
}

/// A policy in words, several lines. Texts that are not those that the statement names are not described.
pub fn policy(policy: &PolicySet, texts: &PolicyTexts) -> String {
    if *policy != shipped_policy::statement(texts, policy.previous) {
        return format!(
            "a policy whose texts are not at hand: guard {}, ask {}, schema {}, data {}\n",
            policy.guard, policy.ask, policy.schema, policy.data
        );
    }
    let shipped = shipped_policy::texts(None);
    let sets = if (&texts.guard, &texts.ask, &texts.schema) == (&shipped.guard, &shipped.ask, &shipped.schema)
    {
        "the policy that is shipped: agents may merge reviewed pull requests with passing checks into main, \
         comment, and deploy to staging"
            .to_owned()
    } else {
        format!("a policy of your own: guard {}, ask {}", policy.guard, policy.ask)
    };
    let data = match texts.data.as_str() {
        shipped_policy::SHIPPED_DATA => "main moves within business hours".to_owned(),
        shipped_policy::PRACTICE_DATA => {
            "main moves at any hour, as long as only the practice range is connected".to_owned()
        }
        _ => format!("calendars and protected paths of your own: {}", policy.data),
    };
    let place = if policy.previous.is_some() { "\n  it takes the place of the policy in force" } else { "" };
    format!("{sets}\n  {data}{place}\n")
}

/// A revocation in words, one line.
pub fn revocation(target: &TargetView) -> String {
    format!("revoke the {} for ever", target_words(target))
}

/// A target in words.
pub fn target_words(target: &TargetView) -> String {
    if target.kind == "everything" {
        return "everything".to_owned();
    }
    format!("{} {}", escape::line(&target.kind), escape::line(&target.id))
}
