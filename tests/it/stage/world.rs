//! A realm with a broker of its own, against a practice range, and those who sign in it.

use super::program::{Broker, Launch};
use super::sign::{fresh_key, named, now, seal_at, text, text_of};
use bailiwick_authority::{
    Argument, Assurance, Capability, Connection, Constraint, Digest, Ed25519Signer, EnrolledKey, GitHubApp,
    Grant, Invocation, KeyId, Payload, Person, PolicySet, PublicKey, Realm, Resource, Role, Roster, Signed,
    Signer as _, Value,
};
use bailiwick_broker::{LEDGER_KEY, root_secret_name};
use bailiwick_client::{Agent, Console};
use bailiwick_keystore::{ExposeSecret as _, new_root_key, root_fingerprint};
use bailiwick_ledger::{Head, Leaf, Summary, Verification};
use bailiwick_practice::{Conditions, Control, Options, Range, Seed};
use bailiwick_protocol::{Admitted, ApiError, Ask, OperationView, Places, PolicyTexts, Submission};
use serde_json::json;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// The connection's name.
pub(crate) const CONNECTION: &str = "practice";

/// The story's repository.
pub(crate) const BACKEND: &str = "acme/backend";

/// The shipped policy, with a calendar that is always open.
pub(crate) fn shipped_policy() -> PolicyTexts {
    PolicyTexts {
        guard: include_str!("../../../policies/ship-to-main/guard.cedar").to_owned(),
        ask: include_str!("../../../policies/ship-to-main/ask.cedar").to_owned(),
        schema: include_str!("../../../policies/schema.cedarschema").to_owned(),
        data: include_str!("../../../policies/practice/data.json").to_owned(),
    }
}

/// What a stage is set up with.
pub(crate) struct Plan {
    pub(crate) seed: Seed,
    pub(crate) range: Options,
    pub(crate) launch: Launch,
    /// The profile's folder; a temporary one if none.
    pub(crate) folder: Option<PathBuf>,
}

impl Default for Plan {
    fn default() -> Plan {
        Plan { seed: Seed::story(), range: Options::default(), launch: Launch::default(), folder: None }
    }
}

/// Where a connection leads.
#[derive(Clone, Debug)]
pub(crate) struct Destination {
    pub(crate) api: String,
    pub(crate) app: u64,
    pub(crate) installation: u64,
    pub(crate) key_pem: String,
}

/// A stage: a practice range in this process, a broker in its own.
pub(crate) struct Stage {
    pub(crate) range: Range,
    pub(crate) folder: PathBuf,
    pub(crate) launch: Launch,
    pub(crate) steward: Ed25519Signer,
    /// What the broker reads on standard input.
    pub(crate) secrets: String,
    pub(crate) destination: Destination,
    broker: Option<Broker>,
    founded: Option<Founded>,
    _temporary: Option<TempDir>,
}

/// What stands once the realm does.
#[derive(Clone, Debug)]
pub(crate) struct Founded {
    pub(crate) realm: Digest,
    pub(crate) policy: Digest,
    pub(crate) connection: Digest,
    pub(crate) repository: Resource,
}

/// An agent's key with the chain of its capability, root first.
pub(crate) struct Holder {
    pub(crate) key: Ed25519Signer,
    pub(crate) chain: Vec<Signed<Capability>>,
}

impl Stage {
    /// The story's world, with the realm founded, the policy active and the range connected.
    pub(crate) async fn start() -> Stage {
        Stage::planned(Plan::default()).await
    }

    /// As [`Stage::start`], by a plan.
    pub(crate) async fn planned(plan: Plan) -> Stage {
        let mut stage = Stage::bare(plan).await;
        stage.raise().await;
        stage.found().await;
        stage
    }

    /// Range, folder and keys; no broker runs and nothing is founded.
    pub(crate) async fn bare(plan: Plan) -> Stage {
        let range = Range::start(plan.seed, plan.range).await.unwrap();
        let (folder, temporary) = match plan.folder {
            Some(folder) => (folder, None),
            None => {
                let folder = TempDir::with_prefix("bw-").unwrap();
                (folder.path().to_owned(), Some(folder))
            }
        };
        let app = range.app();
        let destination = Destination {
            api: range.url().to_owned(),
            app: app.app_id(),
            installation: app.installation_id(),
            key_pem: app.private_key_pem().expose_secret().to_owned(),
        };
        let mut stage = Stage {
            range,
            folder,
            launch: plan.launch,
            steward: fresh_key(),
            secrets: String::new(),
            destination: destination.clone(),
            broker: None,
            founded: None,
            _temporary: temporary,
        };
        stage.lead_to(destination);
        stage
    }

