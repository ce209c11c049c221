//! The practice range: a strict, GitHub-shaped local destination for drills, demonstrations and tests.
//!
//! [`Range::start`] gives a server on 127.0.0.1 that answers as GitHub's REST API does, with real git
//! underneath: an App with an installation, tokens that are narrowed, expire and can be revoked,
//! repositories, pull requests, reviews, checks, statuses, merges, comments and deployments, and smart
//! HTTP for `git` itself. [`Range::control`] is the hand behind the curtain: it moves heads, sets checks,
//! orders faults, advances the clock, and reads the [witness](Seen) of all that was asked. Nothing of it
//! can be reached over HTTP.
//!
//! It must not know anything of Bailiwick: it is the counterpart that Bailiwick is tested against, so a
//! mistake here and the same mistake there must not come from the same line. Every route in [`routes`]
//! is held against GitHub's OpenAPI description.
//!
//! ```no_run
//! # async fn example() -> Result<(), bailiwick_practice::StartError> {
//! use bailiwick_practice::{Options, Range, Seed};
//!
//! let range = Range::start(Seed::story(), Options::default()).await?;
//! println!("GitHub, for practice: {}", range.url());
//! range.stop().await;
//! # Ok(())
//! # }
//! ```

mod api;
mod body;
mod clock;
mod control;
mod fault;
mod git;
mod http;
mod key;
mod links;
mod permission;
mod plant;
mod protection;
mod range;
mod scenario;
mod seed;
mod witness;
mod world;

pub use control::{CommentView, Control, ControlError, DeploymentView, PullView};
pub use fault::{Act, Callback, Edit, Fault};
pub use git::{Change, GitError, NewCommit, Sha};
pub use http::route::{Route, routes};
pub use key::AppIdentity;
pub use permission::{Level, Permissions};
pub use range::{Options, Range, StartError};
pub use scenario::{Conditions, Prepared};
pub use seed::{
    AccountSeed, AppSeed, BranchSeed, CheckSeed, CommitSeed, EnvironmentRules, InstallationSeed, IssueSeed,
    Protection, PullSeed, ReporterSeed, RepositorySeed, RequiredCheck, ReviewSeed, Role, Seed, StatusSeed,
    Verdict,
};
pub use witness::{Seen, Sender, TokenLife};
