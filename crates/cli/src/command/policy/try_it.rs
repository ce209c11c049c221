//! `policy try`: asks a policy about an operation that nobody asked for. Nothing is done and nothing is kept.

use super::check::loads;
use super::choice::Choice;
use super::text;
use crate::action::Action;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::moment;
use crate::setting::Setting;
use bailiwick_authority::{Assurance, Role, Timestamp};
use bailiwick_broker::policy::{MadeUp, Policy};
use bailiwick_protocol::{
    PolicyAnswer, PolicyQuestion, PolicySource, PolicySubject, PolicyTexts, PolicyTry, ResourceView,
};
use clap::Args;
use serde_json::{Map, Value};
use std::path::PathBuf;

/// What to ask.
#[derive(Args, Debug)]
#[command(
    after_help = "Example:\n  bailiwick policy try github.deploy ref=main environment=production --set deploy"
)]
pub(crate) struct Arguments {
    /// The action, by id or alias: `github.merge`
    action: String,
    /// Its arguments: `name=value`
    #[arg(value_name = "NAME=VALUE")]
    values: Vec<String>,
    /// The repository, `owner/name`
    #[arg(long, value_name = "REPO", default_value = "acme/backend")]
    repo: String,
    /// The repository's number at the destination
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    number: u64,
    /// The connection
    #[arg(long, value_name = "NAME", default_value = "github")]
    connection: String,
    /// An effect instead of those that the catalogue gives it: `moves_ref(refs/heads/main)`
    #[arg(long = "effect", value_name = "EFFECT")]
    effects: Vec<String>,
    /// What the broker would see, as JSON in FILE
    #[arg(long, value_name = "FILE")]
    facts: Option<PathBuf>,
    /// The person at the root of the chain
    #[arg(long, value_name = "NAME", default_value = "somebody")]
    person: String,
    /// That person's roles
    #[arg(long = "role", value_name = "ROLE", default_value = "steward")]
    roles: Vec<Role>,
    /// How that person's key is kept
    #[arg(long, value_name = "KIND", default_value = "keychain")]
    assurance: Assurance,
    /// The labels along the chain, root first; twice for a sub-agent
    #[arg(long = "label", value_name = "LABEL", default_value = "agent")]
    labels: Vec<String>,
    /// When, as RFC 3339; now if absent
    #[arg(long, value_name = "TIME", value_parser = moment::instant)]
    at: Option<Timestamp>,
    /// How long the capability goes on from then
    #[arg(long = "for", value_name = "TIME", value_parser = moment::seconds)]
    remaining: Option<u64>,
    /// By the policy in this folder; the one in force without it and without `--set`
    #[arg(long, value_name = "FOLDER")]
    by: Option<PathBuf>,
    /// By shipped sets
    #[arg(long = "set", value_name = "NAME")]
    sets: Vec<String>,
}

pub(crate) async fn run(arguments: Arguments, setting: &Setting) -> Result<Exit, Failure> {
    let question = arguments.question()?;
    let choice = Choice { folder: arguments.by.clone(), sets: arguments.sets.clone(), data: None };
    let answer = match choice.texts()? {
        Some(texts) => here(&texts, &question, setting)?,
        None => {
            let (console, _) = setting.console().await?;
            let subject = PolicySubject::MadeUp { question: Box::new(question) };
            console.policy_try(&PolicyTry { policy: PolicySource::InForce, subject }).await?
        }
    };
    setting.output.result(&answer, || text::answer(&setting.output, &answer))?;
    Ok(Exit::Done)
}

/// Without a broker: a policy that is not in force needs none.
fn here(texts: &PolicyTexts, question: &PolicyQuestion, setting: &Setting) -> Result<PolicyAnswer, Failure> {
    let Ok(policy) = Policy::load(texts) else {
        loads(texts, setting)?;
        return Err(Failure::defect("a policy loads and does not"));
    };
    let made_up = MadeUp::read(question, moment::now()?)
        .map_err(|why| Failure::usage(why, "see `bailiwick policy try --help`"))?;
    Ok(policy.explain(&made_up, None))
}

impl Arguments {
    fn question(&self) -> Result<PolicyQuestion, Failure> {
        let action = Action::find(&self.action)?;
        let mut values = Map::new();
        for text in &self.values {
            let (name, value) = text.split_once('=').ok_or_else(|| {
                Failure::usage(format!("`{text}` is not an argument"), "write arguments as `name=value`")
            })?;
            let number =
                action.parameter(name).and_then(|one| one.value(value).ok()).and_then(|one| match one {
                    bailiwick_authority::Argument::Int(number) => Some(Value::from(number)),
                    _ => None,
                });
            values.insert(name.to_owned(), number.unwrap_or_else(|| Value::from(value)));
        }
        let facts = match &self.facts {
            None => None,
            Some(path) => {
                let text =
                    std::fs::read_to_string(path).map_err(|error| Failure::file("read", path, &error))?;
                let facts = serde_json::from_str(&text).map_err(|error| {
                    Failure::usage(format!("`{}` is no JSON: {error}", path.display()), "mend the file")
                })?;
                Some(facts)
            }
        };
        let now = match self.at {
            Some(at) => at,
            None => moment::now()?,
        };
        Ok(PolicyQuestion {
            action: action.id.to_owned(),
            effects: (!self.effects.is_empty()).then(|| self.effects.clone()),
            connection: self.connection.clone(),
            resource: ResourceView { id: format!("repository:{}", self.number), name: self.repo.clone() },
            arguments: Value::Object(values),
            facts,
            agent: None,
            path: self.labels.clone(),
            person: self.person.clone(),
            roles: self.roles.iter().map(|role| role.as_str().to_owned()).collect(),
            assurance: self.assurance.as_str().to_owned(),
            now: Some(now.seconds()),
            expires: self.remaining.map(|seconds| now.plus(seconds).seconds()),
        })
    }
}
