//! A capability in words, as a person is shown it before signing: every field that gives authority.

use crate::action::ACTIONS;
use crate::{constraint_text, escape, moment};
use bailiwick_authority::{Capability, Grant};

/// The capability in words, several lines. `issuer` is who gives it.
pub(crate) fn capability(issuer: &str, capability: &Capability) -> String {
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
pub(crate) fn grant(grant: &Grant) -> String {
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
