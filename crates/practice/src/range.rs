//! The range itself: a listener on 127.0.0.1, the state behind it, and its end.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use parking_lot::Mutex;
use secrecy::SecretString;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::control::Control;
use crate::git::{Git, GitError, Store};
use crate::http::answer::Refusal;
use crate::http::caller::Caller;
use crate::http::serve::serve;
use crate::http::wire::{Fate, Wire};
use crate::key::{self, AppIdentity};
use crate::links::Links;
use crate::plant;
use crate::seed::Seed;
use crate::witness::Seen;
use crate::world::{Usage, World};

/// How a range is to run.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Options {
    /// The port on 127.0.0.1; 0 for any free one.
    pub port: u16,
    /// Empty as on api.github.com, or `/api/v3` as on GitHub Enterprise Server.
    pub base_path: String,
    /// The folder in which the range makes a temporary folder for its repositories; the system's when none.
    pub data_parent: Option<PathBuf>,
    /// The App's private key (PEM, PKCS #1 or #8); a new one is made when none.
    pub private_key_pem: Option<SecretString>,
    /// How many requests an hour before the primary rate limit refuses; it never does when none.
    pub rate_limit: Option<u64>,
    /// The git program; `git` on the path when none.
    pub git: Option<PathBuf>,
}

/// Why the range did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The port is taken or not allowed.
    #[error("the practice range cannot listen on 127.0.0.1:{port}")]
    Listen {
        /// The port asked for.
        port: u16,
        /// What the system said.
        source: std::io::Error,
    },
    /// The folder for the repositories could not be made.
    #[error("the practice range has no folder to work in")]
    Folder(#[source] std::io::Error),
    /// Git is missing or failed.
    #[error(transparent)]
    Git(#[from] GitError),
    /// The seed contradicts itself.
    #[error("the seed is not sound: {0}")]
    Seed(String),
    /// The App's key could not be made or read.
    #[error("{0}")]
    Key(String),
    /// The system gave no randomness.
    #[error("the system gave no randomness")]
    Random,
}

/// A running practice range. It stops when it is dropped.
#[derive(Debug)]
pub struct Range {
    inner: Arc<Inner>,
    app: AppIdentity,
    accepting: tokio::task::JoinHandle<()>,
    _folder: tempfile::TempDir,
}

impl Range {
    /// Plants the seed and begins to listen. When this returns, the range answers.
    ///
    /// # Errors
    /// Every [`StartError`] leaves nothing behind.
    pub async fn start(seed: Seed, options: Options) -> Result<Self, StartError> {
        let folder = match &options.data_parent {
            Some(parent) => tempfile::TempDir::with_prefix_in("practice-", parent),
            None => tempfile::TempDir::with_prefix("practice-"),
        };
        let folder = folder.map_err(StartError::Folder)?;
        let home = folder.path().join("home");
        std::fs::create_dir(&home).map_err(StartError::Folder)?;
        let git = Git { program: options.git.unwrap_or_else(|| PathBuf::from("git")), home };
        let given = options.private_key_pem;
        let (pair, pem) = tokio::task::spawn_blocking(move || key::load(given.as_ref()))
            .await
            .map_err(|_| StartError::Key("the App's key was not made".to_owned()))?
            .map_err(|error| StartError::Key(error.to_string()))?;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, options.port));
        let listening =
            async { TcpListener::bind(address).await.and_then(|l| l.local_addr().map(|a| (l, a.port()))) };
        let (listener, port) =
            listening.await.map_err(|source| StartError::Listen { port: options.port, source })?;
        let app = AppIdentity {
            app_id: seed.app.id,
            client_id: seed.app.client_id.clone(),
            slug: seed.app.slug.clone(),
            installation_id: seed.app.installation.id,
            private_key_pem: pem,
            pair,
        };
        let clock = Clock::default();
        let folder_of_repositories = folder.path().join("repositories");
        let world = plant::world(&seed, &git, &folder_of_repositories, clock.now()).await?;
        let inner = Arc::new(Inner {
            world: Mutex::new(world),
            clock,
            git,
            links: Links::new(port, &options.base_path),
            public_key: key::public(&app.pair),
            repositories: folder_of_repositories,
            rate_limit: options.rate_limit,
            stopping: CancellationToken::new(),
            requests: AtomicU64::new(0),
            answers: AtomicU64::new(0),
            changed: watch::Sender::new(0),
        });
        let accepting = tokio::spawn(accept(Arc::clone(&inner), listener));
        Ok(Self { inner, app, accepting, _folder: folder })
    }

    /// The API's address, with the base path and without a slash at the end.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.inner.links.api
    }

    /// Where git repositories are: `{git_url}/{owner}/{repo}.git`.
    #[must_use]
    pub fn git_url(&self) -> &str {
        &self.inner.links.web
    }

    /// What a person would have from GitHub for the App.
    #[must_use]
    pub const fn app(&self) -> &AppIdentity {
        &self.app
    }

    /// The hand behind the curtain.
    #[must_use]
    pub fn control(&self) -> Control {
        Control::of(&self.inner)
    }

    /// Stops listening, ends every connection and removes the folder.
    pub async fn stop(mut self) {
        self.inner.stopping.cancel();
        // The accepting task ends by the token; that it might have panicked changes nothing here.
        drop((&mut self.accepting).await);
    }
}

impl Drop for Range {
    fn drop(&mut self) {
        self.inner.stopping.cancel();
    }
}