    /// Lets the connection lead somewhere else. Before [`Stage::found`].
    pub(crate) fn lead_to(&mut self, destination: Destination) {
        let ledger_key = new_root_key().unwrap();
        self.secrets = json!({
            LEDGER_KEY: ledger_key.expose_secret(),
            root_secret_name(&named(CONNECTION)): destination.key_pem,
        })
        .to_string();
        self.destination = destination;
    }

    /// Starts the broker and waits until it answers.
    pub(crate) async fn raise(&mut self) {
        assert!(self.broker.is_none(), "the broker runs already");
        let mut broker = Broker::start(&self.launch, &self.folder, &self.secrets).await;
        broker.ready(&self.places()).await;
        self.broker = Some(broker);
    }

    /// kill -9.
    pub(crate) async fn kill(&mut self) {
        self.broker.take().expect("a broker runs").kill().await;
    }

    /// Asks the broker to end, and waits until it has.
    pub(crate) async fn lower(&mut self) {
        self.console().await.shut_down().await.unwrap();
        let mut broker = self.broker.take().unwrap();
        assert!(broker.ended().await.success(), "{}", broker.words());
    }

    /// The broker that runs.
    pub(crate) fn broker(&self) -> &Broker {
        self.broker.as_ref().expect("a broker runs")
    }

    /// Founds the realm, activates the shipped policy, signs the connection.
    pub(crate) async fn found(&mut self) {
        let console = self.console().await;
        let roster = Roster {
            previous: None,
            change_quorum: 1,
            persons: vec![person("steward", &self.steward)],
            recovery: None,
        };
        let genesis = seal_at(&self.steward, Realm::Genesis, now(), roster);
        submit(&console, &genesis, None).await.unwrap();
        let realm = genesis.digest();
        let texts = shipped_policy();
        let policy = seal_at(&self.steward, Realm::Of(realm), now(), policy_statement(&texts, None));
        submit(&console, &policy, Some(texts)).await.unwrap();
        let connection = seal_at(&self.steward, Realm::Of(realm), now(), self.connection_body());
        submit(&console, &connection, None).await.unwrap();
        self.founded = Some(Founded {
            realm,
            policy: policy.digest(),
            connection: connection.digest(),
            repository: self.resource(BACKEND),
        });
    }

    /// The first connection statement, as a steward would sign it.
    pub(crate) fn connection_body(&self) -> Connection {
        let to = &self.destination;
        Connection {
            series: named(CONNECTION),
            previous: None,
            api: to.api.clone(),
            github: GitHubApp { app: to.app, installation: to.installation },
            root: Digest::from_bytes(root_fingerprint(&to.key_pem).unwrap()),
            certificate_authority: None,
            proxy: None,
        }
    }

    pub(crate) fn founded(&self) -> &Founded {
        self.founded.as_ref().expect("the realm is founded")
    }

    pub(crate) fn realm(&self) -> Realm {
        Realm::Of(self.founded().realm)
    }

    /// Another repository becomes the one that is acted on.
    pub(crate) fn act_on(&mut self, repository: Resource) {
        self.founded.as_mut().unwrap().repository = repository;
    }

    /// A repository of the range.
    pub(crate) fn resource(&self, name: &str) -> Resource {
        let id = self.control().repository_id(name).unwrap();
        Resource { id: named(&format!("repository:{id}")), name: text(name) }
    }

    pub(crate) fn control(&self) -> Control {
        self.range.control()
    }

    pub(crate) fn places(&self) -> Places {
        Places::of(Some(&self.folder)).unwrap()
    }

    pub(crate) async fn console(&self) -> Console {
        Console::connect(&self.places()).await.unwrap()
    }

    pub(crate) async fn agent(&self) -> Agent {
        Agent::connect(&self.places().agent_socket()).await.unwrap()
    }

    /// Signs as the steward and hands in.
    pub(crate) async fn decide<T: Payload>(&self, body: T) -> Result<(Signed<T>, Admitted), ApiError> {
        let statement = seal_at(&self.steward, self.realm(), now(), body);
        let admitted = submit(&self.console().await, &statement, None).await?;
        Ok((statement, admitted))
    }

