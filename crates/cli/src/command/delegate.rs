//! `delegate`: builds a capability, shows it as a sentence, signs it with the delegation key and hands it
//! in.
//!
//! Repository names are resolved at the destination, through the connection's check: what is signed is the
//! id that is never given to another repository.

use crate::agent_folder::{AgentFolder, agent_argument};
use crate::chain_file::Chain;
use crate::exit::Exit;
use crate::failure::{Failure, bad_value};
use crate::grant_arguments::{Allowed, ArgumentRule};
use crate::output::Tone;
use crate::person::Steward;
use crate::setting::{Setting, envelope_text, submit};
use crate::unlock::UnlockArguments;
use crate::{moment, sentence};
use bailiwick_authority::{Capability, Name, PublicKey, Rate, Resource, Text, Timestamp};
use bailiwick_client::Console;
use bailiwick_protocol::{ConnectionView, ResourceView};
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
    let (holder, agent) = agent_argument(&AgentFolder::of(&setting.places), &arguments.to)?;
    let label = label(&arguments, agent.as_ref(), &holder)?;
    let allowed = Allowed::read(&arguments.allow, &arguments.rules)?;
    let (console, status, realm) = setting.realm().await?;
    let connection = choose_connection(&status.connections, arguments.connection.as_ref())?;
    let name: Name =
        connection.name.parse().map_err(|why| bad_value("a connection", &connection.name, &why))?;
    let resources = find_repositories(&console, &name, &arguments.repos).await?;
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
    let person = setting.config.person().map(|name| name.to_string()).unwrap_or_default();
    setting.output.confirm(&sentence::capability(&person, &capability), "Sign this?", arguments.yes)?;
    let steward = Steward::of(setting, &arguments.unlock)?;
    let signed = steward.seal(realm, capability).await?;
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
    output.remark(next_steps(&arguments, agent.as_ref(), signed.body()));
    Ok(Exit::Done)
}

fn label(arguments: &Arguments, agent: Option<&Name>, holder: &PublicKey) -> Result<Text, Failure> {
    if let Some(label) = &arguments.label {
        return Ok(label.clone());
    }
    let text = agent.map_or_else(|| format!("agent {}", holder.id().digest().short()), Name::to_string);
    text.parse().map_err(|why| bad_value("a label", &text, &why))
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

/// The repositories by name (or by id), as the destination knows them now.
async fn find_repositories(
    console: &Console,
    connection: &Name,
    wanted: &[String],
) -> Result<Vec<Resource>, Failure> {
    let reached = console.check(connection.as_str()).await?.resources;
    let mut found: Vec<Resource> = Vec::new();
    for repo in wanted {
        let view = reached
            .iter()
            .find(|view| view.name == *repo || view.id == *repo)
            .ok_or_else(|| not_reached(repo, connection, &reached))?;
        let resource = Resource {
            id: view.id.parse().map_err(|why| bad_value("a resource id", &view.id, &why))?,
            name: view.name.parse().map_err(|why| bad_value("a repository's name", &view.name, &why))?,
        };
        if !found.contains(&resource) {
            found.push(resource);
        }
    }
    Ok(found)
}

fn not_reached(repo: &str, connection: &Name, reached: &[ResourceView]) -> Failure {
    let alike = reached.iter().find(|view| view.name.eq_ignore_ascii_case(repo));
    let names: Vec<&str> = reached.iter().take(10).map(|view| view.name.as_str()).collect();
    let hint = match (alike, names.is_empty()) {
        (Some(view), _) => format!("names are compared exactly: there is `{}`", view.name),
        (None, true) => "give the App access to repositories in its installation's settings".to_owned(),
        (None, false) => format!(
            "it reaches {}{}; give the App access to more in its installation's settings",
            names.join(", "),
            if reached.len() > names.len() { ", …" } else { "" }
        ),
    };
    Failure::new(
        Exit::Refused,
        "other-resource",
        format!("the connection `{connection}` reaches no repository `{repo}`"),
        hint,
    )
}

/// What the agent has to run.
fn next_steps(arguments: &Arguments, agent: Option<&Name>, capability: &Capability) -> String {
    let grant = capability.grants.first();
    let action = grant.and_then(|grant| grant.actions.first());
    let alias = crate::action::ACTIONS.iter().find(|one| Some(one.id) == action.map(|id| id.as_str()));
    let (alias, values) = alias.map_or(("<action>", String::new()), |action| {
        let required = action.arguments.iter().filter(|parameter| parameter.required);
        (action.alias, required.map(|parameter| format!(" {}=…", parameter.name)).collect())
    });
    let repo = arguments.repos.first().map_or("<repo>", String::as_str);
    let (fetch, who) = match agent {
        Some(name) => (format!("bailiwick agent fetch {name}"), format!("--as {name}")),
        None => ("bailiwick agent fetch --key <its key file>".into(), "--key <its key file>".into()),
    };
    format!(
        "the agent runs:\n  {fetch}\n  bailiwick request {alias} {who} --repo {}{values}",
        crate::escape::line(repo)
    )
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
