//! A realm of the bench's own: the broker's library in this process, behind its two sockets, with keys
//! that are made here and are worth nothing outside.

use crate::Failed;
use bailiwick_authority::{
    Argument, Assurance, Capability, Constraint, Digest, Ed25519Signer, EnrolledKey, Grant, Invocation,
    KeyId, Nonce, Payload, Person, PolicySet, Realm as RealmOf, Resource, Role, Roster, Signed, Signer as _,
    Timestamp, Value, seal,
};
use bailiwick_broker::{Broker, LEDGER_KEY, Mode, Options, StartError, system_time};
use bailiwick_client::{Agent, Console};
use bailiwick_keystore::{ExposeSecret as _, MemoryRootStore, SecretString, new_root_key};
use bailiwick_protocol::{Admitted, Ask, Places, PolicyTexts, Submission};
use std::cell::Cell;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::task::JoinHandle;

/// How long a broker may take until it answers.
const START_LIMIT: Duration = Duration::from_secs(20);

/// A broker with a steward.
pub(crate) struct Realm {
    pub(crate) console: Console,
    pub(crate) agents: Agent,
    pub(crate) digest: Digest,
    pub(crate) places: Places,
    broker: Arc<Broker>,
    running: JoinHandle<Result<(), StartError>>,
    steward: Ed25519Signer,
    statements: Cell<u64>,
    _sockets: TempDir,
}

/// An agent with the capability that was delegated to it.
pub(crate) struct Holder {
    key: Ed25519Signer,
    chain: Vec<Signed<Capability>>,
}

impl Realm {
    /// Starts a broker with its data below `folder` and founds a realm. `secrets` are root secrets.
    pub(crate) async fn found(folder: &Path, secrets: &[(&str, &SecretString)]) -> Result<Realm, Failed> {
        // Sockets have short names; the data has to lie where the figures are meant for.
        let sockets = TempDir::with_prefix("bench-")?;
        let places = Places { run: sockets.path().to_owned(), ..Places::of(Some(folder))? };
        let ledger_key = new_root_key()?;
        let mut roots = serde_json::Map::new();
        for (name, secret) in secrets.iter().copied().chain([(LEDGER_KEY, &ledger_key)]) {
            roots.insert(name.to_owned(), secret.expose_secret().into());
        }
        let roots = MemoryRootStore::from_json(serde_json::Value::Object(roots).to_string().as_bytes())?;
        let options = Options {
            places: places.clone(),
            roots: Arc::new(roots),
            time: system_time(),
            mode: Mode::Sidecar,
        };
        let broker = Broker::open(options)?;
        let running = tokio::spawn(Arc::clone(&broker).run());
        let console = connected(&places).await?;
        let agents = Agent::connect(&places.agent_socket()).await?;
        let steward = Ed25519Signer::from_seed(&[7; 32])?;
        let genesis: Signed<Roster> =
            seal(&steward, RealmOf::Genesis, now(), Nonce([1; 16]), roster(&steward)?)?;
        let realm = Realm {
            console,
            agents,
            digest: genesis.digest(),
            places,
            broker,
            running,
            steward,
            statements: Cell::new(0),
            _sockets: sockets,
        };
        realm.submit(&genesis, None).await?;
        Ok(realm)
    }

    /// Signs as the steward; every statement is another one.
    pub(crate) fn sign<T: Payload>(&self, body: T) -> Result<Signed<T>, Failed> {
        self.sign_with(&self.steward, body)
    }

    fn sign_with<T: Payload>(&self, key: &Ed25519Signer, body: T) -> Result<Signed<T>, Failed> {
        let number = self.statements.replace(self.statements.get() + 1);
        let mut nonce = [0; 16];
        for (place, byte) in nonce.iter_mut().zip(number.to_be_bytes()) {
            *place = byte;
        }
        Ok(seal(key, RealmOf::Of(self.digest), now(), Nonce(nonce), body)?)
    }

    /// Hands a statement in.
    pub(crate) async fn submit<T: Payload>(
        &self,
        statement: &Signed<T>,
        policy: Option<PolicyTexts>,
    ) -> Result<Admitted, Failed> {
        let envelope = String::from_utf8(statement.envelope().to_bytes())?;
        Ok(self.console.submit(&Submission { envelope, policy, chain: Vec::new() }).await?)
    }

