//! The hand behind the curtain: what tests, drills and the demonstration do to the range from inside
//! the process, and what they read from it. None of it can be reached over HTTP.

mod history;
mod records;
mod view;

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use secrecy::SecretString;

use crate::fault::{Fault, Rule};
use crate::git::GitError;
use crate::http::serve::hex;
use crate::range::{Inner, StartError};
use crate::witness::{Seen, TokenLife};
use crate::world::{Holder, Repository, World};

pub use view::{CommentView, DeploymentView, PullView};

/// Why the control handle could not do something: nearly always a name that is not there.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ControlError {
    /// No repository has this name.
    #[error("there is no repository `{0}`")]
    NoRepository(String),
    /// No person has this login.
    #[error("there is no user `{0}`")]
    NoUser(String),
    /// No App has this slug.
    #[error("there is no App `{0}`")]
    NoReporter(String),
    /// The repository has no pull request with this number.
    #[error("there is no pull request {0}")]
    NoPull(u64),
    /// No token has this public number.
    #[error("there is no token {0}")]
    NoToken(u64),
    /// Git could not do it.
    #[error(transparent)]
    Git(#[from] GitError),
    /// The repository could not be made again.
    #[error(transparent)]
    Seed(#[from] StartError),
}

/// A handle on a running range. Cheap to clone; it keeps the state alive, not the server.
#[derive(Clone, Debug)]
pub struct Control {
    pub(crate) inner: Arc<Inner>,
}

type Done<T> = Result<T, ControlError>;

impl Control {
    pub(crate) fn of(inner: &Arc<Inner>) -> Self {
        Self { inner: Arc::clone(inner) }
    }

    // Time.

    /// The time on the range's clock.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.inner.clock.now()
    }

    /// Lets time pass at once: tokens and assertions are judged by it.
    pub fn advance(&self, by: Duration) {
        self.inner.clock.advance(by);
    }

    /// Turns the range's clock back.
    pub fn set_clock_back(&self, by: Duration) {
        self.inner.clock.set_back(by);
    }

    // Faults.

    /// Orders a fault. Faults are tried in the order in which they were ordered.
    pub fn inject(&self, fault: Fault) {
        self.inner.world.lock().faults.push(Rule::from(fault));
    }

    /// Takes back every fault that has not happened yet.
    pub fn clear_faults(&self) {
        self.inner.world.lock().faults.clear();
    }

    /// How many faults are still on order.
    #[must_use]
    pub fn faults_left(&self) -> usize {
        self.inner.world.lock().faults.len()
    }

    // The witness.

    /// Every request head received so far, oldest first.
    #[must_use]
    pub fn requests(&self) -> Vec<Seen> {
        self.inner.world.lock().witness.clone()
    }

    /// Forgets the requests so far. Tokens are not forgotten.
    pub fn clear_requests(&self) {
        self.inner.world.lock().witness.clear();
    }

    /// Waits until the requests so far satisfy `condition`, which is asked again at every change.
    pub async fn wait_for(&self, condition: impl Fn(&[Seen]) -> bool) {
        let mut changes = self.inner.changed.subscribe();
        while !condition(&self.inner.world.lock().witness) {
            // The sender lives in `inner`, which this handle keeps alive.
            drop(changes.changed().await);
        }
    }

    /// Every token ever made, oldest first.
    #[must_use]
    pub fn tokens(&self) -> Vec<TokenLife> {
        let now = self.now();
        let world = self.inner.world.lock();
        world.tokens.all().iter().map(|token| life(&world, token, now)).collect()
    }

    /// Every token that the installation ever minted, oldest first.
    #[must_use]
    pub fn minted(&self) -> Vec<TokenLife> {
        self.tokens().into_iter().filter(|token| token.installation.is_some()).collect()
    }

    /// The values of every token ever made. CAUTION: for scans that look for leaked values, and nothing else.
    #[must_use]
    pub fn token_values_for_scan(&self) -> Vec<SecretString> {
        self.inner.world.lock().tokens.all().iter().map(|token| token.value.clone()).collect()
    }

    /// The personal token of a seeded person, to act as them over HTTP.
    ///
    /// # Errors
    /// No such user.
    pub fn user_token(&self, login: &str) -> Done<SecretString> {
        let world = self.inner.world.lock();
        let token = world.tokens.personal(user(&world, login)?);
        token.map(|t| t.value.clone()).ok_or_else(|| ControlError::NoUser(login.to_owned()))
    }

    /// Revokes a token from GitHub's side, by its public number.
    ///
    /// # Errors
    /// No such token.
    pub fn revoke_token(&self, id: u64) -> Done<()> {
        let now = self.now();
        let mut world = self.inner.world.lock();
        let token = world.tokens.get_mut(id).ok_or(ControlError::NoToken(id))?;
        token.revoked.get_or_insert(now);
        token.revoked_at.get_or_insert_with(std::time::Instant::now);
        Ok(())
    }

    // Inside.

    fn with<T>(&self, repository: &str, read: impl FnOnce(&World, &Repository) -> T) -> Done<T> {
        let world = self.inner.world.lock();
        named(&world, repository).map(|found| read(&world, found))
    }

    fn with_mut<T>(&self, repository: &str, write: impl FnOnce(&mut Repository) -> T) -> Done<T> {
        let mut world = self.inner.world.lock();
        let id = named(&world, repository)?.id;
        let found = world
            .repositories
            .get_mut(&id)
            .ok_or_else(|| ControlError::NoRepository(repository.to_owned()))?;
        Ok(write(found))
    }
}

fn named<'w>(world: &'w World, repository: &str) -> Done<&'w Repository> {
    let found = repository.split_once('/').and_then(|(owner, name)| world.named(owner, name));
    found.ok_or_else(|| ControlError::NoRepository(repository.to_owned()))
}

fn user(world: &World, login: &str) -> Done<u64> {
    world.account(login).map(|account| account.id).ok_or_else(|| ControlError::NoUser(login.to_owned()))
}

fn life(world: &World, token: &crate::world::Token, now: Timestamp) -> TokenLife {
    let (installation, user, repositories) = match &token.holder {
        Holder::Installation { repositories } => (Some(world.installation.id), None, repositories.clone()),
        Holder::User(id) => (None, world.accounts.get(id).map(|a| a.login.clone()), None),
    };
    TokenLife {
        id: token.public,
        installation,
        user,
        repositories,
        permissions: token.permissions.clone(),
        minted: token.minted,
        minted_at: token.minted_at,
        expires: token.expires,
        revoked: token.revoked,
        revoked_at: token.revoked_at,
        last_used: token.last_used,
        uses: token.uses,
        sha256: hex(&token.sha256),
        alive: token.alive(now),
    }
}
