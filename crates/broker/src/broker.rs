//! The broker as a whole: what it holds, how it starts, what it says of itself.

mod start;

use crate::alarm::Refusals;
use crate::approval::{Requests, Settled};
use crate::clock::{Clock, TimeSource};
use crate::destinations::github::GitHub;
use crate::gate::{Gate, Pass};
use crate::journal::{self, Journal};
use crate::links::Links;
use crate::owed::Owed;
use crate::policy::Policy;
use crate::realm::{Realm, not_set_up};
use bailiwick_authority::{
    Digest, FormatError, KeyId, Kind, Name, Payload, PublicKey, Realm as RealmOf, SignError, Signed, Signer,
    Target, seal,
};
use bailiwick_keystore::{RootKey, RootKeyError, RootStore, RootStoreError, SecretName};
use bailiwick_ledger::{Store, StoreError};
use bailiwick_protocol::{ApiError, ErrorCode, Event, OperationView, Places};
use parking_lot::{Mutex, RwLock};
use start::{check_own_statements, ledger_key, prepare_folder, read_realm, read_tombstones};
use std::collections::HashMap;
use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Semaphore, broadcast, oneshot, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// The name of the ledger key in the root store.
pub const LEDGER_KEY: &str = "ledger-key";

/// How many events a console may be behind before it is told that it missed some. Each is kept until then,
/// with the facts of its operation.
const EVENTS: usize = 1_024;

/// How many consoles may listen to events at once.
const LISTENERS: usize = 64;

/// How long the root store may take to hand over a secret; it may have to be unlocked first.
const ROOT_STORE_LIMIT: Duration = Duration::from_secs(30);

/// How long start waits for root secrets that are read ahead of their first use.
const ROOTS_AHEAD: Duration = Duration::from_secs(1);

/// The name of a connection's root secret in the root store.
pub fn root_secret_name(connection: &Name) -> String {
    format!("connection.{connection}")
}

/// How the broker runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Under the person's own user: advisory with a real destination.
    Sidecar,
    /// As a service under a user of its own.
    Installed,
}

/// What a broker is started with.
pub struct Options {
    /// Its folders.
    pub places: Places,
    /// Where its root secrets are.
    pub roots: Arc<dyn RootStore>,
    /// Its time.
    pub time: TimeSource,
    /// How it runs.
    pub mode: Mode,
}

