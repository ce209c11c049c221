//! Moving what git holds, and the repositories themselves.

use std::sync::Arc;

use super::{Control, ControlError, Done, named};
use crate::git::{Batch, GitError, NewCommit, Sha, Store};
use crate::plant;
use crate::seed::{EnvironmentRules, Protection, RepositorySeed};

impl Control {
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

    /// Sets what protects an environment, which is made if it is not there.
    ///
    /// # Errors
    /// No such repository.
    pub fn environment(&self, repository: &str, name: &str, rules: EnvironmentRules) -> Done<()> {
        self.with_mut(repository, |found| {
            if !found.environments.iter().any(|known| known == name) {
                found.environments.push(name.to_owned());
            }
            found.environment_rules.insert(name.to_owned(), rules);
        })
    }

    /// Suspends the installation, or ends that.
    pub fn suspend(&self, suspended: bool) {
        let now = self.now();
        self.inner.world.lock().installation.suspended = suspended.then_some(now);
    }

    fn store(&self, repository: &str) -> Done<(u64, Arc<Store>)> {
        self.with(repository, |_, found| (found.id, Arc::clone(&found.store)))
    }
}