async fn accept(inner: Arc<Inner>, listener: TcpListener) {
    loop {
        let accepted = tokio::select! {
            () = inner.stopping.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, _)) => {
                tokio::spawn(connection(Arc::clone(&inner), stream));
            }
            // Out of descriptors, or a connection that was gone at once: the next one may do.
            Err(_) => tokio::task::yield_now().await,
        }
    }
}

async fn connection(inner: Arc<Inner>, stream: TcpStream) {
    drop(stream.set_nodelay(true));
    let fate = Fate::default();
    let wire = TokioIo::new(Wire::new(stream, fate.clone()));
    let service = service_fn(|request| serve(Arc::clone(&inner), fate.clone(), request));
    let serving = http1::Builder::new().serve_connection(wire, service);
    tokio::select! {
        () = inner.stopping.cancelled() => {}
        // A connection that ends badly is its client's matter, or a fault's.
        _ended = serving => {}
    }
}

/// What all requests share.
pub(crate) struct Inner {
    pub(crate) world: Mutex<World>,
    pub(crate) clock: Clock,
    pub(crate) git: Git,
    pub(crate) links: Links,
    pub(crate) public_key: Vec<u8>,
    pub(crate) repositories: PathBuf,
    pub(crate) rate_limit: Option<u64>,
    pub(crate) stopping: CancellationToken,
    requests: AtomicU64,
    answers: AtomicU64,
    /// Goes up with every change of the witness.
    pub(crate) changed: watch::Sender<u64>,
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inner").field("api", &self.links.api).finish_non_exhaustive()
    }
}

/// What GitHub shows as the limit of an installation.
const NOMINAL_LIMIT: u64 = 15_000;

impl Inner {
    /// Puts a request on the witness's list and returns its number.
    pub(crate) fn arrive(&self, mut seen: Seen) -> u64 {
        let mut world = self.world.lock();
        let number = self.requests.fetch_add(1, Ordering::Relaxed);
        seen.number = number;
        world.witness.push(seen);
        drop(world);
        self.changed.send_modify(|n| *n += 1);
        number
    }

    /// Writes down more about a request.
    pub(crate) fn note(&self, number: u64, write: impl FnOnce(&mut Seen)) {
        let mut world = self.world.lock();
        if let Some(seen) = world.witness.iter_mut().rev().find(|seen| seen.number == number) {
            write(seen);
        }
        drop(world);
        self.changed.send_modify(|n| *n += 1);
    }

    /// Takes over where the refs of a repository point now. The caller holds the store's lock.
    pub(crate) async fn refresh(&self, id: u64, store: &Store) -> Result<(), GitError> {
        let refs = store.refs().await?;
        let now = self.clock.now();
        let fresh = match self.world.lock().repositories.get_mut(&id) {
            Some(repository) => {
                repository.take_refs(refs, now);
                repository.fresh_heads()
            }
            None => Vec::new(),
        };
        if fresh.is_empty() { Ok(()) } else { store.update_refs(&fresh).await }
    }

    /// The headers that every answer has.
    pub(crate) fn standing_headers(&self) -> Vec<(&'static str, String)> {
        let number = self.answers.fetch_add(1, Ordering::Relaxed);
        vec![
            ("server", "github.com".to_owned()),
            ("x-github-media-type", "github.v3; format=json".to_owned()),
            (
                "x-github-request-id",
                format!("B1CE:{:04X}:{:06X}:{:06X}", number % 0xFFFF, number, number * 7),
            ),
            ("x-content-type-options", "nosniff".to_owned()),
            ("cache-control", "private, max-age=60, s-maxage=60".to_owned()),
        ]
    }

    /// Counts a request against its sender's limit; refuses it where a limit is set and used up.
    pub(crate) fn count(&self, caller: &Caller) -> Result<(), Refusal> {
        let mut world = self.world.lock();
        let usage = self.usage(&mut world, &caller.account_of_limits());
        if usage.used >= self.limit() {
            let reset = usage.reset;
            return Err(Refusal::new(403, "API rate limit exceeded for installation.")
                .header("retry-after", (reset - self.clock.now().as_second()).max(0).to_string()));
        }
        usage.used += 1;
        Ok(())
    }

    /// How many requests an hour a sender has.
    pub(crate) fn limit(&self) -> u64 {
        self.rate_limit.unwrap_or(NOMINAL_LIMIT)
    }

    /// How many a sender has used, and when it starts again.
    pub(crate) fn usage<'w>(&self, world: &'w mut World, who: &str) -> &'w mut Usage {
        let now = self.clock.now().as_second();
        let fresh = Usage { used: 0, reset: now + 3600 };
        let usage = world.usage.entry(who.to_owned()).or_insert(fresh);
        if usage.reset <= now || (self.rate_limit.is_none() && usage.used >= NOMINAL_LIMIT) {
            *usage = fresh;
        }
        usage
    }

    /// The rate-limit headers for a sender.
    pub(crate) fn rate_headers(&self, who: &str) -> Vec<(&'static str, String)> {
        let limit = self.limit();
        let mut world = self.world.lock();
        let usage = *self.usage(&mut world, who);
        vec![
            ("x-ratelimit-limit", limit.to_string()),
            ("x-ratelimit-remaining", limit.saturating_sub(usage.used).to_string()),
            ("x-ratelimit-used", usage.used.to_string()),
            ("x-ratelimit-reset", usage.reset.to_string()),
            ("x-ratelimit-resource", "core".to_owned()),
        ]
    }
}
