//! What each route does. A handler is called only when the caller may use the route on that repository.

pub(crate) mod app;
pub(crate) mod branch;
pub(crate) mod branch_merge;
pub(crate) mod check;
pub(crate) mod commit;
pub(crate) mod content;
pub(crate) mod deployment;
pub(crate) mod environment;
pub(crate) mod file;
pub(crate) mod issue;
pub(crate) mod merge;
pub(crate) mod meta;
pub(crate) mod pull;
pub(crate) mod reference;
pub(crate) mod repository;
pub(crate) mod review;
pub(crate) mod status;
pub(crate) mod token;
pub(crate) mod user;

use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;

use crate::body::{View, repository::by_number};
use crate::git::{Person, Sha, Store};
use crate::http::answer::Refusal;
use crate::http::caller::Caller;
use crate::http::fields::Fields;
use crate::http::path::{Query, encode};
use crate::http::route::Params;
use crate::range::Inner;
use crate::seed::Role;
use crate::world::{Repository, World};

/// A request that has been let through.
pub(crate) struct Call {
    pub(crate) inner: Arc<Inner>,
    pub(crate) caller: Caller,
    /// The repository it is about; 0 where the route has none.
    pub(crate) repository: u64,
    pub(crate) params: Params,
    pub(crate) query: Query,
    pub(crate) body: Bytes,
    pub(crate) accept: String,
    /// The segments after `/repos/{owner}/{repo}`.
    pub(crate) rest: Vec<String>,
    /// A fault wants a token that is wider than asked.
    pub(crate) wider: bool,
}

impl Call {
    pub(crate) fn now(&self) -> Timestamp {
        self.inner.clock.now()
    }

    pub(crate) fn fields(&self) -> Result<Fields, Refusal> {
        Fields::parse(&self.body)
    }

    /// A parameter that is a number; anything else is not there.
    pub(crate) fn number(&self, name: &str) -> Result<u64, Refusal> {
        self.params.get(name).parse().map_err(|_| Refusal::not_found())
    }

    /// Reads the repository.
    pub(crate) fn read<T>(&self, read: impl FnOnce(View<'_>, &Repository) -> T) -> Result<T, Refusal> {
        let world = self.inner.world.lock();
        let repository = world.repositories.get(&self.repository).ok_or_else(Refusal::not_found)?;
        Ok(read(View { world: &world, links: &self.inner.links }, repository))
    }

    /// Changes the repository, with a fresh number at hand.
    pub(crate) fn edit<T>(
        &self,
        edit: impl FnOnce(u64, &mut Repository) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let mut world = self.inner.world.lock();
        let id = world.fresh_id();
        edit(id, world.repositories.get_mut(&self.repository).ok_or_else(Refusal::not_found)?)
    }

    /// Reads the world, where the route has no repository.
    pub(crate) fn look<T>(&self, read: impl FnOnce(View<'_>) -> T) -> T {
        let world = self.inner.world.lock();
        read(View { world: &world, links: &self.inner.links })
    }

    pub(crate) fn store(&self) -> Result<Arc<Store>, Refusal> {
        self.read(|_, repository| Arc::clone(&repository.store))
    }

    /// The account that acts.
    pub(crate) fn actor(&self) -> Result<u64, Refusal> {
        self.caller
            .account(&self.inner.world.lock())
            .ok_or_else(|| Refusal::new(401, "Requires authentication"))
    }

    /// Who acts, as commits name them.
    pub(crate) fn signature(&self) -> Result<Person, Refusal> {
        let (actor, at) = (self.actor()?, self.now());
        let account = self.look(|view| view.world.accounts.get(&actor).cloned());
        account.map(|a| Person { name: a.name.clone(), email: a.email(), at }).ok_or_else(Refusal::not_found)
    }

    /// Whether the caller administers the repository, which may excuse from protection.
    pub(crate) fn administers(&self) -> Result<bool, Refusal> {
        self.read(|view, repository| match self.caller {
            Caller::User { account } => view.world.role(repository, account) == Some(Role::Admin),
            _ => false,
        })
    }

    /// The account that acts, and the App it acts through.
    pub(crate) fn actors(&self) -> Result<(u64, Option<u64>), Refusal> {
        let world: &World = &self.inner.world.lock();
        let account =
            self.caller.account(world).ok_or_else(|| Refusal::new(401, "Requires authentication"))?;
        Ok((account, self.caller.app(world)))
    }

    /// The commit that a branch, a tag, or the beginning of a commit's name means.
    pub(crate) async fn resolve(&self, name: &str) -> Result<Option<Sha>, Refusal> {
        if let Some(sha) = self.read(|_, repository| repository.resolve(name))? {
            return Ok(Some(sha));
        }
        Ok(self.store()?.expand(name).await?)
    }

    /// The address that a listing links its pages under.
    pub(crate) fn listing(&self) -> String {
        let links = &self.inner.links;
        let base = by_number(View { world: &self.inner.world.lock(), links }, self.repository);
        self.rest.iter().fold(base, |url, segment| format!("{url}/{}", encode(segment)))
    }

    /// Whether the caller wants this form of GitHub's media type, such as `raw` or `diff`.
    pub(crate) fn wants(&self, form: &str) -> bool {
        self.accept.split(',').map(str::trim).any(|kind| {
            let kind = kind.split(';').next().unwrap_or_default().trim();
            let kind = kind.strip_suffix("+json").unwrap_or(kind);
            kind.strip_prefix("application/vnd.github.").map(|k| k.trim_start_matches("v3.")) == Some(form)
        })
    }
}

/// 422 in the words that GitHub has for a commit that is not there.
pub(crate) fn no_commit(name: &str) -> Refusal {
    Refusal::new(422, format!("No commit found for SHA: {name}"))
}
