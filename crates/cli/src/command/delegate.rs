//! `delegate`: builds a capability, shows it as a sentence, signs it with the delegation key and hands it
//! in.
//!
//! Repository names are resolved at the destination, through the connection's check: what is signed is the
//! id that is never given to another repository.

use crate::exit::Exit;
use crate::failure::{Failure, bad_value};
use crate::grant_arguments::{Allowed, ArgumentRule};
use crate::output::Tone;
use crate::setting::Setting;
use crate::unlock::UnlockArguments;
use crate::{moment, sentence};
use bailiwick_authority::{Capability, Name, Rate, Text, Timestamp};
use bailiwick_person::{AgentFolder, Chain, Shown, agent_argument, delegating, envelope_text, submit};
use bailiwick_protocol::ConnectionView;
use clap::Args;
use std::path::PathBuf;

/// What to let an agent ask for.
#[derive(Args, Debug)]
#[command(after_long_help = HELP)]
pub(crate) struct Arguments {
    /// The agent: a name of this profile, or the line that `bailiwick agent new` printed (`ed25519:…`)
    #[arg(long, value_name = "AGENT")]
    to: String,
    /// An action, by id or alias; may be given several times
    #[arg(long = "allow", value_name = "ACTION", required = true)]
    allow: Vec<String>,
    /// A repository, `owner/name`; may be given several times
    #[arg(long = "repo", value_name = "REPO", required = true)]
    repos: Vec<String>,
    /// What an argument may be: `[action:]name=constraint`; may be given several times
    #[arg(long = "arg", value_name = "RULE")]
    rules: Vec<ArgumentRule>,
    /// For how long: `8h`, `30m`, `1d`
    #[arg(long = "for", value_name = "TIME", value_parser = moment::seconds)]
    seconds: u64,
    /// From when, as RFC 3339; now if absent
    #[arg(long, value_name = "TIME", value_parser = moment::instant)]
    starts: Option<Timestamp>,
    /// How often, in all, sub-agents included
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u64).range(1..))]
    max_uses: Option<u64>,
    /// How fast, sub-agents included: `10/60s`
    #[arg(long, value_name = "USES/TIME", value_parser = rate)]
    rate: Option<Rate>,
    /// Through how many more agents it may be passed on, each time narrowed
    #[arg(long, value_name = "LINKS", default_value_t = 1, value_parser = clap::value_parser!(u64).range(0..=7))]
    depth: u64,
    /// What it is for, in your words
    #[arg(long, value_name = "TEXT", default_value = "not stated")]
    purpose: Text,
    /// What to call the holder; the agent's name if absent
    #[arg(long, value_name = "TEXT")]
    label: Option<Text>,
    /// The connection; the only one there is if absent
    #[arg(long, value_name = "NAME")]
    connection: Option<Name>,
    /// Write the capability to FILE too, for an agent that cannot fetch it
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Sign without asking
    #[arg(long, short)]
    yes: bool,
    #[command(flatten)]
    unlock: UnlockArguments,
}

const HELP: &str = "\
Constraints:
  target=main                      exactly this value
  branch=ref:refs/heads/feat-*     a branch or ref that the pattern matches
  body=glob:**                     a text that the glob matches (`*`: any run without `/`, `**`: any run)
  issue=range:1..5                 a whole number, both ends included
  environment=oneof:staging|test   one of these
  path=path:docs                   a path at or below this one
  title=exact:glob:x               exactly `glob:x`
  merge_method?=squash             `?`: the argument may also be absent

Arguments that are not mentioned may be anything of their kind, but for those that authority hangs on
(`target` of a merge, `environment` of a deployment), which must be said.

Example:
  bailiwick delegate --to ci-bot --allow github.merge --allow github.comment \\
      --repo acme/backend --arg target=main --for 8h --purpose 'ship the release'";

