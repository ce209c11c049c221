//! Answering what waits for persons: drawn and checked here, from the bytes; an answer is signed for exactly
//! what was shown, and for nothing else.

use crate::asking::Shown;
use crate::failure::{Failure, bad_format};
use crate::steward::Steward;
use crate::submission::submit;
use bailiwick_authority::{
    Answer, Approval, Arguments, Bounds, Digest, Envelope, FormatError, Kind, Name, PublicKey, Request, Standing,
    Text, Timestamp, Unsigned, Unverified,
};
use bailiwick_card::{Grounds, card, shown};
use bailiwick_client::Console;
use bailiwick_protocol::{Admitted, AskView, CardView, Pending, Status, Submission};

/// Something that waits, with its card.
#[derive(Clone, Debug)]
pub struct Matter {
    /// As the broker says it.
    pub pending: Pending,
    /// As it is drawn here from the bytes; `broken` says what does not fit.
    pub card: CardView,
    envelope: Envelope,
}

/// What waits, the longest waiting first.
pub async fn waiting(console: &Console, status: &Status) -> Result<Vec<Matter>, Failure> {
    let mut matters = Vec::new();
    for pending in console.pending().await? {
        matters.push(Matter::of(console, status, pending).await?);
    }
    Ok(matters)
}

impl Matter {
    /// What waits under this digest.
    pub async fn read(console: &Console, status: &Status, target: &Digest) -> Result<Matter, Failure> {
        let pending = console.pending_one(&target.to_string()).await?;
        if pending.target != target.to_string() {
            return Err(Failure::unverified(
                "the broker answered with something else than was asked for",
                "answer nothing, and look into the broker's log",
            ));
        }
        Matter::of(console, status, pending).await
    }

    /// Draws what the broker says that waits, and holds it against what was signed.
    pub async fn of(console: &Console, status: &Status, pending: Pending) -> Result<Matter, Failure> {
        let envelope = Envelope::parse(pending.envelope.as_bytes()).map_err(|error| malformed(&error))?;
        let mut card = match Kind::of(&envelope) {
            Some(Kind::Request) => request_card(console, status, &envelope, &pending).await?,
            _ => change_card(&envelope, &pending)?,
        };
        if envelope.statement_digest().to_string() != pending.target {
            let why = "it is not what the broker says that it is";
            card.broken = Some(card.broken.map_or_else(|| why.to_owned(), |more| format!("{why}; {more}")));
        }
        // Who has answered so far is the broker's word; what is asked is the request's.
        for ask in &mut card.asks {
            if let Some(known) = pending.asks.iter().find(|known| known.policy == ask.policy) {
                (ask.approved, ask.excluded) = (known.approved, known.excluded.clone());
            }
        }
        Ok(Matter { pending, card, envelope })
    }

    /// What an answer names.
    pub fn target(&self) -> Digest {
        self.envelope.statement_digest()
    }

    /// The request, if it is one and not a change.
    pub fn request(&self) -> Option<Request> {
        let request: Unverified<Request> = Unverified::read(self.envelope.clone()).ok()?;
        Some(request.body().clone())
    }

    /// Shows the answer, signs it on a yes, and hands it in. What does not fit can be denied and nothing else.
    pub async fn answer(
        &self,
        console: &Console,
        steward: &Steward,
        realm: Digest,
        answer: Answer,
        reason: Option<Text>,
    ) -> Result<Admitted, Failure> {
        if let (Answer::Approve, Some(why)) = (answer, &self.card.broken) {
            return Err(Failure::unverified(
                format!("this cannot be approved: {why}"),
                "deny it, and find out who stands between you and the broker",
            ));
        }
        let approval = Approval { target: self.target(), answer, reason };
        let signed = steward.seal(realm, &approval, |unsigned| self.shown(unsigned)).await?;
        submit(console, &signed, None).await
    }

    /// What a person sees before an answer is signed: the headline and the code of what is answered.
    fn shown(&self, unsigned: &Unsigned<Approval>) -> Shown {
        let body = unsigned.body();
        let verb = match body.answer {
            Answer::Approve => "Approve",
            Answer::Deny => "Deny",
        };
        let mut words = self.card.shown.headline.clone();
        if let Some(reason) = &body.reason {
            words.push_str(&format!("\nbecause: {}", bailiwick_card::line(reason.as_str())));
        }
        let mut shown = Shown::of(verb, &words, unsigned.digest());
        shown.code = Some(self.card.shown.code.join(" "));
        shown
    }

