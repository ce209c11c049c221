//! Everything the range knows besides git's objects, in memory, behind one lock.
//!
//! The lock is never held across an await: a handler copies out what it needs, asks git, and comes back.

mod pull;
mod record;
mod repository;
mod token;

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;

pub(crate) use pull::{Pull, Review};
pub(crate) use record::{CheckRun, Comment, Deployment, DeploymentStatus, Issue, Status, suite};
pub(crate) use repository::Repository;
pub(crate) use token::{Holder, Token, Tokens, mint_value, personal_value};

use crate::fault::Rule;
use crate::permission::Permissions;
use crate::seed::Role;
use crate::witness::Seen;

/// What an account is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    User,
    Organization,
    Bot,
}

/// Anybody or anything that can own or do something.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    pub(crate) id: u64,
    pub(crate) login: String,
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) created: Timestamp,
}

impl Account {
    /// The address under which commits are attributed to this account.
    pub(crate) fn email(&self) -> String {
        format!("{}+{}@users.noreply.github.com", self.id, self.login)
    }
}

/// A GitHub App.
#[derive(Clone, Debug)]
pub(crate) struct App {
    pub(crate) id: u64,
    pub(crate) client_id: String,
    pub(crate) slug: String,
    pub(crate) name: String,
    pub(crate) owner: u64,
    /// The account that acts for it.
    pub(crate) bot: u64,
    pub(crate) permissions: Permissions,
    pub(crate) created: Timestamp,
}

/// Where the App is installed.
#[derive(Clone, Debug)]
pub(crate) struct Installation {
    pub(crate) id: u64,
    pub(crate) app: u64,
    pub(crate) account: u64,
    /// The repositories chosen; all of the account's when none.
    pub(crate) selected: Option<Vec<u64>>,
    pub(crate) permissions: Permissions,
    pub(crate) suspended: Option<Timestamp>,
    pub(crate) created: Timestamp,
}

/// How many requests somebody has made in the running hour.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Usage {
    pub(crate) used: u64,
    pub(crate) reset: i64,
}

/// A name that a repository once had.
type Name = (String, String);

/// The state of the range.
pub(crate) struct World {
    pub(crate) accounts: BTreeMap<u64, Account>,
    pub(crate) apps: BTreeMap<u64, App>,
    /// The App whose key the range knows.
    pub(crate) app: u64,
    pub(crate) installation: Installation,
    pub(crate) repositories: BTreeMap<u64, Repository>,
    pub(crate) moved: HashMap<Name, u64>,
    pub(crate) tokens: Tokens,
    pub(crate) usage: HashMap<String, Usage>,
    pub(crate) faults: Vec<Rule>,
    pub(crate) witness: Vec<Seen>,
    next_id: u64,
}

impl World {
    pub(crate) fn new(app: App, installation: Installation) -> Self {
        Self {
            accounts: BTreeMap::new(),
            app: app.id,
            apps: BTreeMap::from([(app.id, app)]),
            installation,
            repositories: BTreeMap::new(),
            moved: HashMap::new(),
            tokens: Tokens::default(),
            usage: HashMap::new(),
            faults: Vec::new(),
            witness: Vec::new(),
            next_id: 3_100_000_000,
        }
    }

    /// A world with the same accounts and Apps and nothing else, whose fresh numbers collide with none here.
    pub(crate) fn accounts_only(&mut self) -> Self {
        self.next_id += 1_000_000;
        Self {
            accounts: self.accounts.clone(),
            apps: self.apps.clone(),
            app: self.app,
            installation: self.installation.clone(),
            repositories: BTreeMap::new(),
            moved: HashMap::new(),
            tokens: Tokens::default(),
            usage: HashMap::new(),
            faults: Vec::new(),
            witness: Vec::new(),
            next_id: self.next_id - 1_000_000,
        }
    }

    /// A number that nothing else has.
    pub(crate) fn fresh_id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }

    /// The account with this login, in any case.
    pub(crate) fn account(&self, login: &str) -> Option<&Account> {
        self.accounts.values().find(|a| a.login.eq_ignore_ascii_case(login))
    }

    /// The account that commits under this address.
    pub(crate) fn committer(&self, email: &str) -> Option<&Account> {
        let id: u64 = email.strip_suffix("@users.noreply.github.com")?.split('+').next()?.parse().ok()?;
        self.accounts.get(&id).filter(|a| a.email().eq_ignore_ascii_case(email))
    }

    /// The repository that has this name now, in any case.
    pub(crate) fn named(&self, owner: &str, name: &str) -> Option<&Repository> {
        let owner = self.account(owner)?.id;
        self.repositories.values().find(|r| r.owner == owner && r.name.eq_ignore_ascii_case(name))
    }

    /// The repository that had this name before it was renamed, if nothing took the name since.
    pub(crate) fn moved(&self, owner: &str, name: &str) -> Option<&Repository> {
        let id = self.moved.get(&(owner.to_ascii_lowercase(), name.to_ascii_lowercase()))?;
        self.repositories.get(id)
    }

    /// Whether the installation reaches this repository.
    pub(crate) fn installed(&self, repository: &Repository) -> bool {
        let installation = &self.installation;
        repository.owner == installation.account
            && installation.selected.as_ref().is_none_or(|ids| ids.contains(&repository.id))
    }

    /// What this account may do in this repository, none if nothing beyond what is public.
    pub(crate) fn role(&self, repository: &Repository, account: u64) -> Option<Role> {
        if repository.owner == account {
            return Some(Role::Admin);
        }
        repository.collaborators.get(&account).copied()
    }

    /// GitHub's word for how close an account is to a repository.
    pub(crate) fn association(&self, repository: &Repository, account: u64) -> &'static str {
        match self.role(repository, account) {
            _ if repository.owner == account => "OWNER",
            Some(Role::Write | Role::Admin) => "MEMBER",
            Some(Role::Read) => "COLLABORATOR",
            None => "NONE",
        }
    }
}