/// Why a broker does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Another broker has the folder.
    #[error("another broker already runs on `{0}`")]
    AlreadyRunning(PathBuf),
    /// A folder or file cannot be used.
    #[error("`{path}` cannot be used: {error}")]
    Folder {
        /// Which.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// The store cannot be used.
    #[error("the ledger cannot be opened: {0}")]
    Store(#[from] StoreError),
    /// The ledger key cannot be had.
    #[error("the ledger key cannot be had: {0}")]
    LedgerKey(RootKeyError),
    /// The key in the root store is not the one that signed this ledger.
    #[error("the ledger at this place was kept with another ledger key")]
    OtherKey,
    /// What the ledger holds does not add up.
    #[error("the ledger does not hold together: {0}")]
    Ledger(String),
}

impl StartError {
    /// What to do about it.
    pub fn hint(&self) -> String {
        match self {
            StartError::AlreadyRunning(_) => "use that one, or another `--data-dir`".into(),
            StartError::Folder { .. } => "check that the folder exists, is yours, and is writable".into(),
            StartError::Store(StoreError::Full) => "free some space on the disk".into(),
            StartError::Store(StoreError::Newer { .. }) => "install a newer version".into(),
            StartError::Store(_) => "run `bailiwick doctor`; restore a backup if the file is damaged".into(),
            StartError::LedgerKey(error) => error.hint().into(),
            StartError::OtherKey => {
                "give the broker the root store that it had, or restore the folder that belongs to this key"
                    .into()
            }
            StartError::Ledger(_) => "run `bailiwick verify`, and restore a backup".into(),
        }
    }
}

/// The ledger key as a signer of statements.
pub(crate) struct LedgerKey {
    key: RootKey,
    public: PublicKey,
}

impl LedgerKey {
    fn new(key: RootKey) -> Result<LedgerKey, FormatError> {
        let public = PublicKey::ed25519(&key.public())?;
        Ok(LedgerKey { key, public })
    }
}

impl Signer for LedgerKey {
    fn public(&self) -> &PublicKey {
        &self.public
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        Ok(self.key.sign(message).to_bytes().to_vec())
    }
}

/// An operation under way.
pub(crate) struct Live {
    pub(crate) view: watch::Sender<OperationView>,
    pub(crate) pass: Option<Arc<Pass>>,
}

/// The broker.
pub struct Broker {
    pub(crate) places: Places,
    pub(crate) mode: Mode,
    pub(crate) journal: Journal,
    pub(crate) gate: Arc<Gate>,
    pub(crate) clock: Clock,
    pub(crate) key: LedgerKey,
    pub(crate) roots: Arc<dyn RootStore>,
    reading_roots: Arc<tokio::sync::Mutex<()>>,
    pub(crate) realm: RwLock<Arc<Realm>>,
    /// The compiled policy in force, by its statement.
    pub(crate) policy: RwLock<Option<(Digest, Arc<Policy>)>>,
    /// Destinations by connection statement.
    pub(crate) destinations: Mutex<HashMap<Digest, Arc<GitHub>>>,
    pub(crate) links: Links,
    pub(crate) live: Mutex<HashMap<Digest, Live>>,
    pub(crate) events: broadcast::Sender<Event>,
    /// Held while a person's statement is judged and written, so that each is judged by the one before;
    /// with the stops that the ledger is owed.
    pub(crate) admissions: tokio::sync::Mutex<Vec<Owed>>,
    /// The operations that wait for persons, by what persons were asked.
    pub(crate) waiters: Mutex<HashMap<Digest, oneshot::Sender<Settled>>>,
    /// Counts the changes of what waits.
    pub(crate) matters_changed: watch::Sender<u64>,
    /// When each agent last revoked something.
    pub(crate) agent_stops: Mutex<HashMap<KeyId, Vec<std::time::Instant>>>,
    /// The refused statements that the ledger was told of lately.
    pub(crate) refusals: Mutex<Refusals>,
    pub(crate) tasks: TaskTracker,
    pub(crate) ending: CancellationToken,
    /// How many listen to events: these stay, and must leave places for those who stop.
    pub(crate) listeners: Arc<Semaphore>,
    _locks: Vec<File>,
}

impl Broker {
    /// Opens the folder, reads what is in force, and resolves what a crash left. Blocks while it reads.
    pub fn open(options: Options) -> Result<Arc<Broker>, StartError> {
        let Options { places, roots, time, mode } = options;
        let locks = prepare_folder(&places)?;
        let store = Arc::new(Store::open(&places.ledger(), journal::TABLES)?);
        let journal = Journal::new(Arc::clone(&store));
        let key = ledger_key(roots.as_ref(), &store)?;
        check_own_statements(&store, &key.public)?;
        let (mut realm, policy) = read_realm(&store, &key.public)?;
        crate::approval::take_up(&mut realm, &journal, &Requests { store: &store, broker: &key.public })
            .map_err(StartError::Ledger)?;
        let mut tombstones = read_tombstones(&store)?;
        if !realm.halts.is_empty() {
            tombstones.push(Target::Everything);
        }
        let clock = Clock::new(time, journal.high_water()?);
        let broker = Broker {
            places,
            mode,
            journal,
            gate: Gate::new(tombstones),
            clock,
            key,
            roots,
            reading_roots: Arc::default(),
            realm: RwLock::new(Arc::new(realm)),
            policy: RwLock::new(policy),
            destinations: Mutex::default(),
            links: Links::default(),
            live: Mutex::default(),
            events: broadcast::channel(EVENTS).0,
            admissions: tokio::sync::Mutex::default(),
            waiters: Mutex::default(),
            matters_changed: watch::Sender::default(),
            agent_stops: Mutex::default(),
            refusals: Mutex::default(),
            tasks: TaskTracker::new(),
            ending: CancellationToken::new(),
            listeners: Arc::new(Semaphore::new(LISTENERS)),
            _locks: locks,
        };
        Ok(Arc::new(broker))
    }

    /// Serves both sockets until somebody asks it to end, then finishes what is under way.
    pub async fn run(self: Arc<Broker>) -> Result<(), StartError> {
        self.resolve_what_was_left().await?;
        let broker = Arc::clone(&self);
        let reading = tokio::spawn(async move {
            for connection in broker.realm().connections.keys() {
                broker.read_root_secret(connection).await;
            }
        });
        // A keychain may wait for a person; who stops must not wait for it.
        tokio::time::timeout(ROOTS_AHEAD, reading).await.ok();
        let served = crate::server::serve(&self).await;
        self.ending.cancel();
        self.tasks.close();
        self.tasks.wait().await;
        served
    }

    /// Asks the broker to end.
    pub fn end(&self) {
        self.ending.cancel();
    }

    /// The broker's public key.
    pub fn public_key(&self) -> &PublicKey {
        &self.key.public
    }

    pub(crate) fn realm(&self) -> Arc<Realm> {
        Arc::clone(&self.realm.read())
    }

    /// Runs `work` to its end, even if whoever asked for it hangs up in the middle: what is written and what
    /// takes effect stay together. The broker does not end before it has.
    pub(crate) async fn to_the_end<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, ApiError>> + Send + 'static,
    ) -> Result<T, ApiError> {
        self.tasks.spawn(work).await.map_err(|_| internal("it was interrupted"))?
    }

    /// Signs a statement of the broker's own.
    pub(crate) fn seal<T: Payload>(&self, body: T) -> Result<Signed<T>, ApiError> {
        let realm = self.realm().digest.ok_or_else(not_set_up)?;
        seal(&self.key, RealmOf::Of(realm), self.clock.now(), crate::fresh_nonce()?, body)
            .map_err(|error| internal(format!("a statement could not be signed: {error}")))
    }

    /// The statement of a connection in force and its destination, with its root secret read on first use.
    pub(crate) async fn destination(&self, name: &Name) -> Result<(Digest, Arc<GitHub>), ApiError> {
        let connection = self.realm().connections.get(name).cloned().ok_or_else(|| {
            ApiError::new(
                ErrorCode::NotSetUp,
                format!("there is no connection named `{name}`"),
                "connect it first: `bailiwick connect github`",
            )
        })?;
        let digest = connection.digest();
        if let Some(known) = self.destinations.lock().get(&digest) {
            return Ok((digest, Arc::clone(known)));
        }
        let secret = self.root_secret(&root_secret_name(name)).await?;
        let destination = GitHub::new(connection.body(), &secret).map_err(|error| error.to_api_error())?;
        let destination = Arc::new(destination);
        let mut destinations = self.destinations.lock();
        destinations.insert(digest, Arc::clone(&destination));
        // What a connection was before is never used again, and its root secret leaves the memory.
        let realm = self.realm();
        destinations.retain(|known, _| realm.connections.values().any(|one| one.digest() == *known));
        Ok((digest, destination))
    }

    /// Reads a connection's root secret ahead of its first use, so that a missing one is seen early.
    pub(crate) async fn read_root_secret(&self, connection: &Name) {
        if let Err(error) = self.destination(connection).await {
            tracing::warn!(%error, %connection, "the connection cannot be used yet");
        }
    }

    async fn root_secret(&self, name: &str) -> Result<bailiwick_keystore::SecretString, ApiError> {
        let refused =
            |error: RootStoreError| ApiError::new(ErrorCode::RootSecret, error.to_string(), error.hint());
        let name = SecretName::new(name).map_err(refused)?;
        let (roots, turn) = (Arc::clone(&self.roots), Arc::clone(&self.reading_roots));
        // A keychain may wait for a person: never on an asynchronous worker, not for ever, and one at a
        // time, so that waiting takes up one thread.
        let reading = async {
            let turn = turn.lock_owned().await;
            let read = move || {
                let _turn = turn;
                roots.get(&name)
            };
            tokio::task::spawn_blocking(read).await
        };
        tokio::time::timeout(ROOT_STORE_LIMIT, reading)
            .await
            .map_err(|_| {
                ApiError::new(
                    ErrorCode::RootSecret,
                    format!("the root store did not answer within {} s", ROOT_STORE_LIMIT.as_secs()),
                    "unlock it: it may be waiting for a person",
                )
            })?
            .map_err(|_| internal("reading the root store was interrupted"))?
            .map_err(refused)
    }

    /// Tells everybody where an operation stands.
    pub(crate) fn publish(&self, view: OperationView) {
        if let Ok(id) = view.id.parse::<Digest>()
            && let Some(live) = self.live.lock().get(&id)
        {
            live.view.send_replace(view.clone());
        }
        self.announce(Event::Operation { operation: Box::new(view) });
    }

    /// Sends an event to whoever listens; nobody need.
    pub(crate) fn announce(&self, event: Event) {
        self.events.send(event).ok();
    }

    pub(crate) fn announce_statement(&self, sequence: u64, kind: Kind, digest: Digest) {
        self.announce(Event::Statement { sequence, kind: kind.as_str().into(), digest: digest.to_string() });
    }
}

/// A defect of ours, told as such.
pub(crate) fn internal(message: impl Into<String>) -> ApiError {
    ApiError::new(ErrorCode::Internal, message, "look into the broker's log, and report it")
}

/// A store that refuses, as the other side hears it.
pub(crate) fn store_error(error: StoreError) -> ApiError {
    let hint = match error {
        StoreError::Full => "free some space; nothing was minted and nothing was lost",
        StoreError::ReadOnly => {
            "make the data folder writable again; nothing was minted and nothing was lost"
        }
        _ => "run `bailiwick doctor`",
    };
    ApiError::new(ErrorCode::Store, error.to_string(), hint)
}