    /// Activates a policy.
    pub(crate) async fn activate(&self, texts: PolicyTexts) -> Result<(), Failed> {
        let digest = |text: &str| Digest::of(text.as_bytes());
        let body = PolicySet {
            previous: None,
            guard: digest(&texts.guard),
            ask: digest(&texts.ask),
            schema: digest(&texts.schema),
            data: digest(&texts.data),
        };
        self.submit(&self.sign(body)?, Some(texts)).await?;
        Ok(())
    }

    /// Delegates merging into `main` to a fresh key.
    pub(crate) async fn delegate(&self, connection: &str, on: &Resource) -> Result<Holder, Failed> {
        let key = Ed25519Signer::from_seed(&[9; 32])?;
        let arguments = [
            ("branch", Constraint::Ref("refs/heads/**".to_owned())),
            ("target", Constraint::Exact(Argument::Str("main".to_owned()))),
        ];
        let grant = Grant {
            connection: connection.parse()?,
            catalogue: "github-1".parse()?,
            actions: vec!["pulls/merge".parse()?],
            resources: vec![on.clone()],
            arguments: arguments.map(|(name, constraint)| (name.to_owned(), constraint)).into(),
        };
        let capability = Capability {
            parent: None,
            holder: key.public().clone(),
            label: "ci-bot".parse()?,
            grants: vec![grant],
            not_before: now(),
            expires: now().plus(8 * 3_600),
            max_uses: None,
            rate: None,
            max_depth: 0,
            purpose: "measure a merge".parse()?,
        };
        let signed = self.sign(capability)?;
        self.submit(&signed, None).await?;
        Ok(Holder { key, chain: vec![signed] })
    }

    /// A request for the merge of `branch` into `main`, signed by its holder.
    pub(crate) fn merge(
        &self,
        holder: &Holder,
        connection: &str,
        on: &Resource,
        branch: &str,
    ) -> Result<Ask, Failed> {
        let broker: KeyId = self.agents.greeting().broker.parse()?;
        let arguments = [("branch", branch), ("target", "main")];
        let body = Invocation {
            leaf: holder.chain.last().ok_or("nothing was delegated")?.digest(),
            broker,
            action: "pulls/merge".parse()?,
            connection: connection.parse()?,
            resource: on.clone(),
            arguments: arguments
                .map(|(name, value)| (name.to_owned(), Argument::Str(value.to_owned())))
                .into(),
            expires: now().plus(30),
            claims: Value::object([("saw", Value::from("all checks green"))]),
        };
        let text = |envelope: &bailiwick_authority::Envelope| String::from_utf8(envelope.to_bytes());
        let chain = holder.chain.iter().map(|link| text(link.envelope())).collect::<Result<_, _>>()?;
        let invocation = text(self.sign_with(&holder.key, body)?.envelope())?;
        Ok(Ask { chain, invocation, wait_ms: 30_000 })
    }

    /// Ends the broker in order.
    pub(crate) async fn end(self) -> Result<(), Failed> {
        self.broker.end();
        self.running.await??;
        Ok(())
    }
}

/// The time now.
pub(crate) fn now() -> Timestamp {
    system_time()()
}

async fn connected(places: &Places) -> Result<Console, Failed> {
    let start = Instant::now();
    loop {
        match Console::connect(places).await {
            Ok(console) => return Ok(console),
            Err(error) if start.elapsed() > START_LIMIT => return Err(error.into()),
            Err(_) => tokio::time::sleep(Duration::from_millis(5)).await,
        }
    }
}

fn roster(steward: &Ed25519Signer) -> Result<Roster, Failed> {
    let key = EnrolledKey {
        key: steward.public().clone(),
        assurance: Assurance::File,
        enrolled: "in memory, for the bench".parse()?,
        end: None,
    };
    let person = Person {
        name: "steward".parse()?,
        roles: vec![Role::Steward, Role::Approver, Role::Security],
        identities: std::collections::BTreeMap::new(),
        keys: vec![key],
    };
    Ok(Roster { previous: None, change_quorum: 1, persons: vec![person], recovery: None })
}
