//! `practice demo`: the range with a demo agent whose key is in this profile. The agent fetches what a person
//! delegates to it and begins to work by itself; the console starts this beside its own broker.
//!
//! It is an agent like any other: it speaks the agent socket, and holds its key and what was delegated.

use super::{REST, TURNS, interrupted, practice_options, write_private};
use crate::action::Action;
use crate::capability_choice::Wish;
use crate::command::agent::{fetch_chains, realm_and_broker};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::moment;
use crate::rehearsal::REPOSITORY;
use crate::setting::Setting;
use bailiwick_authority::{
    Argument, Arguments as Values, Digest, Invocation, Name, Realm, Signer, Value, seal,
};
use bailiwick_client::Agent;
use bailiwick_keystore::ExposeSecret as _;
use bailiwick_person::{AgentFolder, AgentKey, bad_value, envelope_text};
use bailiwick_practice::{Conditions, Control, Range, Seed};
use bailiwick_protocol::{Ask, ErrorCode, OperationView};
use clap::Args;
use std::path::PathBuf;
use std::time::Duration;
use tokio::io::AsyncReadExt as _;

/// What the demo agent is called.
const NAME: &str = "demo-agent";

/// How often it looks whether something was delegated to it, or whether the broker is back.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// An invocation lives this long.
const LIFE_SECONDS: u64 = 30;

/// So often it asks under a capability that was revoked; then it lets it go.
const MOST_REVOKED: usize = 3;

/// How long an answer may take, in milliseconds.
const WAIT_MS: u64 = 30_000;

/// Where to serve, and until when.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// The port on 127.0.0.1; any free one if absent
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Write the practice App's private key here (0600; never over another file)
    #[arg(long, value_name = "FILE")]
    key_out: PathBuf,
    /// End when standard input ends: with whoever started it
    #[arg(long)]
    with_parent: bool,
}

pub(crate) async fn run(arguments: Arguments, setting: &Setting) -> Result<Exit, Failure> {
    let folder = AgentFolder::of(&setting.profile.places);
    let name: Name = NAME.parse().map_err(|why| bad_value("a name", NAME, &why))?;
    let key = if folder.names()?.contains(&name) { folder.open(&name)? } else { folder.create(&name)? };
    let range = Range::start(Seed::story(), practice_options(arguments.port)).await.map_err(|error| {
        Failure::not_set_up(error.to_string(), "the practice range needs `git` and a free port")
    })?;
    write_private(&arguments.key_out, range.app().private_key_pem().expose_secret())?;
    let value = serde_json::json!({
        "url": range.url(),
        "app_id": range.app().app_id(),
        "installation": range.app().installation_id(),
        "key": arguments.key_out,
        "agent": {"name": NAME, "public": key.public().to_line(), "id": key.public().id().to_string()},
    });
    setting.output.result(&value, || {
        format!("The practice range answers at {}; its demo agent is `{NAME}`.", range.url())
    })?;
    let demo = DemoAgent { setting, folder, key, control: range.control(), turn: 0, revoked: Vec::new() };
    tokio::select! {
        failed = demo.work() => return Err(failed),
        () = interrupted() => {}
        () = parent_ended(), if arguments.with_parent => {}
    }
    range.stop().await;
    Ok(Exit::Done)
}

async fn parent_ended() {
    let (mut input, mut bytes) = (tokio::io::stdin(), [0; 64]);
    while input.read(&mut bytes).await.is_ok_and(|read| read > 0) {}
}

struct DemoAgent<'a> {
    setting: &'a Setting,
    folder: AgentFolder,
    key: AgentKey,
    control: Control,
    turn: usize,
    /// The capabilities that were refused as revoked, once for each refusal.
    revoked: Vec<Digest>,
}

