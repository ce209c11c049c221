//! What signing a statement does, in one sentence of ours.
//!
//! A sentence is made from typed fields; the words that agents choose (labels below the root, claims, titles,
//! comments) are in none. Identifiers stand in it in ASCII.

use crate::shown::NotShown;
use crate::visible::{identifier, line};
use bailiwick_authority::{
    Answer, Approval, Capability, Connection, Envelope, FormatError, Halt, Invitation, Invocation, Kind,
    Payload, PolicySet, Realm, Request, Resource, Resume, Revocation, Roster, Session, Standing, Target,
    Timestamp, Unverified,
};

pub(crate) fn headline(kind: Kind, envelope: &Envelope) -> Result<String, NotShown> {
    Ok(match kind {
        Kind::Roster => roster(&read(envelope)?),
        Kind::Connection => connection(read::<Connection>(envelope)?.body()),
        Kind::Policy => match read::<PolicySet>(envelope)?.body().previous {
            None => "Put the first policy in force".to_owned(),
            Some(previous) => format!("Put another policy in force, in place of {}", previous.short()),
        },
        Kind::Capability => capability(read::<Capability>(envelope)?.body()),
        Kind::Invocation => invocation(read::<Invocation>(envelope)?.body()),
        Kind::Revocation => format!("End {}, for good", target(&read::<Revocation>(envelope)?.body().target)),
        Kind::Halt => {
            read::<Halt>(envelope)?;
            "Halt everything: every capability ends until this is lifted".to_owned()
        }
        Kind::Resume => format!("Lift {}", read::<Resume>(envelope)?.body().lifts.short()),
        Kind::Request => request(read::<Request>(envelope)?.body()),
        Kind::Approval => approval(read::<Approval>(envelope)?.body()),
        Kind::Standing => standing(read::<Standing>(envelope)?.body()),
        Kind::Session => session(read::<Session>(envelope)?.body()),
        Kind::Invitation => {
            let person = read::<Invitation>(envelope)?;
            format!("Ask to be enrolled as {}", identifier(person.body().name.as_str()))
        }
        Kind::Pause => "A pause, as the broker recorded it".to_owned(),
        Kind::Fetch => "A holder's proof that it may fetch its capabilities".to_owned(),
        Kind::Receipt => "What became of an operation, as the broker recorded it".to_owned(),
        Kind::Alarm => "What the broker noticed about a statement".to_owned(),
        Kind::Finding => "What was learned about an operation later".to_owned(),
    })
}

fn read<T: Payload>(envelope: &Envelope) -> Result<Unverified<T>, FormatError> {
    Unverified::read(envelope.clone())
}

/// A moment in UTC: `2026-11-24 10:08:59 UTC`.
pub(crate) fn moment(time: Timestamp) -> String {
    let seconds = i64::try_from(time.seconds()).unwrap_or(i64::MAX);
    match jiff::Timestamp::from_second(seconds) {
        Ok(moment) => moment.strftime("%Y-%m-%d %H:%M:%S UTC").to_string(),
        Err(_) => format!("second {seconds}"),
    }
}

fn roster(roster: &Unverified<Roster>) -> String {
    let body = roster.body();
    let persons: Vec<String> = body.persons.iter().map(|person| identifier(person.name.as_str())).collect();
    let (who, quorum) = (persons.join(", "), body.change_quorum);
    match roster.common().realm {
        Realm::Genesis => format!("Found a realm with {who}"),
        Realm::Of(_) => {
            let recovery = match &body.recovery {
                None => String::new(),
                Some(recovery) => {
                    format!("; {} of {} replace lost keys", recovery.quorum, recovery.persons.len())
                }
            };
            format!("Let these persons act from now on: {who}; {quorum} must agree to changes{recovery}")
        }
    }
}

fn connection(body: &Connection) -> String {
    let verb = if body.previous.is_some() { "Change the connection" } else { "Connect" };
    let (app, installation) = (body.github.app, body.github.installation);
    format!("{verb} {} to {} as App {app}, installation {installation}", body.series, identifier(&body.api))
}

fn capability(body: &Capability) -> String {
    let mut actions: Vec<&str> =
        body.grants.iter().flat_map(|grant| &grant.actions).map(|id| id.as_str()).collect();
    actions.dedup();
    let mut resources: Vec<String> =
        body.grants.iter().flat_map(|grant| &grant.resources).map(named).collect();
    resources.dedup();
    let until = moment(body.expires);
    format!(
        "Let {} ask for {} in {} until {until}",
        line(body.label.as_str()),
        actions.join(", "),
        resources.join(", ")
    )
}

/// The name of a resource, for a sentence.
pub(crate) fn named(resource: &Resource) -> String {
    identifier(resource.name.as_str())
}

fn invocation(body: &Invocation) -> String {
    format!("Ask for {} in {}", body.action, named(&body.resource))
}

fn target(target: &Target) -> String {
    match target {
        Target::Capability(digest) => format!("capability {} and everything below it", digest.short()),
        Target::Agent(key) => format!("everything that agent {} holds", key.digest().short()),
        Target::Person(name) => format!("everything that {name} delegated"),
        Target::Connection(name) => format!("every use of the connection {name}"),
        Target::Standing(digest) => format!("the standing rule {}", digest.short()),
        Target::Everything => "everything".to_owned(),
    }
}

/// The operation as the broker put it into words; its identifiers in ASCII.
pub(crate) fn request(body: &Request) -> String {
    let sentence = identifier(body.sentence.as_str());
    let mut letters = sentence.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => format!("{} in {}", body.action, named(&body.resource)),
    }
}

fn approval(body: &Approval) -> String {
    match body.answer {
        Answer::Approve => format!("Approve {}", body.target.short()),
        Answer::Deny => format!("Deny {}", body.target.short()),
    }
}

fn session(body: &Session) -> String {
    format!("Sign in at this console until {}", moment(body.expires))
}

fn standing(body: &Standing) -> String {
    format!(
        "Let agent {} do {} in {} without asking, {} times at most, until {}",
        body.agent.digest().short(),
        body.action,
        named(&body.resource),
        body.max_uses,
        moment(body.expires)
    )
}