    /// The policy with these texts takes the place of the one `before`; its digest.
    pub(crate) async fn activate(&self, texts: PolicyTexts, before: Digest) -> Digest {
        let set = policy_statement(&texts, Some(before));
        let policy = seal_at(&self.steward, self.realm(), now(), set);
        submit(&self.console().await, &policy, Some(texts)).await.unwrap();
        policy.digest()
    }

    /// A capability for everything that the story does, in the steward's words; nothing is signed.
    pub(crate) fn story_capability(&self, holder: &PublicKey) -> Capability {
        let issue = || Constraint::Range(1, 1_000_000);
        Capability {
            parent: None,
            holder: holder.clone(),
            label: text("ci-bot"),
            grants: vec![
                self.grant("pulls/merge", &[("branch", any_branch()), ("target", exact("main"))]),
                self.grant("issues/create-comment", &[("issue", issue()), ("body", anything())]),
                self.grant(
                    "pulls/create",
                    &[
                        ("branch", any_branch()),
                        ("target", exact("main")),
                        ("title", anything()),
                        ("body", anything()),
                    ],
                ),
                self.grant(
                    "repos/create-deployment",
                    &[("ref", any_branch()), ("environment", exact("staging"))],
                ),
            ],
            not_before: now(),
            expires: now().plus(8 * 3_600),
            max_uses: None,
            rate: None,
            max_depth: 2,
            purpose: text("an end-to-end test"),
        }
    }

    pub(crate) fn grant(&self, action: &str, arguments: &[(&str, Constraint)]) -> Grant {
        Grant {
            connection: named(CONNECTION),
            catalogue: named("github-1"),
            actions: vec![named(action)],
            resources: vec![self.founded().repository.clone()],
            arguments: arguments.iter().map(|(name, rule)| ((*name).to_owned(), rule.clone())).collect(),
        }
    }

    /// Delegates the story's authority to a fresh key.
    pub(crate) async fn delegate(&self) -> Holder {
        self.delegate_with(|_| ()).await
    }

    /// As [`Stage::delegate`], with changes to the capability.
    pub(crate) async fn delegate_with(&self, change: impl FnOnce(&mut Capability)) -> Holder {
        let key = fresh_key();
        let mut capability = self.story_capability(key.public());
        change(&mut capability);
        let (signed, _) = self.decide(capability).await.unwrap();
        Holder { key, chain: vec![signed] }
    }

    /// As [`Stage::delegate`], where the broker may refuse for a while.
    pub(crate) async fn delegate_if_possible(&self) -> Option<Holder> {
        let key = fresh_key();
        let (signed, _) = self.decide(self.story_capability(key.public())).await.ok()?;
        Some(Holder { key, chain: vec![signed] })
    }

    /// What an agent would sign to ask for `action` on the repository.
    pub(crate) async fn invocation(
        &self,
        holder: &Holder,
        action: &str,
        arguments: &[(&str, Argument)],
    ) -> Invocation {
        let broker: KeyId = named(&self.agent().await.greeting().broker);
        Invocation {
            leaf: holder.chain.last().unwrap().digest(),
            broker,
            action: named(action),
            connection: named(CONNECTION),
            resource: self.founded().repository.clone(),
            arguments: arguments.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
            expires: now().plus(60),
            claims: Value::object([("saw", Value::from("all checks green"))]),
        }
    }

    /// Signs `body` now and asks for it.
    pub(crate) fn ask_of(&self, holder: &Holder, body: Invocation) -> Ask {
        let invocation = seal_at(&holder.key, self.realm(), now(), body);
        Ask { chain: holder.envelopes(), invocation: text_of(&invocation), wait_ms: 60_000 }
    }

    /// A signed request for `action`.
    pub(crate) async fn ask(&self, holder: &Holder, action: &str, arguments: &[(&str, Argument)]) -> Ask {
        let body = self.invocation(holder, action, arguments).await;
        self.ask_of(holder, body)
    }

    /// Asks and waits for the end.
    pub(crate) async fn request(
        &self,
        holder: &Holder,
        action: &str,
        arguments: &[(&str, Argument)],
    ) -> Result<OperationView, ApiError> {
        let ask = self.ask(holder, action, arguments).await;
        self.agent().await.ask(&ask).await
    }

    /// Asks for a merge of `branch` into main.
    pub(crate) async fn merge(&self, holder: &Holder, branch: &str) -> Result<OperationView, ApiError> {
        self.request(holder, "pulls/merge", &merge_arguments(branch)).await
    }

    /// Asks for a comment on the story's issue.
    pub(crate) async fn comment(&self, holder: &Holder, body: &str) -> Result<OperationView, ApiError> {
        self.request(holder, "issues/create-comment", &comment_arguments(body)).await
    }

