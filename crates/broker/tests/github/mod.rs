//! GitHub against the practice range: every action, every refusal, every fault.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test's helper fails its test; the lints know only the test functions themselves"
)]

mod branch_move;
mod catalogue;
mod check;
mod demands;
mod deployment;
mod diff;
mod evidence;
mod fault;
mod gate;
mod look_up;
mod network;
mod owners;
mod peers;
mod persons;
mod story;
mod token;

use std::sync::Arc;

use bailiwick_authority::{
    Argument, Connection, Digest, GitHubApp, Invocation, Resource, Target, Timestamp, Value,
};
use bailiwick_broker::destinations::github::{
    Cause, Done, Evidence, Failure, GitHub, Known, Operation, Refusal, Scope, Token, fingerprint,
};
use bailiwick_broker::destinations::http::Way;
use bailiwick_broker::gate::{Gate, Pass};
use bailiwick_practice::{Act, Control, Fault, Options, Range, Seed};

/// The repository of the story.
pub(crate) const BACKEND: &str = "acme/backend";

/// A range with the broker's side of it.
pub(crate) struct World {
    pub(crate) range: Range,
    pub(crate) github: GitHub,
    pub(crate) gate: Arc<Gate>,
    pub(crate) pass: Arc<Pass>,
}

/// The connection to a range, as a person would sign it.
pub(crate) fn connection(range: &Range) -> Connection {
    let app = range.app();
    Connection {
        series: "github".parse().unwrap(),
        previous: None,
        api: range.url().to_owned(),
        github: GitHubApp { app: app.app_id(), installation: app.installation_id() },
        root: fingerprint(app.private_key_pem()).unwrap(),
        certificate_authority: None,
        proxy: None,
    }
}

/// What an agent asks.
pub(crate) fn invocation(action: &str, id: &str, name: &str, arguments: &[(&str, Argument)]) -> Invocation {
    Invocation {
        leaf: Digest::of(b"leaf"),
        broker: Digest::of(b"broker").to_string().parse().unwrap(),
        action: action.parse().unwrap(),
        connection: "github".parse().unwrap(),
        resource: Resource { id: id.parse().unwrap(), name: name.parse().unwrap() },
        arguments: arguments.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
        expires: Timestamp::from_seconds(1).unwrap(),
        claims: Value::object::<&str>([]),
    }
}

/// A string argument.
pub(crate) fn text(text: &str) -> Argument {
    Argument::Str(text.to_owned())
}

/// Nobody is known, and `stella` answers for the agent.
pub(crate) fn nobody_known() -> Known {
    Known::of(None, &"github".parse().unwrap(), &"stella".parse().unwrap())
}

/// The answer to `GET path` is another, once.
pub(crate) fn edited(path: &str, edit: impl Fn(&mut serde_json::Value) + Send + Sync + 'static) -> Fault {
    Fault::on("GET", path, Act::Edit(Arc::new(edit)))
}

impl World {
    pub(crate) async fn story() -> World {
        World::with(Seed::story(), Options::default()).await
    }

    pub(crate) async fn with(seed: Seed, options: Options) -> World {
        let range = Range::start(seed, options).await.unwrap();
        let github = GitHub::new(&connection(&range), range.app().private_key_pem()).unwrap();
        let gate = Gate::new([]);
        let pass = gate.admit([World::capability()]).unwrap();
        World { range, github, gate, pass }
    }

    /// The capability that the world's pass stands under.
    pub(crate) fn capability() -> Target {
        Target::Capability(Digest::of(b"capability"))
    }

    pub(crate) fn control(&self) -> Control {
        self.range.control()
    }

    pub(crate) fn way(&self) -> Way {
        Way::Gated(Arc::clone(&self.pass))
    }

    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_seconds(u64::try_from(self.control().now().as_second()).unwrap()).unwrap()
    }

    /// An operation on `acme/backend`.
    pub(crate) fn operation(&self, action: &str, arguments: &[(&str, Argument)]) -> Operation {
        self.operation_on(BACKEND, action, arguments)
    }

    pub(crate) fn operation_on(&self, name: &str, action: &str, arguments: &[(&str, Argument)]) -> Operation {
        let id = self.control().repository_id(name).unwrap();
        self.github.operation(&invocation(action, &format!("repository:{id}"), name, arguments)).unwrap()
    }

    pub(crate) fn merge(&self, branch: &str) -> Operation {
        self.operation("pulls/merge", &[("branch", text(branch)), ("target", text("main"))])
    }

    pub(crate) async fn mint(&self, scope: &Scope) -> Result<Token, Failure> {
        let assertion = self.github.assertion(self.now()).unwrap();
        self.github.mint(scope, &assertion, &self.way()).await
    }

    /// Evidence with a token of its own, which is destroyed.
    pub(crate) async fn evidence(&self, operation: &Operation) -> Result<Evidence, Failure> {
        self.evidence_to(operation, &nobody_known()).await
    }

    async fn evidence_to(&self, operation: &Operation, known: &Known) -> Result<Evidence, Failure> {
        let token = self.mint(&operation.evidence_scope()).await?;
        let evidence = self.github.evidence(operation, known, &token, &self.way()).await;
        self.github.destroy(token).await;
        evidence
    }

    /// The facts as persons of a roster are known.
    pub(crate) async fn facts_to(&self, operation: &Operation, known: &Known) -> serde_json::Value {
        let evidence = self.evidence_to(operation, known).await.unwrap();
        serde_json::from_slice(&evidence.facts.encode()).unwrap()
    }

    pub(crate) async fn facts(&self, operation: &Operation) -> serde_json::Value {
        let evidence = self.evidence(operation).await.unwrap();
        serde_json::from_slice(&evidence.facts.encode()).unwrap()
    }

    /// The act with a token of its own, which is destroyed.
    pub(crate) async fn act(&self, operation: &Operation, facts: &Value) -> Result<Done, Failure> {
        let token = self.mint(&operation.act_scope()).await?;
        let done = self.github.act(operation, facts, &token, &self.way(), &operation_id()).await;
        self.github.destroy(token).await;
        done
    }

    /// The refusal that evidence ends in.
    #[track_caller]
    pub(crate) fn refusal(evidence: Result<Evidence, Failure>) -> Refusal {
        match evidence.unwrap_err().cause {
            Cause::Refused(refusal) => refusal,
            cause => panic!("refused by {cause:?}"),
        }
    }

    /// Paths of the requests so far, without those that destroy.
    pub(crate) fn asked(&self) -> Vec<String> {
        let requests = self.control().requests();
        let destroys = |path: &str| path.starts_with("/installation/");
        requests
            .iter()
            .filter(|seen| !destroys(&seen.path))
            .map(|seen| format!("{} {}", seen.method, seen.path))
            .collect()
    }

    /// No token is alive at the range.
    pub(crate) fn assert_nothing_alive(&self) {
        let alive: Vec<_> = self.control().minted().into_iter().filter(|token| token.alive).collect();
        assert!(alive.is_empty(), "alive: {alive:?}");
    }
}

/// The operation that tests act as.
pub(crate) fn operation_id() -> Digest {
    Digest::of(b"operation")
}
