//! Pull requests, reviews, checks and statuses, made as anybody.

use super::{Control, ControlError, Done, named, user};
use crate::git::{GitError, Sha};
use crate::seed::Verdict;
use crate::world::{CheckRun, Pull, Review, Status};

impl Control {
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
        let (id, reviewer) = {
            let mut world = self.inner.world.lock();
            (world.fresh_id(), super::user(&world, user)?)
        };
        let review = Review {
            id,
            user: reviewer,
            verdict,
            body: String::new(),
            commit: commit.clone(),
            submitted: Some(now),
        };
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

    fn pull_mut<T>(&self, repository: &str, number: u64, write: impl FnOnce(&mut Pull) -> T) -> Done<T> {
        self.with_mut(repository, |found| found.pulls.get_mut(&number).map(write))?
            .ok_or(ControlError::NoPull(number))
    }
}
