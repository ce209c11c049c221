//! The hand behind the curtain: what tests, drills and the demonstration do to the range from inside
//! the process, and what they read from it. None of it can be reached over HTTP.

mod view;

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use secrecy::SecretString;

use crate::fault::{Fault, Rule};
use crate::git::{Batch, GitError, NewCommit, Sha, Store};
use crate::http::serve::hex;
use crate::plant;
use crate::range::{Inner, StartError};
use crate::seed::{Protection, RepositorySeed, Verdict};
use crate::witness::{Seen, TokenLife};
use crate::world::{CheckRun, Holder, Pull, Repository, Review, Status, World};

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

    // Git.

    /// Commits on top of `branch` of `repository` (`owner/name`), as if pushed. A branch that is not there
    /// yet starts at the default branch. Returns the new tip.
    ///
    /// # Errors
    /// No such repository or user, or a path that git refuses.
    pub async fn commit(&self, repository: &str, branch: &str, commit: NewCommit) -> Done<Sha> {
        self.commits(repository, branch, &[commit]).await
    }

    /// Several commits at once, oldest first.
    ///
    /// # Errors
    /// As [`Control::commit`].
    pub async fn commits(&self, repository: &str, branch: &str, commits: &[NewCommit]) -> Done<Sha> {
        let (id, store) = self.store(repository)?;
        let _writing = store.writing.lock().await;
        let mut batch = Batch::default();
        {
            let world = self.inner.world.lock();
            let found = world
                .repositories
                .get(&id)
                .ok_or_else(|| ControlError::NoRepository(repository.to_owned()))?;
            let start = found.branch(branch).or_else(|| found.branch(&found.default_branch));
            if let Some(start) = start {
                batch.branch(branch, start.as_str());
            }
            for commit in commits {
                let author = world
                    .account(&commit.author)
                    .ok_or_else(|| ControlError::NoUser(commit.author.clone()))?;
                batch.commit(branch, (&author.name, &author.email()), self.inner.clock.now(), commit)?;
            }
        }
        store.import(&batch.finish()).await?;
        self.inner.refresh(id, &store).await?;
        self.tip(repository, branch)
    }

    /// Where a branch points.
    ///
    /// # Errors
    /// No such repository or branch.
    pub fn tip(&self, repository: &str, branch: &str) -> Done<Sha> {
        self.with(repository, |_, found| found.branch(branch).cloned())?
            .ok_or_else(|| GitError::NoBranch(branch.to_owned()).into())
    }

    /// Points a branch somewhere else, forward or not.
    ///
    /// # Errors
    /// No such repository or commit.
    pub async fn force_branch(&self, repository: &str, branch: &str, sha: &Sha) -> Done<()> {
        let (id, store) = self.store(repository)?;
        let _writing = store.writing.lock().await;
        store.update_refs(&[(format!("refs/heads/{branch}"), sha.clone(), None)]).await?;
        Ok(self.inner.refresh(id, &store).await?)
    }

    /// Removes a branch; open pull requests from it are closed.
    ///
    /// # Errors
    /// No such repository or branch.
    pub async fn delete_branch(&self, repository: &str, branch: &str) -> Done<()> {
        self.tip(repository, branch)?;
        let (id, store) = self.store(repository)?;
        let _writing = store.writing.lock().await;
        store.delete_ref(&format!("refs/heads/{branch}")).await?;
        Ok(self.inner.refresh(id, &store).await?)
    }

    // Pull requests, checks and statuses.

    /// Opens a pull request from `head` into `base` as `author`, and returns its number.
    ///
    /// # Errors
    /// No such repository, user or branch.
    pub fn open_pull(
        &self,
        repository: &str,
        author: &str,
        (head, base): (&str, &str),
        title: &str,
    ) -> Done<u64> {
        let now = self.now();
        let mut world = self.inner.world.lock();
        let author = user(&world, author)?;
        let id = world.fresh_id();
        let repository_id = named(&world, repository)?.id;
        let found = world.repositories.get_mut(&repository_id);
        let found = found.ok_or_else(|| ControlError::NoRepository(repository.to_owned()))?;
        let tip =
            |branch: &str| found.branch(branch).cloned().ok_or_else(|| GitError::NoBranch(branch.to_owned()));
        let (head_sha, base_sha) = (tip(head)?, tip(base)?);
        let number = found.fresh_number();
        let pull = Pull {
            id,
            number,
            title: title.to_owned(),
            body: None,
            author,
            head_ref: head.to_owned(),
            head_sha,
            base_ref: base.to_owned(),
            base_sha,
            draft: false,
            open: true,
            created: now,
            updated: now,
            closed: None,
            merged: None,
            maintainer_can_modify: false,
            reviews: Vec::new(),
        };
        found.pulls.insert(number, pull);
        Ok(number)
    }

    /// Reviews the head of a pull request as `user`, without asking whether GitHub would let them.
    ///
    /// # Errors
    /// No such repository, user or pull request.
    pub fn review(&self, repository: &str, number: u64, user: &str, verdict: Verdict) -> Done<u64> {
        let head = self.pull(repository, number)?.head_sha;
        self.review_of(repository, number, user, verdict, &head)
    }

    /// Reviews a certain commit of a pull request. Returns the review's number.
    ///
    /// # Errors
    /// No such repository, user or pull request.
    pub fn review_of(
        &self,
        repository: &str,
        number: u64,
        user: &str,
        verdict: Verdict,
        commit: &Sha,
    ) -> Done<u64> {
        let now = self.now();
        let (id, user) = {
            let mut world = self.inner.world.lock();
            (world.fresh_id(), self::user(&world, user)?)
        };
        let review =
            Review { id, user, verdict, body: String::new(), commit: commit.clone(), submitted: Some(now) };
        self.pull_mut(repository, number, |pull| {
            pull.reviews.push(review);
            pull.updated = now;
        })?;
        Ok(id)
    }

    /// Takes back every approval of a pull request.
    ///
    /// # Errors
    /// No such repository or pull request.
    pub fn dismiss_reviews(&self, repository: &str, number: u64) -> Done<()> {
        self.pull_mut(repository, number, |pull| {
            for review in &mut pull.reviews {
                review.verdict = Verdict::Dismissed;
            }
        })
    }

    /// Makes a pull request a draft, or ready again.
    ///
    /// # Errors
    /// No such repository or pull request.
    pub fn set_draft(&self, repository: &str, number: u64, draft: bool) -> Done<()> {
        self.pull_mut(repository, number, |pull| pull.draft = draft)
    }

    /// Closes a pull request without merging it.
    ///
    /// # Errors
    /// No such repository or pull request.
    pub fn close_pull(&self, repository: &str, number: u64) -> Done<()> {
        let now = self.now();
        self.pull_mut(repository, number, |pull| {
            pull.open = false;
            pull.closed = Some(now);
        })
    }

    /// Reports a check on a commit as the App `reporter`; without a conclusion it is running. Returns the
    /// run's number.
    ///
    /// # Errors
    /// No such repository or App.
    pub fn check(
        &self,
        repository: &str,
        sha: &Sha,
        reporter: &str,
        check: (&str, Option<&str>),
    ) -> Done<u64> {
        let now = self.now();
        let (id, app) = {
            let mut world = self.inner.world.lock();
            let app = world.apps.values().find(|app| app.slug == reporter).map(|app| app.id);
            (world.fresh_id(), app.ok_or_else(|| ControlError::NoReporter(reporter.to_owned()))?)
        };
        self.with_mut(repository, |found| {
            found.checks.push(CheckRun::reported(id, app, sha, check, now));
            id
        })
    }

    /// Sets a commit status as `creator`.
    ///
    /// # Errors
    /// No such repository or user.
    pub fn status(
        &self,
        repository: &str,
        sha: &Sha,
        creator: &str,
        (context, state): (&str, &str),
    ) -> Done<u64> {
        let now = self.now();
        let (id, creator) = {
            let mut world = self.inner.world.lock();
            (world.fresh_id(), user(&world, creator)?)
        };
        let status = Status {
            id,
            sha: sha.clone(),
            context: context.to_owned(),
            state: state.to_owned(),
            description: None,
            target_url: None,
            creator,
            created: now,
        };
        self.with_mut(repository, |found| {
            found.statuses.push(status);
            id
        })
    }

    // Repositories and the installation.

    /// Renames a repository. Its number stays; the old name redirects until something takes it.
    ///
    /// # Errors
    /// No such repository.
    pub fn rename_repository(&self, repository: &str, name: &str) -> Done<()> {
        let mut world = self.inner.world.lock();
        let id = named(&world, repository)?.id;
        let (owner, old) = repository.split_once('/').unwrap_or_default();
        world.moved.insert((owner.to_ascii_lowercase(), old.to_ascii_lowercase()), id);
        if let Some(found) = world.repositories.get_mut(&id) {
            name.clone_into(&mut found.name);
        }
        Ok(())
    }

    /// Deletes a repository and makes another under its name. Returns the new number: tokens and ids that
    /// meant the old one no longer mean anything.
    ///
    /// # Errors
    /// No such repository, or git could not make it.
    pub async fn recreate_repository(&self, seed: &RepositorySeed) -> Done<u64> {
        let name = format!("{}/{}", seed.owner, seed.name);
        let id = {
            let mut world = self.inner.world.lock();
            let id = named(&world, &name)?.id;
            world.repositories.remove(&id);
            world.fresh_id()
        };
        // The planting works on a world of its own, so that the lock is not held while git runs.
        let mut apart = self.inner.world.lock().accounts_only();
        let git = &self.inner.git;
        let made = plant::repository(&mut apart, seed, id, git, &self.inner.repositories, self.now()).await?;
        self.inner.world.lock().repositories.insert(id, made);
        Ok(id)
    }

    /// Sets, or with none removes, the protection of a branch.
    ///
    /// # Errors
    /// No such repository.
    pub fn protect(&self, repository: &str, branch: &str, protection: Option<Protection>) -> Done<()> {
        self.with_mut(repository, |found| match protection {
            Some(protection) => drop(found.protection.insert(branch.to_owned(), protection)),
            None => drop(found.protection.remove(branch)),
        })
    }

    /// Suspends the installation, or ends that.
    pub fn suspend(&self, suspended: bool) {
        let now = self.now();
        self.inner.world.lock().installation.suspended = suspended.then_some(now);
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

    fn store(&self, repository: &str) -> Done<(u64, Arc<Store>)> {
        self.with(repository, |_, found| (found.id, Arc::clone(&found.store)))
    }

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

    fn pull_mut<T>(&self, repository: &str, number: u64, write: impl FnOnce(&mut Pull) -> T) -> Done<T> {
        self.with_mut(repository, |found| found.pulls.get_mut(&number).map(write))?
            .ok_or(ControlError::NoPull(number))
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
