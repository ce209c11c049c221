//! A rehearsal: a realm of its own in a temporary folder, with a broker process of its own, against the
//! practice range. What drill and practice stand on.
//!
//! The keys are made here, live in this process only, and are worth nothing outside: a statement of this
//! realm validates in no other.

use crate::failure::Failure;
use crate::{moment, shipped_policy};
use bailiwick_authority::{
    Argument, Arguments, Assurance, Capability, Connection, Constraint, Digest, Ed25519Signer, EnrolledKey,
    FormatError, GitHubApp, Grant, Invocation, KeyId, NameError, Payload, Person, PublicKey, Realm, Resource,
    Role, Roster, SignError, Signed, Signer as _, Text, Timestamp, Value, seal,
};
use bailiwick_broker::{LEDGER_KEY, root_secret_name};
use bailiwick_client::{Agent, Console};
use bailiwick_keystore::{ExposeSecret as _, new_root_key, root_fingerprint};
use bailiwick_person::{envelope_text, submit};
use bailiwick_practice::{Control, Options, Range, Seed};
use bailiwick_protocol::{Admitted, ApiError, Ask, OperationView, Places, PolicyTexts};
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::io::AsyncWriteExt as _;
use tokio::process::{Child, Command};

/// The connection's name.
pub(crate) const CONNECTION: &str = "practice";

/// The repository that everything happens in.
pub(crate) const REPOSITORY: &str = "acme/backend";

/// How long a broker may take to answer after its start.
const START_LIMIT: Duration = Duration::from_secs(20);

/// A calendar that is always open, and one that is always closed.
pub(crate) const OPEN: &str = include_str!("../../../policies/practice/data.json");
pub(crate) const CLOSED: &str = include_str!("../../../policies/practice/closed.json");

/// A rehearsal under way. Everything ends and disappears when it is dropped.
pub(crate) struct Rehearsal {
    pub(crate) range: Range,
    pub(crate) console: Console,
    pub(crate) agents: Agent,
    pub(crate) realm: Digest,
    pub(crate) repository: Resource,
    steward: Ed25519Signer,
    policy: Digest,
    broker: Child,
    _folder: TempDir,
}

/// A key of an agent in this rehearsal, with what was delegated to it.
pub(crate) struct Holder {
    pub(crate) key: Ed25519Signer,
    /// The chain of its capability, root first; empty before something was delegated.
    pub(crate) chain: Vec<Signed<Capability>>,
}

impl Rehearsal {
    /// Starts range and broker, founds the realm, activates the shipped policy with an open calendar,
    /// and connects the range.
    pub(crate) async fn start() -> Result<Rehearsal, Failure> {
        let folder = TempDir::with_prefix("bailiwick-")
            .map_err(|error| Failure::file("make a folder in", &std::env::temp_dir(), &error))?;
        let places = Places::of(Some(folder.path()))?;
        let range = Range::start(Seed::story(), Options::default()).await.map_err(|error| {
            Failure::not_set_up(error.to_string(), "the practice range needs `git` and a free port")
        })?;
        let key_pem = range.app().private_key_pem().clone();
        let mut broker = start_broker(folder.path(), &key_pem).await?;
        let console = wait_for(&places, &mut broker).await?;
        let agents = Agent::connect(&places.agent_socket()).await?;
        let steward = fresh_key()?;
        let roster = Roster {
            previous: None,
            change_quorum: 1,
            persons: vec![person("steward", &steward)?],
            recovery: None,
        };
        let genesis = sign(&steward, Realm::Genesis, roster)?;
        submit(&console, &genesis, None).await?;
        let realm = genesis.digest();
        let texts = shipped_policy::texts(Some(OPEN.to_owned()));
        let policy = sign(&steward, Realm::Of(realm), shipped_policy::statement(&texts, None))?;
        submit(&console, &policy, Some(texts)).await?;
        let connection = sign(&steward, Realm::Of(realm), connection(&range, key_pem.expose_secret())?)?;
        submit(&console, &connection, None).await?;
        let repository = find_repository(&console).await?;
        let policy = policy.digest();
        Ok(Rehearsal { range, console, agents, realm, repository, steward, policy, broker, _folder: folder })
    }

    /// The hand that moves the practice range.
    pub(crate) fn control(&self) -> Control {
        self.range.control()
    }

    /// Signs as the steward and submits.
    pub(crate) async fn steward_submits<T: Payload>(&self, body: T) -> Result<(Digest, Admitted), Failure> {
        let statement = sign(&self.steward, Realm::Of(self.realm), body)?;
        Ok((statement.digest(), submit(&self.console, &statement, None).await?))
    }