    /// A fresh pull request from `branch` into main that may be merged.
    pub(crate) async fn prepare(&self, branch: &str) -> u64 {
        self.control().prepare_pull(BACKEND, branch, Conditions::met()).await.unwrap().number
    }

    /// Verifies the whole ledger over the console socket, from the pinned genesis, with the pinned key.
    pub(crate) async fn verify(&self) -> Summary {
        let console = self.console().await;
        let key = PublicKey::from_line(&console.status().await.unwrap().broker_key).unwrap();
        let mut verification = Verification::new(Some(self.founded().realm), key);
        loop {
            let page = console.ledger(verification.summary().entries, 500).await.unwrap();
            for entry in &page.entries {
                let leaf = Leaf {
                    sequence: entry.sequence,
                    kind: entry.kind.clone(),
                    statement: entry.statement.parse().unwrap(),
                    envelope: entry.envelope_digest.parse().unwrap(),
                    time: bailiwick_authority::Timestamp::from_seconds(entry.time).unwrap(),
                };
                let head = Head::from_digest(entry.head.parse().unwrap());
                let envelope = entry.envelope.as_ref().map(String::as_bytes);
                verification.entry(&leaf, head, envelope).unwrap_or_else(|broken| panic!("{broken}"));
            }
            if verification.summary().entries >= page.size {
                return verification.summary().clone();
            }
        }
    }
}

impl Holder {
    /// The chain as it travels.
    pub(crate) fn envelopes(&self) -> Vec<String> {
        self.chain.iter().map(text_of).collect()
    }

    /// Passes a narrower capability on, offline.
    pub(crate) fn attenuate(&self, realm: Realm, narrow: impl FnOnce(&mut Capability)) -> Holder {
        let parent = self.chain.last().unwrap();
        let key = fresh_key();
        let mut child = parent.body().clone();
        child.parent = Some(parent.digest());
        child.holder = key.public().clone();
        child.label = text("sub-agent");
        child.max_depth = child.max_depth.saturating_sub(1);
        narrow(&mut child);
        let signed = seal_at(&self.key, realm, now(), child);
        Holder { key, chain: self.chain.iter().cloned().chain([signed]).collect() }
    }
}

/// Hands a statement in.
pub(crate) async fn submit<T: Payload>(
    console: &Console,
    statement: &Signed<T>,
    policy: Option<PolicyTexts>,
) -> Result<Admitted, ApiError> {
    console.submit(&Submission { envelope: text_of(statement), policy, chain: Vec::new() }).await
}

/// The statement about `texts` that follows `previous`.
pub(crate) fn policy_statement(texts: &PolicyTexts, previous: Option<Digest>) -> PolicySet {
    PolicySet {
        previous,
        guard: Digest::of(texts.guard.as_bytes()),
        ask: Digest::of(texts.ask.as_bytes()),
        schema: Digest::of(texts.schema.as_bytes()),
        data: Digest::of(texts.data.as_bytes()),
    }
}

/// A person with every role that the story needs.
pub(crate) fn person(name: &str, key: &Ed25519Signer) -> Person {
    let key = EnrolledKey {
        key: key.public().clone(),
        assurance: Assurance::File,
        enrolled: text("in memory, for a test"),
        end: None,
    };
    Person {
        name: named(name),
        roles: vec![Role::Steward, Role::Approver, Role::Security],
        identities: std::collections::BTreeMap::new(),
        keys: vec![key],
    }
}

pub(crate) fn merge_arguments(branch: &str) -> [(&'static str, Argument); 2] {
    [("branch", word(branch)), ("target", word("main"))]
}

pub(crate) fn comment_arguments(body: &str) -> [(&'static str, Argument); 2] {
    [("issue", Argument::Int(8)), ("body", word(body))]
}

pub(crate) fn word(text: &str) -> Argument {
    Argument::Str(text.to_owned())
}

pub(crate) fn any_branch() -> Constraint {
    Constraint::Ref("refs/heads/**".to_owned())
}

pub(crate) fn anything() -> Constraint {
    Constraint::Glob("**".to_owned())
}

pub(crate) fn exact(value: &str) -> Constraint {
    Constraint::Exact(Argument::Str(value.to_owned()))
}

/// Every file below `folder`.
pub(crate) fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut left = vec![folder.to_owned()];
    while let Some(folder) = left.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_dir() {
                left.push(entry.path())
            } else {
                found.push(entry.path())
            }
        }
    }
    found
}
