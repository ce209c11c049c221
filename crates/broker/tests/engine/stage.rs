//! A broker with everything around it, and the ways to disturb it.

use super::sign::{self, Holder, envelope, fresh_key, sign};
use bailiwick_authority::{
    Argument, Capability, Connection, Digest, Ed25519Signer, GitHubApp, Halt, Invocation, KeyId, Nonce,
    Payload, PublicKey, Realm, Resource, Resume, Revocation, Signed, Target, Timestamp, Unverified, Value,
    seal,
};
use bailiwick_broker::destinations::github::fingerprint;
use bailiwick_broker::{Broker, LEDGER_KEY, Mode, Options, StartError, root_secret_name, system_time};
use bailiwick_client::{Agent, Console};
use bailiwick_keystore::{ExposeSecret as _, MemoryRootStore, new_root_key};
use bailiwick_ledger::{Head, Leaf, Summary, Verification};
use bailiwick_practice::{Act, Callback, Control, Fault, Range, Seed};
use bailiwick_protocol::{Admitted, ApiError, Ask, OperationView, Places, PolicyTexts, Submission};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;
use tempfile::TempDir;
use tokio::task::JoinHandle;

/// The repository of the story.
pub(crate) const BACKEND: &str = "acme/backend";

/// How long anything here may take before the test gives up on it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(40);

/// The broker's clock: where it stands, in seconds from the system's, and whether it breaks.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    offset: AtomicI64,
    breaks: AtomicBool,
}

impl Watch {
    fn now(&self) -> Timestamp {
        let seconds = system_time()().seconds().saturating_add_signed(self.offset.load(Ordering::SeqCst));
        Timestamp::from_seconds(seconds).unwrap()
    }
}

/// A broker process as a test sees it, and what it stands on.
pub(crate) struct Stage {
    pub(crate) range: Range,
    pub(crate) broker: Arc<Broker>,
    pub(crate) places: Places,
    pub(crate) console: Console,
    pub(crate) agents: Agent,
    pub(crate) realm: Digest,
    pub(crate) steward: Ed25519Signer,
    pub(crate) repository: Resource,
    seed: [u8; 32],
    watch: Arc<Watch>,
    secrets: String,
    running: JoinHandle<Result<(), StartError>>,
    _folder: TempDir,
}

