//! `standing`: rules that answer instead of persons, within bounds: listed, proposed from a request, revoked.

use crate::exit::Exit;
use crate::failure::{Failure, bad_value};
use crate::output::Tone;
use crate::setting::Setting;
use crate::unlock::UnlockArguments;
use bailiwick_authority::{Digest, Request, Revocation, Target, Text, Unverified};
use bailiwick_client::Console;
use bailiwick_person::waiting::find;
use bailiwick_person::{Shown, constraint_text, escape, moment, ruling, submit};
use bailiwick_protocol::StandingView;
use clap::{Args, Subcommand};

/// What to do with standing rules.
#[derive(Subcommand, Debug)]
pub(crate) enum Verb {
    /// List them: what each answers, how often it was used, whether it holds
    List,
    /// Make one from a request: the narrowest that would have answered it
    Propose(ProposeArguments),
    /// End one
    Revoke(RevokeArguments),
}

/// From which request, and how far.
#[derive(Args, Debug)]
pub(crate) struct ProposeArguments {
    /// The request: its four words while it waits, or its digest
    #[arg(value_name = "CODE", required = true)]
    which: Vec<String>,
    /// How often it answers
    #[arg(long, value_name = "NUMBER", default_value_t = 10)]
    uses: u64,
    /// For how long
    #[arg(long = "for", value_name = "TIME", default_value = "7d", value_parser = moment::seconds)]
    period: u64,
    /// Sign without asking
    #[arg(long, short)]
    yes: bool,
    #[command(flatten)]
    unlock: UnlockArguments,
}

/// Which one to end.
#[derive(Args, Debug)]
pub(crate) struct RevokeArguments {
    /// The rule, by its digest or the first eight digits of it
    rule: String,
    /// Why, in your words
    #[arg(long, value_name = "TEXT", default_value = "not stated")]
    reason: Text,
    /// Sign without asking
    #[arg(long, short)]
    yes: bool,
    #[command(flatten)]
    unlock: UnlockArguments,
}

pub(crate) async fn run(verb: Verb, setting: &Setting) -> Result<Exit, Failure> {
    match verb {
        Verb::List => list(setting).await,
        Verb::Propose(arguments) => propose(arguments, setting).await,
        Verb::Revoke(arguments) => revoke(arguments, setting).await,
    }
}

async fn list(setting: &Setting) -> Result<Exit, Failure> {
    let (console, _, _) = setting.realm().await?;
    let rules = console.standing().await?;
    setting.output.result(&rules, || {
        if rules.is_empty() {
            return "there are no standing rules".to_owned();
        }
        rules.iter().map(|rule| row(setting, rule)).collect::<Vec<_>>().join("\n")
    })?;
    Ok(Exit::Done)
}

fn row(setting: &Setting, rule: &StandingView) -> String {
    let tone = if rule.state == "active" { Tone::Good } else { Tone::Dim };
    format!(
        "{}  {}\n  where {}\n  {}",
        setting.output.tone(tone, escape::line(&rule.state)),
        escape::line(&rule.sentence),
        bounds(rule),
        setting.output.tone(
            Tone::Dim,
            format_args!(
                "answers {}; used {} of {}; signed by {}; {}",
                escape::line(&rule.asks.join(", ")),
                rule.uses,
                rule.max_uses,
                escape::line(&rule.persons.join(", ")),
                escape::line(&rule.id)
            )
        )
    )
}

/// What its arguments may be.
fn bounds(rule: &StandingView) -> String {
    let all = rule.arguments.as_object().into_iter().flatten();
    let words: Vec<String> = all
        .map(|(name, bound)| format!("{} {}", escape::line(name), constraint_text::words_of(bound)))
        .collect();
    if words.is_empty() { "it has no arguments".to_owned() } else { words.join(", ") }
}

async fn propose(arguments: ProposeArguments, setting: &Setting) -> Result<Exit, Failure> {
    let (console, _, realm) = setting.realm().await?;
    let request = request_of(&console, &arguments.which).await?;
    let body = request.body();
    let asks = body.asks.iter().map(|ask| ask.policy.clone()).collect();
    let bounds = ruling::exactly(&body.arguments);
    let expires = moment::now()?.plus(arguments.period);
    let rule = ruling::rule(&request, asks, bounds, arguments.uses, expires);
    let agent = body.path.last().map_or_else(|| body.agent.to_string(), ToString::to_string);
    let output = &setting.output;
    let steward = setting.steward(&arguments.unlock, arguments.yes)?;
    let admitted = ruling::propose(&console, &steward, realm, &rule, &agent).await?;
    output.result(&admitted, || match admitted.waits_for {
        None => format!("in force as {}", escape::line(&admitted.digest)),
        Some(more) => format!(
            "proposed as {}: {more} more must agree (`bailiwick pending`)",
            escape::line(&admitted.digest)
        ),
    })?;
    Ok(Exit::Done)
}

async fn request_of(console: &Console, which: &[String]) -> Result<Unverified<Request>, Failure> {
    let envelope = match which {
        [digest] if digest.parse::<Digest>().is_ok() => console.statement(digest).await?,
        _ => find(console.pending().await?, which)?.envelope,
    };
    Ok(ruling::request(&envelope)?)
}

async fn revoke(arguments: RevokeArguments, setting: &Setting) -> Result<Exit, Failure> {
    let (console, _, realm) = setting.realm().await?;
    let digits = arguments.rule.strip_prefix("sha256:").unwrap_or(&arguments.rule);
    let rules = console.standing().await?;
    let named = |rule: &&StandingView| {
        digits.len() >= 8 && rule.id.strip_prefix("sha256:").is_some_and(|id| id.starts_with(digits))
    };
    let rule = rules.iter().find(named).ok_or_else(|| {
        Failure::usage(
            format!("there is no standing rule `{}`", arguments.rule),
            "`bailiwick standing list` lists them",
        )
    })?;
    let digest: Digest = rule.id.parse().map_err(|why| bad_value("a rule", &rule.id, &why))?;
    let steward = setting.steward(&arguments.unlock, arguments.yes)?;
    let revocation = Revocation { target: Target::Standing(digest), reason: arguments.reason };
    let words = format!("end for ever: {}\nwhere {}", escape::line(&rule.sentence), bounds(rule));
    let signed =
        steward.seal(realm, &revocation, |unsigned| Shown::of("Sign a revocation", &words, unsigned)).await?;
    let admitted = submit(&console, &signed, None).await?;
    super::revoke::report(&console, admitted, setting).await
}