    /// The narrowest rule that would have answered this request: its key, action, resource and values.
    pub fn rule(&self, asks: Vec<Name>, bounds: Bounds, max_uses: u64, expires: Timestamp) -> Option<Standing> {
        let request = self.request()?;
        Some(Standing {
            request: self.target(),
            policy: request.policy,
            asks,
            agent: request.agent,
            connection: request.connection,
            action: request.action,
            resource: request.resource,
            arguments: bounds,
            max_uses,
            expires,
        })
    }
}

/// What a rule would have done with past requests. It is sent without a signature: nothing can take effect.
pub async fn backtest(
    console: &Console,
    steward: &Steward,
    realm: Digest,
    rule: &Standing,
) -> Result<bailiwick_protocol::Backtest, Failure> {
    let unsigned = steward.write(realm, rule)?;
    let envelope = Envelope::new(Kind::Standing.payload_type(), unsigned.payload().to_vec(), vec![0; 64]);
    let text = String::from_utf8(envelope.to_bytes()).map_err(|_| Failure::defect("an envelope is not text"))?;
    Ok(console.backtest(&Submission { envelope: text, policy: None, chain: Vec::new() }).await?)
}

/// Shows a rule, signs it on a yes, and hands it in; others may have to agree.
pub async fn propose(
    console: &Console,
    steward: &Steward,
    realm: Digest,
    rule: &Standing,
) -> Result<Admitted, Failure> {
    let signed = steward.seal(realm, rule, shown_rule).await?;
    submit(console, &signed, None).await
}

fn shown_rule(unsigned: &Unsigned<Standing>) -> Shown {
    let envelope = Envelope::new(Kind::Standing.payload_type(), unsigned.payload().to_vec(), Vec::new());
    let words = match shown(&envelope) {
        Ok(shown) => {
            let lines: Vec<String> =
                shown.lines.iter().map(|line| format!("{}: {}", line.field, line.value)).collect();
            format!("{}\n\n{}", shown.headline, lines.join("\n"))
        }
        Err(error) => format!("this rule cannot be shown: {error}"),
    };
    let mut shown = Shown::of("Let a rule answer", &words, unsigned.digest());
    shown.code = Some(bailiwick_card::code(&unsigned.digest()).join(" "));
    shown
}

/// Bounds that are exactly the values of these arguments.
pub fn exactly(arguments: &Arguments) -> Bounds {
    let exact = |(name, value): (&String, &bailiwick_authority::Argument)| {
        (name.clone(), bailiwick_authority::Constraint::Exact(value.clone()))
    };
    arguments.iter().map(exact).collect()
}

async fn request_card(
    console: &Console,
    status: &Status,
    envelope: &Envelope,
    pending: &Pending,
) -> Result<CardView, Failure> {
    let broker = PublicKey::from_line(&status.broker_key)
        .map_err(|why| bad_format("the broker's key", &status.broker_key, &why))?;
    let request: Unverified<Request> = Unverified::read(envelope.clone()).map_err(|error| malformed(&error))?;
    let mut chain = Vec::new();
    for link in &request.body().chain {
        let text = console.statement(&link.to_string()).await?;
        chain.push(Envelope::parse(text.as_bytes()).map_err(|error| malformed(&error))?);
    }
    let facts = pending.facts.as_deref().unwrap_or_default();
    card(envelope, Grounds { broker: &broker, facts, chain: &chain }).map_err(|error| malformed(&error))
}

/// A change that waits for others: drawn from its bytes; the asks are the broker's, from the roster in force.
fn change_card(envelope: &Envelope, pending: &Pending) -> Result<CardView, Failure> {
    Ok(CardView {
        shown: shown(envelope).map_err(|error| malformed(&error))?,
        version: None,
        crumbs: Vec::new(),
        process: Vec::new(),
        evidence: Vec::new(),
        risks: Vec::new(),
        reversible: true,
        asks: pending.asks.iter().map(visible).collect(),
        says: None,
        broken: None,
    })
}

fn visible(ask: &AskView) -> AskView {
    AskView {
        policy: bailiwick_card::identifier(&ask.policy),
        title: bailiwick_card::line(&ask.title),
        because: bailiwick_card::line(&ask.because),
        ..ask.clone()
    }
}

fn malformed(why: &dyn std::fmt::Display) -> Failure {
    Failure::unverified(
        format!("what waits is not what the broker should send: {why}"),
        "console and broker must be of one version; see `bailiwick doctor`",
    )
}

impl From<FormatError> for Failure {
    fn from(error: FormatError) -> Failure {
        malformed(&error)
    }
}