impl Stage {
    /// Range and broker, the realm founded, the shipped policy always open, the range connected.
    pub(crate) async fn new() -> Stage {
        let range = Range::start(Seed::story(), bailiwick_practice::Options::default()).await.unwrap();
        let folder = TempDir::with_prefix("engine-").unwrap();
        let places = Places::of(Some(folder.path())).unwrap();
        let ledger_key = new_root_key().unwrap();
        let secrets = serde_json::json!({
            LEDGER_KEY: ledger_key.expose_secret(),
            root_secret_name(&"practice".parse().unwrap()): range.app().private_key_pem().expose_secret(),
        })
        .to_string();
        let watch = Arc::<Watch>::default();
        let broker = open(&places, &secrets, &watch).unwrap();
        let running = tokio::spawn(Arc::clone(&broker).run());
        let (console, agents) = connect(&places).await;
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).unwrap();
        let steward = Ed25519Signer::from_seed(&seed).unwrap();
        let id = range.control().repository_id(BACKEND).unwrap();
        let mut stage = Stage {
            repository: Resource {
                id: format!("repository:{id}").parse().unwrap(),
                name: BACKEND.parse().unwrap(),
            },
            realm: Digest::of(b"none yet"),
            range,
            broker,
            places,
            console,
            agents,
            steward,
            seed,
            watch,
            secrets,
            running,
            _folder: folder,
        };
        stage.found().await;
        stage
    }

    async fn found(&mut self) {
        let genesis = sign::roster(None, vec![sign::person("steward", &self.steward)]);
        let genesis = sign(&self.steward, Realm::Genesis, self.now(), genesis);
        submit(&self.console, &genesis, None).await.unwrap();
        self.realm = genesis.digest();
        let texts = sign::policy_texts(true);
        let policy = self.sign(sign::policy(&texts, None));
        submit(&self.console, &policy, Some(texts)).await.unwrap();
        let connection = self.sign(self.connection(None));
        submit(&self.console, &connection, None).await.unwrap();
    }

    /// The connection to the range, as its steward signs it.
    pub(crate) fn connection(&self, previous: Option<Digest>) -> Connection {
        let app = self.range.app();
        Connection {
            series: "practice".parse().unwrap(),
            previous,
            api: self.range.url().to_owned(),
            github: GitHubApp { app: app.app_id(), installation: app.installation_id() },
            root: fingerprint(app.private_key_pem()).unwrap(),
            certificate_authority: None,
            proxy: None,
        }
    }

    // Time.

    pub(crate) fn now(&self) -> Timestamp {
        self.watch.now()
    }

    /// Moves the broker's clock, and the test's with it.
    pub(crate) fn move_clock(&self, seconds: i64) {
        self.watch.offset.fetch_add(seconds, Ordering::SeqCst);
    }

    /// The next look at the broker's clock panics: a defect in the middle of whatever looks.
    pub(crate) fn break_clock_once(&self) {
        self.watch.breaks.store(true, Ordering::SeqCst);
    }

    // What persons do.

    /// Signs as the steward of this realm.
    pub(crate) fn sign<T: Payload>(&self, body: T) -> Signed<T> {
        sign(&self.steward, Realm::Of(self.realm), self.now(), body)
    }

    /// The steward's key, to sign with in a task of its own.
    pub(crate) fn sign_later(&self) -> Ed25519Signer {
        Ed25519Signer::from_seed(&self.seed).unwrap()
    }

    pub(crate) async fn submit<T: Payload>(&self, body: T) -> Result<Admitted, ApiError> {
        submit(&self.console, &self.sign(body), None).await
    }

    /// Delegates the story's authority to a fresh key, changed by `change`.
    pub(crate) async fn delegate(&self, change: impl FnOnce(&mut Capability)) -> Holder {
        let key = fresh_key();
        let mut capability = sign::capability(&key, &self.repository, self.now());
        change(&mut capability);
        let signed = self.sign(capability);
        submit(&self.console, &signed, None).await.unwrap();
        Holder { key, chain: vec![signed] }
    }

    pub(crate) async fn revoke(&self, target: Target) -> Result<Admitted, ApiError> {
        self.submit(Revocation { target, reason: "a test".parse().unwrap() }).await
    }

    pub(crate) async fn halt(&self) -> Result<Admitted, ApiError> {
        self.submit(Halt { reason: "a test".parse().unwrap() }).await
    }

    pub(crate) async fn resume(&self, lifts: &str) -> Result<Admitted, ApiError> {
        self.submit(Resume { lifts: lifts.parse().unwrap() }).await
    }

    // What agents do.

    /// A signed request, waiting up to 30 s for its outcome.
    pub(crate) fn request(&self, holder: &Holder, action: &str, arguments: &[(&str, Argument)]) -> Ask {
        let broker: KeyId = self.agents.greeting().broker.parse().unwrap();
        let invocation = Invocation {
            leaf: holder.leaf().digest(),
            broker,
            action: action.parse().unwrap(),
            connection: "practice".parse().unwrap(),
            resource: self.repository.clone(),
            arguments: arguments.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
            expires: self.now().plus(60),
            claims: Value::object::<&str>([]),
        };
        let invocation = sign(&holder.key, Realm::Of(self.realm), self.now(), invocation);
        Ask {
            chain: holder.chain.iter().map(envelope).collect(),
            invocation: envelope(&invocation),
            wait_ms: 30_000,
        }
    }

    pub(crate) fn comment_request(&self, holder: &Holder, body: &str) -> Ask {
        let arguments = [("issue", Argument::Int(8)), ("body", Argument::Str(body.to_owned()))];
        self.request(holder, "issues/create-comment", &arguments)
    }

    /// The same with a nonce that is not fresh.
    pub(crate) fn comment_request_with(&self, holder: &Holder, body: &str, nonce: Nonce) -> Ask {
        let mut ask = self.comment_request(holder, body);
        let unsigned: Unverified<Invocation> = Unverified::parse(ask.invocation.as_bytes()).unwrap();
        let body = unsigned.body().clone();
        let signed = seal(&holder.key, Realm::Of(self.realm), self.now(), nonce, body).unwrap();
        ask.invocation = envelope(&signed);
        ask
    }

    /// Asks for a comment and waits for the end.
    pub(crate) async fn comment(&self, holder: &Holder, body: &str) -> Result<OperationView, ApiError> {
        self.agents.ask(&self.comment_request(holder, body)).await
    }

    pub(crate) fn merge_request(&self, holder: &Holder) -> Ask {
        let text = |text: &str| Argument::Str(text.to_owned());
        self.request(holder, "pulls/merge", &[("branch", text("feat-123")), ("target", text("main"))])
    }

    /// Asks, and does `meanwhile` while the credential for the act itself is being minted.
    pub(crate) async fn ask_and_meanwhile(
        &self,
        ask: &Ask,
        meanwhile: impl Future<Output = ()>,
    ) -> Result<OperationView, ApiError> {
        let mint = "/app/installations/*/access_tokens";
        let (arrived, at_the_gate) = tokio::sync::oneshot::channel();
        let (let_go, gone_on) = tokio::sync::oneshot::channel();
        let both = Arc::new(parking_lot::Mutex::new(Some((arrived, gone_on))));
        let wait: Callback = Arc::new(move |_| {
            let both = both.lock().take();
            Box::pin(async move {
                let Some((arrived, gone_on)) = both else { return };
                arrived.send(()).unwrap();
                gone_on.await.unwrap();
            })
        });
        self.control().inject(Fault::on("POST", mint, Act::Before(wait)).after(1));
        let between = async {
            at_the_gate.await.unwrap();
            meanwhile.await;
            let_go.send(()).unwrap();
        };
        let (answer, ()) = tokio::join!(self.agents.ask(ask), between);
        answer
    }

    // The witness.

    pub(crate) fn control(&self) -> Control {
        self.range.control()
    }

    /// The comments on the story's issue.
    pub(crate) fn comments(&self) -> Vec<String> {
        self.control().comments(BACKEND, 8).unwrap().into_iter().map(|one| one.body).collect()
    }

    /// No token is alive at the range.
    pub(crate) fn assert_nothing_alive(&self) {
        let alive: Vec<_> = self.control().minted().into_iter().filter(|token| token.alive).collect();
        assert!(alive.is_empty(), "alive: {alive:?}");
    }

    /// The roster in force.
    pub(crate) async fn roster_head(&self) -> Digest {
        let query = "SELECT statement FROM leaf WHERE kind = 'roster' ORDER BY sequence DESC LIMIT 1";
        Digest::from_bytes(self.store().query_row(query, [], |row| row.get(0)).unwrap())
    }

    // The store.

    /// A second connection to the ledger's file.
    pub(crate) fn store(&self) -> rusqlite::Connection {
        let store = rusqlite::Connection::open(self.places.ledger()).unwrap();
        store.busy_timeout(PATIENCE).unwrap();
        store
    }

    /// From now on the store refuses `what`: `BEFORE INSERT ON leaf WHEN NEW.kind = 'pause'`.
    pub(crate) fn refuse(&self, what: &str) {
        let fault = format!("CREATE TRIGGER fault {what} BEGIN SELECT RAISE(ABORT, 'injected'); END");
        self.store().execute_batch(&fault).unwrap();
    }

    /// The store refuses nothing any more.
    pub(crate) fn mend(&self) {
        self.store().execute_batch("DROP TRIGGER fault").unwrap();
    }

    /// Waits until `done` holds.
    pub(crate) async fn until(&self, what: &str, mut done: impl FnMut() -> bool) {
        let start = std::time::Instant::now();
        while !done() {
            assert!(start.elapsed() < PATIENCE, "it did not come about: {what}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// How many rows a query counts.
    pub(crate) fn count(&self, query: &str) -> i64 {
        self.store().query_row(query, [], |row| row.get(0)).unwrap()
    }

    /// The whole ledger, verified from its first entry.
    pub(crate) async fn verify_ledger(&self) -> Summary {
        let key = PublicKey::from_line(&self.console.status().await.unwrap().broker_key).unwrap();
        let mut verification = Verification::new(Some(self.realm), key);
        loop {
            let page = self.console.ledger(verification.summary().entries, 200).await.unwrap();
            for entry in &page.entries {
                let leaf = Leaf {
                    sequence: entry.sequence,
                    kind: entry.kind.clone(),
                    statement: entry.statement.parse().unwrap(),
                    envelope: entry.envelope_digest.parse().unwrap(),
                    time: Timestamp::from_seconds(entry.time).unwrap(),
                };
                let head = Head::from_digest(entry.head.parse().unwrap());
                verification.entry(&leaf, head, entry.envelope.as_deref().map(str::as_bytes)).unwrap();
            }
            if verification.summary().entries >= page.size {
                return verification.summary().clone();
            }
        }
    }

    // Its end.

    /// Ends the broker in order and starts another on the same folder.
    pub(crate) async fn restart(self) -> Stage {
        let Stage { broker, running, places, secrets, watch, .. } = self;
        broker.end();
        drop(broker);
        tokio::time::timeout(PATIENCE, running).await.expect("the broker does not end").unwrap().unwrap();
        let broker = open(&places, &secrets, &watch).unwrap();
        let running = tokio::spawn(Arc::clone(&broker).run());
        let (console, agents) = connect(&places).await;
        Stage { broker, running, places, secrets, watch, console, agents, ..self }
    }

    /// Tries to open another broker on the same folder while this one runs.
    pub(crate) fn open_another(&self) -> Result<Arc<Broker>, StartError> {
        open(&self.places, &self.secrets, &self.watch)
    }

    /// Ends the broker in order and tries to start another with another ledger key.
    pub(crate) async fn restart_with_another_key(self) -> StartError {
        let Stage { broker, running, places, secrets, watch, _folder, .. } = self;
        broker.end();
        drop(broker);
        tokio::time::timeout(PATIENCE, running).await.expect("the broker does not end").unwrap().unwrap();
        let mut secrets: serde_json::Value = serde_json::from_str(&secrets).unwrap();
        secrets[LEDGER_KEY] = serde_json::json!(new_root_key().unwrap().expose_secret());
        open(&places, &secrets.to_string(), &watch).err().expect("it started")
    }

    /// Ends the broker in order, and hands back how that went.
    pub(crate) async fn end(self) -> Result<(), StartError> {
        self.broker.end();
        tokio::time::timeout(PATIENCE, self.running).await.expect("the broker does not end").unwrap()
    }
}

fn open(places: &Places, secrets: &str, watch: &Arc<Watch>) -> Result<Arc<Broker>, StartError> {
    let watch = Arc::clone(watch);
    Broker::open(Options {
        places: places.clone(),
        roots: Arc::new(MemoryRootStore::from_json(secrets.as_bytes()).unwrap()),
        time: Box::new(move || {
            assert!(!watch.breaks.swap(false, Ordering::SeqCst), "the clock breaks, as the test wants");
            watch.now()
        }),
        mode: Mode::Sidecar,
    })
}

async fn connect(places: &Places) -> (Console, Agent) {
    let start = std::time::Instant::now();
    loop {
        let both = (Console::connect(places).await, Agent::connect(&places.agent_socket()).await);
        if let (Ok(console), Ok(agents)) = both {
            return (console, agents);
        }
        assert!(start.elapsed() < PATIENCE, "the broker does not answer");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

pub(crate) async fn submit<T: Payload>(
    console: &Console,
    statement: &Signed<T>,
    policy: Option<PolicyTexts>,
) -> Result<Admitted, ApiError> {
    console.submit(&Submission { envelope: envelope(statement), policy, chain: Vec::new() }).await
}

/// Sends a request over a socket and hangs up before it is answered.
pub(crate) async fn send_and_hang_up(socket: &Path, route: &str, body: &impl serde::Serialize) {
    use tokio::io::AsyncWriteExt as _;
    let body = serde_json::to_vec(body).unwrap();
    let mut stream = tokio::net::UnixStream::connect(socket).await.unwrap();
    let head = format!(
        "POST {route} HTTP/1.1\r\nhost: bailiwick\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&body).await.unwrap();
    stream.flush().await.unwrap();
    // It was taken in once nothing of it is left in the socket's buffer; hanging up is what is tested.
    tokio::time::sleep(Duration::from_millis(150)).await;
    drop(stream);
    tokio::time::sleep(Duration::from_millis(150)).await;
}
