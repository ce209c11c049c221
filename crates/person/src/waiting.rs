//! What waits for persons: found by its four words or its digest, and shown from the bytes that an answer is
//! about.
//!
//! INVARIANT: nothing is shown that is not in the statement, or held against it: the broker's signature, the
//! facts' digest and the chain are checked before a person is asked.

use crate::asking::{self, Shown as Asking};
use crate::escape;
use crate::failure::{Failure, bad_value};
use crate::moment;
use crate::steward::Steward;
use crate::submission::submit;
use bailiwick_authority::{Answer, Approval, Digest, Envelope, PublicKey, Request, Text, Unverified};
use bailiwick_card::{Grounds, card, code, shown};
use bailiwick_client::Console;
use bailiwick_protocol::{Admitted, AskView, CardView, Pending, Shown, Status};

/// How the fields of a request begin that are the operation's arguments.
const ARGUMENT: &str = "arguments.";

/// Something that waits, as it is shown.
pub enum Face {
    /// A request, with what it rests on.
    Card(Box<CardView>),
    /// A change or a rule that somebody proposes.
    Proposal(Box<Shown>),
}

impl Face {
    /// What an answer would be about, in a sentence.
    pub fn headline(&self) -> &str {
        &self.shown().headline
    }

    /// Why it must not be approved, if so.
    pub fn broken(&self) -> Option<&str> {
        match self {
            Face::Card(card) => card.broken.as_deref(),
            Face::Proposal(_) => None,
        }
    }

    /// As a card: a proposal has neither evidence nor an agent, and its asks are the broker's.
    pub fn into_card(self, pending: &Pending) -> CardView {
        let mut card = match self {
            Face::Card(card) => *card,
            Face::Proposal(shown) => CardView {
                shown: *shown,
                version: None,
                crumbs: Vec::new(),
                process: Vec::new(),
                evidence: Vec::new(),
                risks: Vec::new(),
                reversible: true,
                asks: pending.asks.iter().map(visible).collect(),
                says: None,
                broken: None,
            },
        };
        // What is asked is the request's; who has answered so far, and whose answer does not count, the broker's.
        for ask in &mut card.asks {
            if let Some(known) = pending.asks.iter().find(|known| known.policy == ask.policy) {
                (ask.approved, ask.excluded) = (known.approved, known.excluded.clone());
            }
        }
        card
    }

    /// The statement in full.
    pub fn shown(&self) -> &Shown {
        match self {
            Face::Card(card) => &card.shown,
            Face::Proposal(shown) => shown,
        }
    }
}

/// The one that `words` name: four words, a digest, or the first digits of one.
pub fn find(pending: Vec<Pending>, words: &[String]) -> Result<Pending, Failure> {
    let named: Vec<String> = words
        .iter()
        .flat_map(|word| word.split([' ', '-', ',']))
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    let fits = |one: &Pending| match named.as_slice() {
        [digest] => {
            let digits = digest.strip_prefix("sha256:").unwrap_or(digest);
            digits.len() >= 8 && one.target.strip_prefix("sha256:").is_some_and(|all| all.starts_with(digits))
        }
        four => one.target.parse::<Digest>().is_ok_and(|target| code(&target).as_slice() == four),
    };
    let mut found: Vec<Pending> = pending.into_iter().filter(fits).collect();
    match (found.pop(), found.is_empty()) {
        (Some(one), true) => Ok(one),
        (Some(_), false) => {
            Err(Failure::usage("several that wait are named like this", "name it by its digest"))
        }
        (None, _) => Err(Failure::usage(
            format!("nothing that waits is named `{}`", words.join(" ")),
            "`bailiwick pending` lists what waits, with the four words of each",
        )),
    }
}

/// Shows something that waits, asks, and hands the signed answer in. What must not be approved is not.
pub async fn answer(
    console: &Console,
    steward: &Steward,
    realm: Digest,
    (face, pending): (&Face, &Pending),
    (answer, reason): (Answer, Option<Text>),
    now: u64,
) -> Result<Admitted, Failure> {
    if let (Some(broken), Answer::Approve) = (face.broken(), answer) {
        return Err(Failure::unverified(
            format!("this must not be approved: {broken}"),
            "deny it, and look into the broker",
        ));
    }
    let title = match answer {
        Answer::Approve => "Approve",
        Answer::Deny => "Deny, which is final",
    };
    let mut rows = rows(face, pending, now);
    if let Some(reason) = &reason {
        rows.insert(0, ("reason".to_owned(), escape::line(reason.as_str())));
    }
    let approval = Approval { target: target(pending)?, answer, reason };
    steward.answers(face.shown());
    let signed = steward
        .seal(realm, &approval, |unsigned| {
            let shown = Asking::of(title, &escape::line(face.headline()), unsigned);
            // The words that whoever asked sees too, not those of the answer.
            Asking { codes: vec![words(&face.shown().code)], rows, ..shown }
        })
        .await?;
    submit(console, &signed, None).await
}