    /// Activates the shipped policy with other calendars.
    pub(crate) async fn activate(&mut self, data: &str) -> Result<(), Failure> {
        let texts: PolicyTexts = shipped_policy::texts(Some(data.to_owned()));
        let body = shipped_policy::statement(&texts, Some(self.policy));
        let statement = sign(&self.steward, Realm::Of(self.realm), body)?;
        submit(&self.console, &statement, Some(texts)).await?;
        self.policy = statement.digest();
        Ok(())
    }

    /// Delegates the story's authority to a fresh key: merge into main, comment, deploy to staging.
    pub(crate) async fn delegate(&self, label: &str) -> Result<Holder, Failure> {
        let key = fresh_key()?;
        let now = moment::now()?;
        let capability = Capability {
            parent: None,
            holder: key.public().clone(),
            label: text(label)?,
            grants: vec![
                self.grant("pulls/merge", &[("branch", any_branch()), ("target", exact("main"))])?,
                self.grant(
                    "issues/create-comment",
                    &[("issue", Constraint::Range(1, 1_000_000)), ("body", anything())],
                )?,
                self.grant(
                    "repos/create-deployment",
                    &[("ref", any_branch()), ("environment", exact("staging"))],
                )?,
            ],
            not_before: now,
            expires: now.plus(8 * 3_600),
            max_uses: None,
            rate: None,
            max_depth: 2,
            purpose: text("rehearse the story")?,
        };
        let signed = sign(&self.steward, Realm::Of(self.realm), capability)?;
        submit(&self.console, &signed, None).await?;
        Ok(Holder { key, chain: vec![signed] })
    }

    fn grant(&self, action: &str, arguments: &[(&str, Constraint)]) -> Result<Grant, Failure> {
        Ok(Grant {
            connection: named(CONNECTION)?,
            catalogue: named(crate::action::CATALOGUE)?,
            actions: vec![named(action)?],
            resources: vec![self.repository.clone()],
            arguments: arguments
                .iter()
                .map(|(name, constraint)| ((*name).to_owned(), constraint.clone()))
                .collect(),
        })
    }

    /// Passes a narrower capability on, offline, as its holder.
    pub(crate) fn attenuate(
        &self,
        holder: &Holder,
        label: &str,
        narrow: impl FnOnce(&mut Capability),
    ) -> Result<Holder, Failure> {
        let parent = holder.chain.last().ok_or_else(|| Failure::defect("nothing was delegated"))?;
        let key = fresh_key()?;
        let mut child = parent.body().clone();
        child.parent = Some(parent.digest());
        child.holder = key.public().clone();
        child.label = text(label)?;
        child.max_depth = child.max_depth.saturating_sub(1);
        narrow(&mut child);
        let signed = sign(&holder.key, Realm::Of(self.realm), child)?;
        let mut chain = holder.chain.clone();
        chain.push(signed);
        Ok(Holder { key, chain })
    }

    /// Signs an invocation as its holder.
    pub(crate) fn invocation(
        &self,
        holder: &Holder,
        action: &str,
        arguments: &[(&str, Argument)],
    ) -> Result<Ask, Failure> {
        let leaf = holder.chain.last().ok_or_else(|| Failure::defect("nothing was delegated"))?;
        let broker: KeyId = self.agents.greeting().broker.parse().map_err(|why| name_failure(&why))?;
        let now = moment::now()?;
        let body = Invocation {
            leaf: leaf.digest(),
            broker,
            action: named(action)?,
            connection: named(CONNECTION)?,
            resource: self.repository.clone(),
            arguments: arguments
                .iter()
                .map(|(name, value)| ((*name).to_owned(), value.clone()))
                .collect::<Arguments>(),
            expires: now.plus(30),
            claims: Value::object([("saw", Value::from("all checks green"))]),
        };
        let invocation = sign(&holder.key, Realm::Of(self.realm), body)?;
        Ok(Ask {
            chain: holder.chain.iter().map(envelope_text).collect::<Result<_, _>>()?,
            invocation: envelope_text(&invocation)?,
            wait_ms: 30_000,
        })
    }

    /// Asks as an agent does, and waits for the end.
    pub(crate) async fn ask(&self, ask: &Ask) -> Result<OperationView, ApiError> {
        self.agents.ask(ask).await
    }

