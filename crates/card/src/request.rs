//! The approval card: a request of the broker's, with what it rests on, each held against what was signed.

use crate::evidence::{evidence, version};
use crate::hops::crumbs;
use crate::lines::lines;
use crate::shown::{NotShown, shown};
use crate::visible::{identifier, line};
use bailiwick_authority::{
    Answer, Approval, Ask, Assurance, Digest, Envelope, PublicKey, Request, Signed, Unverified, Value,
};
use bailiwick_protocol::{AskView, CardView, EvidenceLine, Flag, Line, Shown};

/// What lies beside a request: what it names by digest.
#[derive(Clone, Copy, Debug)]
pub struct Grounds<'a> {
    /// The broker's key, as it was pinned.
    pub broker: &'a PublicKey,
    /// The facts, in their one encoding.
    pub facts: &'a str,
    /// The capabilities' envelopes, root first.
    pub chain: &'a [Envelope],
}

/// The card of a request. Where the broker's signature, the facts or the chain do not fit what was signed,
/// `broken` says so, and the request must not be answered with yes.
pub fn card(envelope: &Envelope, grounds: Grounds<'_>) -> Result<CardView, NotShown> {
    let request: Unverified<Request> = Unverified::read(envelope.clone())?;
    let mut broken = Vec::new();
    let verified: Result<Signed<Request>, _> = request.clone().verify(grounds.broker);
    if let Err(error) = verified {
        broken.push(format!("it is not the broker's that is pinned here: {error}"));
    }
    let body = request.body();
    let facts = facts_of(body, grounds.facts).unwrap_or_else(|why| {
        broken.push(why);
        Value::Object(Default::default())
    });
    let crumbs = crumbs(body, grounds.chain).unwrap_or_else(|why| {
        broken.push(why);
        Vec::new()
    });
    let mut shown = shown(envelope)?;
    let version = version(&facts);
    if let Some(version) = &version {
        let short: String = version.chars().take(7).collect();
        shown.headline = format!("{} at {short}", shown.headline);
    }
    Ok(CardView {
        version,
        crumbs,
        process: lines(&body.process),
        evidence: evidence(&facts),
        reversible: reversible(body),
        risks: risks(body),
        asks: body.asks.iter().map(ask).collect(),
        says: says(&body.claims),
        broken: (!broken.is_empty()).then(|| broken.join("; ")),
        shown,
    })
}

/// What signing an answer does: what is answered stands below the answer, whole. `None` when the approval answers
/// something else than `about`.
pub fn answer(about: &Shown, approval: &Envelope) -> Result<Option<Shown>, NotShown> {
    let read: Unverified<Approval> = Unverified::read(approval.clone())?;
    if read.body().target.to_string() != about.digest {
        return Ok(None);
    }
    let verb = match read.body().answer {
        Answer::Approve => "Approve",
        Answer::Deny => "Deny",
    };
    let mut shown = shown(approval)?;
    shown.headline = format!("{verb}: {}", about.headline);
    // The code is that of what is answered: the same as on the agent's side and on the card.
    shown.code = about.code.clone();
    let place = |field: &str| format!("{}.{field}", about.kind);
    let lines = about.lines.iter();
    shown.lines.extend(lines.map(|line| Line { field: place(&line.field), value: line.value.clone() }));
    let flags = about.flags.iter();
    shown.flags.extend(flags.map(|flag| Flag { field: place(&flag.field), why: flag.why.clone() }));
    Ok(Some(shown))
}

fn facts_of(request: &Request, text: &str) -> Result<Value, String> {
    if Digest::of(text.as_bytes()) != request.facts {
        return Err("the facts beside it are not those that it names".to_owned());
    }
    Value::parse(text.as_bytes()).map_err(|error| format!("its facts cannot be read: {error}"))
}

/// Whether what it does can be taken back. Only what nobody has seen or run is; when in doubt it is not.
fn reversible(request: &Request) -> bool {
    let lasting = ["moves_ref", "runs_code", "publishes", "deploys", "discloses", "spends", "deletes"];
    !request.effects.iter().any(|effect| {
        let name = effect.as_str().split('(').next().unwrap_or_default();
        lasting.contains(&name)
    })
}

fn risks(request: &Request) -> Vec<EvidenceLine> {
    let line_of =
        |what: &str, value: String| EvidenceLine { what: what.to_owned(), value, state: "plain".to_owned() };
    let mut risks = vec![line_of("target", identifier(request.resource.name.as_str()))];
    risks.extend(request.effects.iter().map(|effect| line_of("effect", effect_in_words(effect.as_str()))));
    risks.extend(lines(&request.credential).into_iter().map(|line| {
        let what = if line.field.is_empty() {
            "credential".to_owned()
        } else {
            format!("credential, {}", line.field)
        };
        line_of(&what, line.value)
    }));
    risks
}

fn effect_in_words(effect: &str) -> String {
    let (name, on) =
        effect.split_once('(').map_or((effect, ""), |(name, on)| (name, on.trim_end_matches(')')));
    let on = identifier(on);
    match name {
        "reads" => "reads".to_owned(),
        "moves_ref" => format!("moves {on}"),
        "runs_code" => "makes code run, with the secrets of its surroundings".to_owned(),
        "publishes" => "shows something to others".to_owned(),
        "deploys" => format!("deploys to {on}"),
        "changes_settings" => "changes settings".to_owned(),
        "discloses" => "shows something to those who could not see it".to_owned(),
        "spends" => "costs money".to_owned(),
        "deletes" => "removes something".to_owned(),
        _ => identifier(effect),
    }
}

fn ask(ask: &Ask) -> AskView {
    AskView {
        policy: identifier(ask.policy.as_str()),
        title: line(ask.title.as_str()),
        because: line(ask.because.as_str()),
        count: ask.count,
        role: ask.role.as_str().to_owned(),
        assurance: ask.assurance.map(|assurance: Assurance| assurance.as_str().to_owned()),
        excluded: ask.excluded.iter().map(|name| identifier(name.as_str())).collect(),
        approved: 0,
    }
}

/// The agent's own words, line by line; `None` when it said nothing.
fn says(claims: &Value) -> Option<String> {
    match claims {
        Value::Object(members) if members.is_empty() => None,
        _ => Some(
            lines(claims)
                .into_iter()
                .map(|line| format!("{}: {}", line.field, line.value))
                .collect::<Vec<_>>()
                .join("\n"),
        ),
    }
}