/// How it looks to whoever is asked, drawn from its bytes.
pub async fn face(console: &Console, status: &Status, pending: &Pending) -> Result<Face, Failure> {
    let bad = |why: &dyn std::fmt::Display| {
        Failure::unverified(
            format!("what waits cannot be shown: {why}"),
            "answer nothing, and look into the broker",
        )
    };
    let envelope = Envelope::parse(pending.envelope.as_bytes()).map_err(|why| bad(&why))?;
    if envelope.statement_digest().to_string() != pending.target {
        return Err(bad(&"its bytes are not those that an answer would name"));
    }
    if pending.kind != "request" {
        return Ok(Face::Proposal(Box::new(shown(&envelope).map_err(|why| bad(&why))?)));
    }
    let broker = PublicKey::from_line(&status.broker_key).map_err(|why| bad(&why))?;
    let request: Unverified<Request> = Unverified::read(envelope.clone()).map_err(|why| bad(&why))?;
    let mut chain = Vec::new();
    for link in &request.body().chain {
        let text = console.statement(&link.to_string()).await?;
        chain.push(Envelope::parse(text.as_bytes()).map_err(|why| bad(&why))?);
    }
    let facts = pending.facts.as_deref().unwrap_or_default();
    let card = card(&envelope, Grounds { broker: &broker, facts, chain: &chain }).map_err(|why| bad(&why))?;
    Ok(Face::Card(Box::new(card)))
}

/// Four words, as they are compared.
pub fn words(code: &[String]) -> String {
    code.iter().map(|word| escape::line(word)).collect::<Vec<_>>().join(" ")
}

/// Everything that a person is shown before an answer, as a terminal has it.
pub fn whole(face: &Face, pending: &Pending, now: u64) -> String {
    let shown = face.shown();
    let code = ("code".to_owned(), words(&shown.code));
    let rows = std::iter::once(code).chain(rows(face, pending, now));
    let rows: String = rows.map(|row| asking::row_text(&row) + "\n").collect();
    format!("{}\n{rows}", escape::line(&shown.headline))
}

/// What an answer rests on, each with its name; further lines of the same have none.
fn rows(face: &Face, pending: &Pending, now: u64) -> Vec<(String, String)> {
    let shown = face.shown();
    let mut rows = Vec::new();
    let mut row = |name: &str, value: &str| rows.push((name.to_owned(), escape::line(value)));
    if let Some(broken) = face.broken() {
        row("DO NOT", &format!("approve this: {broken}"));
    }
    if let Face::Card(card) = face {
        let crumbs: Vec<String> =
            card.crumbs.iter().map(|crumb| format!("{} ({})", crumb.name, crumb.standing)).collect();
        row("for", &crumbs.join(" → "));
        for dropped in card.crumbs.iter().flat_map(|crumb| &crumb.dropped) {
            row("", dropped);
        }
        let given =
            shown.lines.iter().filter_map(|line| Some((line.field.strip_prefix(ARGUMENT)?, &line.value)));
        for (index, (name, value)) in given.enumerate() {
            row(if index == 0 { "with" } else { "" }, &format!("{name}: {value}"));
        }
        let seen = card.evidence.iter().filter(|line| line.state != "other");
        for (index, line) in seen.enumerate() {
            row(if index == 0 { "evidence" } else { "" }, &format!("{}: {}", line.what, line.value));
        }
        for (index, line) in card.risks.iter().enumerate() {
            row(if index == 0 { "can hurt" } else { "" }, &format!("{}: {}", line.what, line.value));
        }
        row("undone", if card.reversible { "can be taken back" } else { "cannot be taken back" });
    } else {
        for (index, line) in shown.lines.iter().enumerate() {
            row(if index == 0 { "says" } else { "" }, &format!("{}: {}", line.field, line.value));
        }
    }
    for news in &pending.news {
        row("new", news);
    }
    for ask in &pending.asks {
        row("asked by", &format!("{} ({}): {}", ask.title, ask.policy, ask.because));
        row("", &needs(ask));
    }
    for answer in &pending.answers {
        let why = answer.reason.as_deref().map(|reason| format!(": {reason}")).unwrap_or_default();
        row("answered", &format!("{} by {} ({}){why}", answer.answer, answer.person, answer.assurance));
    }
    for flag in &shown.flags {
        row("look", &format!("{} {}", flag.field, flag.why));
    }
    if let Face::Card(card) = face
        && let Some(says) = &card.says
    {
        row("agent says", &format!("(not checked) {says}"));
    }
    row("until", &until(pending, now));
    row("digest", &pending.target);
    if let Face::Card(card) = face {
        let others = card.evidence.iter().filter(|line| line.state == "other");
        for (index, line) in others.enumerate() {
            row(if index == 0 { "more facts" } else { "" }, &format!("{}: {}", line.what, line.value));
        }
    }
    rows
}

/// How long it can be answered.
pub fn until(pending: &Pending, now: u64) -> String {
    let at = moment::local(pending.expires);
    if pending.held {
        return format!("held; {at} if it is let go now");
    }
    format!("{at} ({} left), then it is denied", moment::length(pending.expires.saturating_sub(now)))
}

fn needs(ask: &AskView) -> String {
    let kept = ask.assurance.as_deref().map(|kept| format!(", with a key kept at least as `{kept}`"));
    let excluded = match ask.excluded.as_slice() {
        [] => String::new(),
        names => format!(", not by {}", names.join(", ")),
    };
    format!(
        "{} of {} must agree, {} have{}{excluded}",
        ask.count,
        ask.role,
        ask.approved,
        kept.unwrap_or_default()
    )
}

fn visible(ask: &AskView) -> AskView {
    AskView {
        policy: bailiwick_card::identifier(&ask.policy),
        title: bailiwick_card::line(&ask.title),
        because: bailiwick_card::line(&ask.because),
        ..ask.clone()
    }
}

/// The digest that an answer names.
fn target(pending: &Pending) -> Result<Digest, Failure> {
    pending.target.parse().map_err(|why| bad_value("a digest", &pending.target, &why))
}