    /// Ends broker and range in order.
    pub(crate) async fn stop(mut self) -> Result<(), Failure> {
        self.console.shut_down().await?;
        let ended = tokio::time::timeout(START_LIMIT, self.broker.wait()).await;
        if ended.is_err() {
            self.broker.kill().await.ok();
        }
        self.range.stop().await;
        Ok(())
    }
}

async fn start_broker(folder: &Path, key_pem: &bailiwick_keystore::SecretString) -> Result<Child, Failure> {
    let failed = |error: std::io::Error| Failure::file("start", folder, &error);
    let executable = std::env::current_exe().map_err(failed)?;
    let mut broker = Command::new(executable)
        .arg("--data-dir")
        .arg(folder)
        .args(["--quiet", "broker", "--roots", "stdin"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::inherit())
        .kill_on_drop(true)
        .spawn()
        .map_err(failed)?;
    let connection = named(CONNECTION)?;
    let ledger_key = new_root_key().map_err(|error| Failure::defect(error.to_string()))?;
    let secrets = serde_json::json!({
        LEDGER_KEY: ledger_key.expose_secret(),
        root_secret_name(&connection): key_pem.expose_secret(),
    });
    let mut input = broker.stdin.take().ok_or_else(|| Failure::defect("the broker has no standard input"))?;
    input.write_all(secrets.to_string().as_bytes()).await.map_err(failed)?;
    Ok(broker)
}

/// Waits until the broker answers. One that ended has said why on standard error.
async fn wait_for(places: &Places, broker: &mut Child) -> Result<Console, Failure> {
    let start = Instant::now();
    loop {
        match Console::connect(places).await {
            Ok(console) => return Ok(console),
            Err(error) if start.elapsed() > START_LIMIT => return Err(error.into()),
            Err(error) if matches!(broker.try_wait(), Ok(Some(_))) => return Err(error.into()),
            Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
}

fn connection(range: &Range, key_pem: &str) -> Result<Connection, Failure> {
    let root = root_fingerprint(key_pem).map_err(|error| Failure::defect(error.to_string()))?;
    Ok(Connection {
        series: named(CONNECTION)?,
        previous: None,
        api: range.url().to_owned(),
        github: GitHubApp { app: range.app().app_id(), installation: range.app().installation_id() },
        root: Digest::from_bytes(root),
        certificate_authority: None,
        proxy: None,
    })
}

async fn find_repository(console: &Console) -> Result<Resource, Failure> {
    let check = console.check(CONNECTION).await?;
    let found = check.resources.iter().find(|resource| resource.name == REPOSITORY);
    let found = found.ok_or_else(|| Failure::defect(format!("the practice range has no `{REPOSITORY}`")))?;
    Ok(Resource { id: named(&found.id)?, name: named(&found.name)? })
}

fn person(name: &str, key: &Ed25519Signer) -> Result<Person, Failure> {
    let key = EnrolledKey {
        key: key.public().clone(),
        assurance: Assurance::File,
        enrolled: text("in memory, for a rehearsal")?,
        end: None,
    };
    Ok(Person {
        name: named(name)?,
        roles: vec![Role::Steward, Role::Approver, Role::Security],
        identities: std::collections::BTreeMap::new(),
        keys: vec![key],
    })
}

fn sign<T: Payload>(key: &Ed25519Signer, realm: Realm, body: T) -> Result<Signed<T>, Failure> {
    let now: Timestamp = moment::now()?;
    seal(key, realm, now, moment::nonce()?, body)
        .map_err(|error: SignError| Failure::defect(error.to_string()))
}

fn fresh_key() -> Result<Ed25519Signer, Failure> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(|error| Failure::defect(error.to_string()))?;
    Ed25519Signer::from_seed(&seed).map_err(|error: FormatError| Failure::defect(error.to_string()))
}

/// The public half of a holder, for showing.
pub(crate) fn public_of(holder: &Holder) -> &PublicKey {
    holder.key.public()
}

fn named<T: std::str::FromStr<Err = NameError>>(name: &str) -> Result<T, Failure> {
    name.parse().map_err(|why| name_failure(&why))
}

fn text(words: &str) -> Result<Text, Failure> {
    named(words)
}

fn name_failure(why: &NameError) -> Failure {
    Failure::defect(why.to_string())
}

fn any_branch() -> Constraint {
    Constraint::Ref("refs/heads/**".to_owned())
}

fn anything() -> Constraint {
    Constraint::Glob("**".to_owned())
}

fn exact(value: &str) -> Constraint {
    Constraint::Exact(Argument::Str(value.to_owned()))
}