impl DemoAgent<'_> {
    /// Works until something is wrong with the range or with this profile. A broker that is away comes back.
    async fn work(mut self) -> Failure {
        loop {
            match self.look().await {
                Ok(true) => tokio::time::sleep(REST).await,
                Ok(false) => tokio::time::sleep(LOOK_EVERY).await,
                Err(failure) => return failure,
            }
        }
    }

    /// One turn, if the broker is there and something was delegated. Says whether it asked for something.
    async fn look(&mut self) -> Result<bool, Failure> {
        let Ok(agent) = Agent::connect(&self.setting.profile.places.agent_socket()).await else {
            return Ok(false);
        };
        if agent.greeting().realm.is_none() || fetch_chains(&agent, &self.key, &self.folder).await.is_err() {
            return Ok(false);
        }
        let Some((title, conditions)) = TURNS.get(self.turn % TURNS.len()) else { return Ok(false) };
        let number = self.turn + 1;
        let branch = format!("demo-{number}");
        let merge = values([("branch", branch.as_str()), ("target", "main")]);
        let Some(leaf) = self.choose("pulls/merge", &merge)? else { return Ok(false) };
        self.turn += 1;
        self.prepare(&branch, title, conditions()).await?;
        let Some(view) = self.ask(&agent, "pulls/merge", merge).await? else { return Ok(false) };
        if view.reason.as_ref().is_some_and(|reason| reason.code == ErrorCode::Revoked) {
            self.revoked.push(leaf);
        }
        let deployed = values([("ref", "main"), ("environment", "staging")]);
        if view.outcome.as_deref() == Some("succeeded") && number % 2 == 1 {
            self.ask(&agent, "repos/create-deployment", deployed).await?;
        }
        Ok(true)
    }

    async fn prepare(&self, branch: &str, title: &str, conditions: Conditions) -> Result<(), Failure> {
        let prepared = self.control.prepare_pull(REPOSITORY, branch, conditions.titled(title)).await;
        prepared.map(|_| ()).map_err(|error| Failure::defect(error.to_string()))
    }

    /// The capability that it would ask under, if one fits.
    fn choose(&self, action: &str, values: &Values) -> Result<Option<Digest>, Failure> {
        Ok(self.choice(action, values)?.map(|choice| choice.chain.leaf().digest()))
    }

    fn choice(
        &self,
        action: &str,
        values: &Values,
    ) -> Result<Option<crate::capability_choice::Choice>, Failure> {
        let spent = |leaf: &Digest| self.revoked.iter().filter(|one| *one == leaf).count() >= MOST_REVOKED;
        let mut chains = self.folder.chains(&self.key)?;
        chains.retain(|chain| !spent(&chain.leaf().digest()));
        let action = Action::find(action)?.action_id()?;
        let wish = Wish {
            action: &action,
            resource: REPOSITORY,
            arguments: values,
            connection: None,
            now: moment::now()?,
        };
        Ok(wish.choose(chains).ok())
    }

    /// Asks for one operation and waits for its end; `None` where nothing allows it or the broker went away.
    async fn ask(
        &self,
        agent: &Agent,
        action: &str,
        values: Values,
    ) -> Result<Option<OperationView>, Failure> {
        let Some(choice) = self.choice(action, &values)? else { return Ok(None) };
        let (realm, broker) = realm_and_broker(agent)?;
        let now = moment::now()?;
        let body = Invocation {
            leaf: choice.chain.leaf().digest(),
            broker,
            action: Action::find(action)?.action_id()?,
            connection: choice.connection,
            resource: choice.resource,
            arguments: values,
            expires: now.plus(LIFE_SECONDS),
            claims: Value::object([("saw", Value::from("all checks green"))]),
        };
        let signed = seal(&self.key, Realm::Of(realm), now, moment::nonce()?, body)
            .map_err(|error| Failure::defect(error.to_string()))?;
        let chain = choice.chain.envelopes().to_vec();
        let ask = Ask { chain, invocation: envelope_text(&signed)?, wait_ms: WAIT_MS };
        Ok(agent.ask(&ask).await.ok())
    }
}

fn values<const N: usize>(pairs: [(&str, &str); N]) -> Values {
    pairs.into_iter().map(|(name, value)| (name.to_owned(), Argument::Str(value.to_owned()))).collect()
}
