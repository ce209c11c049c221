//! Rules made from requests: what would have answered one, tried on the past, and proposed.

use crate::asking::Shown;
use crate::failure::Failure;
use crate::steward::Steward;
use crate::submission::submit;
use crate::{escape, moment};
use bailiwick_authority::{
    Arguments, Bounds, Constraint, Digest, Name, Request, Standing, Timestamp, Unsigned, Unverified,
};
use bailiwick_client::Console;
use bailiwick_protocol::{Admitted, Backtest, Submission};

/// The request that an envelope holds.
pub fn request(envelope: &str) -> Result<Unverified<Request>, Failure> {
    Unverified::parse(envelope.as_bytes()).map_err(|why| {
        Failure::usage(
            format!("this is no request: {why}"),
            "name a request, by its four words or its digest",
        )
    })
}

/// The narrowest bounds: exactly these values.
pub fn exactly(arguments: &Arguments) -> Bounds {
    arguments.iter().map(|(name, value)| (name.clone(), Constraint::Exact(value.clone()))).collect()
}

/// The rule that answers `asks` of this request, for its key, action and resource, within `bounds`.
pub fn rule(
    request: &Unverified<Request>,
    asks: Vec<Name>,
    bounds: Bounds,
    max_uses: u64,
    expires: Timestamp,
) -> Standing {
    let body = request.body();
    Standing {
        request: request.digest(),
        policy: body.policy,
        asks,
        agent: body.agent,
        connection: body.connection.clone(),
        action: body.action.clone(),
        resource: body.resource.clone(),
        arguments: bounds,
        max_uses,
        expires,
    }
}

/// What a rule would have done with past requests. It goes without a signature, so that nothing can take effect.
pub async fn backtest(
    console: &Console,
    steward: &Steward,
    realm: Digest,
    rule: &Standing,
) -> Result<Backtest, Failure> {
    let bytes = steward.write(realm, rule)?.envelope().to_bytes();
    let envelope =
        String::from_utf8(bytes).map_err(|_| Failure::defect("an envelope of our own is not text"))?;
    Ok(console.backtest(&Submission { envelope, policy: None, chain: Vec::new() }).await?)
}

/// Shows a rule with what it would have done, signs it on a yes, and hands it in; others may have to agree.
pub async fn propose(
    console: &Console,
    steward: &Steward,
    realm: Digest,
    rule: &Standing,
    agent: &str,
) -> Result<Admitted, Failure> {
    let tried = backtest(console, steward, realm, rule).await?;
    let signed =
        steward.seal(realm, rule, |unsigned| shown(unsigned, agent).beside(&in_words(&tried))).await?;
    submit(console, &signed, None).await
}

/// How a rule would have answered, in words.
pub fn in_words(tried: &Backtest) -> String {
    format!(
        "of {} past requests it would have let through {} that were approved and {} that were denied",
        tried.asked, tried.would_have_approved, tried.against_a_denial
    )
}

fn shown(unsigned: &Unsigned<Standing>, agent: &str) -> Shown {
    let body = unsigned.body();
    let bounds: Vec<String> = body
        .arguments
        .iter()
        .map(|(name, bound)| format!("{name} {}", crate::constraint_text::words(bound)))
        .collect();
    let words = format!(
        "let {} ({}) do {} on {} without asking, {} times at most, until {}\nwhere {}",
        escape::line(agent),
        body.agent.digest().short(),
        escape::line(body.action.as_str()),
        escape::line(body.resource.name.as_str()),
        body.max_uses,
        moment::local(body.expires.seconds()),
        if bounds.is_empty() { "it has no arguments".to_owned() } else { bounds.join(", ") },
    );
    Shown::of("Sign a standing rule", &words, unsigned)
}
