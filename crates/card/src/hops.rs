//! Who delegated to whom, and what each hop dropped of what the one before had.

use crate::headline::moment;
use crate::visible::{identifier, line};
use bailiwick_authority::{Capability, Digest, Envelope, Request, Unverified};
use bailiwick_protocol::Crumb;

/// The crumbs from the person to the agent that asks. `chain` holds the capabilities' envelopes, root first;
/// one that is not the capability that the request names makes this say so.
pub(crate) fn crumbs(request: &Request, chain: &[Envelope]) -> Result<Vec<Crumb>, String> {
    let person = Crumb {
        name: identifier(request.person.as_str()),
        standing: "person".to_owned(),
        dropped: Vec::new(),
    };
    let digests: Vec<Digest> = chain.iter().map(Envelope::statement_digest).collect();
    if digests != request.chain {
        return Err("the capabilities beside it are not those that it names".to_owned());
    }
    let links: Vec<Unverified<Capability>> = chain
        .iter()
        .map(|envelope| Unverified::read(envelope.clone()))
        .collect::<Result<_, _>>()
        .map_err(|error| format!("a capability is not well-formed: {error}"))?;
    let mut crumbs = vec![person];
    for (place, link) in links.iter().enumerate() {
        let above = place.checked_sub(1).and_then(|above| links.get(above));
        crumbs.push(Crumb {
            name: line(link.body().label.as_str()),
            standing: if place == 0 { "signed" } else { "claimed" }.to_owned(),
            dropped: above.map(|above| dropped(above.body(), link.body())).unwrap_or_default(),
        });
    }
    Ok(crumbs)
}

/// What `child` no longer has, in words.
fn dropped(parent: &Capability, child: &Capability) -> Vec<String> {
    let mut dropped = Vec::new();
    let names = |capability: &Capability| -> (Vec<String>, Vec<String>) {
        let grants = &capability.grants;
        let actions = grants.iter().flat_map(|grant| &grant.actions).map(ToString::to_string).collect();
        let resources =
            grants.iter().flat_map(|grant| &grant.resources).map(crate::headline::named).collect();
        (actions, resources)
    };
    let ((actions, resources), (child_actions, child_resources)) = (names(parent), names(child));
    dropped.extend(without(&actions, &child_actions));
    dropped.extend(without(&resources, &child_resources));
    if child.grants.iter().any(|grant| !parent.grants.iter().any(|wide| wide.arguments == grant.arguments)) {
        dropped.push("some values of arguments".to_owned());
    }
    if child.expires < parent.expires {
        dropped.push(format!("the time after {}", moment(child.expires)));
    }
    match (parent.max_uses, child.max_uses) {
        (None, Some(uses)) => dropped.push(format!("more than {uses} uses")),
        (Some(had), Some(uses)) if uses < had => dropped.push(format!("{} of {had} uses", had - uses)),
        _ => {}
    }
    if child.max_depth == 0 && parent.max_depth > 0 {
        dropped.push("passing it on".to_owned());
    }
    dropped
}

fn without(had: &[String], has: &[String]) -> Vec<String> {
    let mut gone: Vec<String> = had.iter().filter(|one| !has.contains(one)).cloned().collect();
    gone.sort();
    gone.dedup();
    gone
}