pub(crate) async fn run(arguments: Arguments, setting: &Setting) -> Result<Exit, Failure> {
    let (holder, agent) = agent_argument(&AgentFolder::of(&setting.profile.places), &arguments.to)?;
    let label = match &arguments.label {
        Some(label) => label.clone(),
        None => delegating::label(agent.as_ref(), &holder)?,
    };
    let allowed = Allowed::read(&arguments.allow, &arguments.rules)?;
    let (console, status, realm) = setting.realm().await?;
    let connection = choose_connection(&status.connections, arguments.connection.as_ref())?;
    let name: Name =
        connection.name.parse().map_err(|why| bad_value("a connection", &connection.name, &why))?;
    let resources = delegating::find_repositories(&console, &name, &arguments.repos).await?;
    let grants = allowed.grants(&name, &resources)?;
    let not_before = match arguments.starts {
        Some(starts) => starts,
        None => moment::now()?,
    };
    let capability = Capability {
        parent: None,
        holder,
        label,
        grants,
        not_before,
        expires: not_before.plus(arguments.seconds),
        max_uses: arguments.max_uses,
        rate: arguments.rate,
        max_depth: arguments.depth,
        purpose: arguments.purpose.clone(),
    };
    let steward = setting.steward(&arguments.unlock, arguments.yes)?;
    let signed = steward
        .seal(realm, &capability, |unsigned| {
            let words = sentence::capability(steward.name().as_str(), unsigned.body());
            Shown::of("Sign a capability", &words, unsigned)
        })
        .await?;
    let admitted = submit(&console, &signed, None).await?;
    if let Some(path) = &arguments.out {
        let chain = Chain::parse(vec![envelope_text(&signed)?]).map_err(Failure::defect)?;
        chain.write(path)?;
    }
    let value = serde_json::json!({
        "capability": signed.digest().to_string(),
        "sequence": admitted.sequence,
        "label": signed.body().label.as_str(),
        "holder": signed.body().holder.to_line(),
        "not_before": signed.body().not_before.seconds(),
        "expires": signed.body().expires.seconds(),
        "file": arguments.out,
    });
    let output = &setting.output;
    output.result(&value, || format!("{} {}", output.tone(Tone::Good, "delegated"), signed.digest()))?;
    let steps = delegating::next_steps(agent.as_ref(), signed.body());
    output.remark(format_args!("the agent runs:\n  {}", steps.join("\n  ")));
    Ok(Exit::Done)
}

/// The connection with this name, or the only one.
pub(crate) fn choose_connection<'a>(
    connections: &'a [ConnectionView],
    name: Option<&Name>,
) -> Result<&'a ConnectionView, Failure> {
    let names = || connections.iter().map(|one| one.name.as_str()).collect::<Vec<_>>().join(", ");
    match (name, connections) {
        (Some(name), _) => connections.iter().find(|one| one.name == name.as_str()).ok_or_else(|| {
            Failure::not_set_up(
                format!("there is no connection `{name}`"),
                if connections.is_empty() {
                    "make one with `bailiwick connect github`".to_owned()
                } else {
                    format!("there are {}", names())
                },
            )
        }),
        (None, [one]) => Ok(one),
        (None, []) => {
            Err(Failure::not_set_up("there is no connection yet", "make one with `bailiwick connect github`"))
        }
        (None, _) => Err(Failure::usage(
            format!("there are several connections: {}", names()),
            "say which with `--connection <name>`",
        )),
    }
}

/// Reads `10/60s`.
pub(crate) fn rate(text: &str) -> Result<Rate, String> {
    let (uses, seconds) = text.split_once('/').ok_or("write a rate as `10/60s`")?;
    let uses = uses.parse().map_err(|_| "write a rate as `10/60s`")?;
    if uses == 0 {
        return Err("a rate allows at least one use".into());
    }
    let seconds = moment::seconds(seconds)?;
    if seconds > 86_400 {
        return Err("a rate counts over at most a day".into());
    }
    Ok(Rate { uses, seconds })
}
