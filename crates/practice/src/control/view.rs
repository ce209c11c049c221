//! What the state looks like from behind the curtain: an oracle that does not go through the API.

use super::{Control, ControlError, Done};
use crate::git::Sha;
use crate::world::{Pull, World};

/// A pull request as it stands.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PullView {
    /// Its number.
    pub number: u64,
    /// Its title.
    pub title: String,
    /// The branch with the change.
    pub head: String,
    /// Where that branch is.
    pub head_sha: Sha,
    /// The branch that it goes into.
    pub base: String,
    /// Whether it is open.
    pub open: bool,
    /// Whether it is a draft.
    pub draft: bool,
    /// The commit that it went in as, once it has.
    pub merged_as: Option<Sha>,
    /// Who merged it.
    pub merged_by: Option<String>,
}

/// A comment.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CommentView {
    /// GitHub's number for it.
    pub id: u64,
    /// Who wrote it.
    pub author: String,
    /// What it says.
    pub body: String,
}

/// A deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeploymentView {
    /// GitHub's number for it.
    pub id: u64,
    /// Where it goes.
    pub environment: String,
    /// What is deployed.
    pub sha: Sha,
    /// The ref that was asked for.
    pub reference: String,
    /// Who asked.
    pub creator: String,
    /// The states reported so far, oldest first.
    pub states: Vec<String>,
}

fn login(world: &World, id: u64) -> String {
    world.accounts.get(&id).map(|account| account.login.clone()).unwrap_or_default()
}

fn view(world: &World, pull: &Pull) -> PullView {
    PullView {
        number: pull.number,
        title: pull.title.clone(),
        head: pull.head_ref.clone(),
        head_sha: pull.head_sha.clone(),
        base: pull.base_ref.clone(),
        open: pull.open,
        draft: pull.draft,
        merged_as: pull.merged.as_ref().map(|merged| merged.commit.clone()),
        merged_by: pull.merged.as_ref().map(|merged| login(world, merged.by)),
    }
}

impl Control {
    /// A pull request.
    ///
    /// # Errors
    /// No such repository or pull request.
    pub fn pull(&self, repository: &str, number: u64) -> Done<PullView> {
        self.with(repository, |world, found| found.pulls.get(&number).map(|pull| view(world, pull)))?
            .ok_or(ControlError::NoPull(number))
    }

    /// Every pull request of a repository.
    ///
    /// # Errors
    /// No such repository.
    pub fn pulls(&self, repository: &str) -> Done<Vec<PullView>> {
        self.with(repository, |world, found| found.pulls.values().map(|pull| view(world, pull)).collect())
    }

    /// The comments on an issue or a pull request, oldest first.
    ///
    /// # Errors
    /// No such repository.
    pub fn comments(&self, repository: &str, number: u64) -> Done<Vec<CommentView>> {
        self.with(repository, |world, found| {
            let on = found.comments.iter().filter(|comment| comment.number == number);
            on.map(|c| CommentView { id: c.id, author: login(world, c.author), body: c.body.clone() })
                .collect()
        })
    }

    /// The deployments of a repository, oldest first.
    ///
    /// # Errors
    /// No such repository.
    pub fn deployments(&self, repository: &str) -> Done<Vec<DeploymentView>> {
        self.with(repository, |world, found| {
            let all = found.deployments.iter().map(|deployment| DeploymentView {
                id: deployment.id,
                environment: deployment.environment.clone(),
                sha: deployment.sha.clone(),
                reference: deployment.reference.clone(),
                creator: login(world, deployment.creator),
                states: deployment.statuses.iter().map(|status| status.state.clone()).collect(),
            });
            all.collect()
        })
    }

    /// The number of a repository.
    ///
    /// # Errors
    /// No such repository.
    pub fn repository_id(&self, repository: &str) -> Done<u64> {
        self.with(repository, |_, found| found.id)
    }
}
