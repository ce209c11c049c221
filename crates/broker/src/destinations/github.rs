//! GitHub, through an App: evidence, one narrow token per purpose, the act, its end.
//!
//! The order in which an operation uses this is the engine's:
//!
//! ```text
//! operation → assertion → mint(evidence_scope) → evidence → destroy
//!           → assertion → mint(act_scope)      → act      → destroy      (look_up, if that is unknown)
//! ```
//!
//! INVARIANT: every token is for explicit permissions on one explicit repository; one that is wider is
//! destroyed unused. INVARIANT: nothing here retries what may have happened.

mod act;
mod answer;
mod app;
mod call;
mod catalogue;
mod check;
mod diff;
mod evidence;
mod failure;
mod known;
mod look_up;
mod quote;
mod refusal;
mod scope;
mod token;

use std::sync::Arc;

use bailiwick_authority::{Connection, Digest, Invocation, Timestamp, Value};
use bailiwick_protocol::{ApiError, ConnectionCheck, Diff, ErrorCode};
use secrecy::SecretString;

use super::http::{Outward, SetUpError, Way};
use app::App;
use call::Caller;

pub use act::Done;
pub use app::{Assertion, RootSecretError, fingerprint};
pub use call::Observation;
pub use catalogue::{
    ACTIONS, Action, ActionSpec, ArgumentKind, ArgumentSpec, BadOperation, BranchMove, CATALOGUE,
    MergeMethod, Operation, Repository, parse, resolve_alias, spec, typed,
};
pub use evidence::{Evidence, MAX_FACTS_BYTES};
pub use failure::{Cause, Failure, Said, Step};
pub use known::Known;
pub use look_up::Found;
pub use refusal::Refusal;
pub use scope::{Level, Permissions, Scope};
pub use token::{Death, NamedRepository, Token};

/// One connection to GitHub. Cheap to clone.
#[derive(Clone, Debug)]
pub struct GitHub {
    app: Arc<App>,
    outward: Arc<Outward>,
    installation: u64,
    app_id: u64,
}

/// Why a connection cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotUsable {
    /// Its address, certificates or proxy.
    #[error(transparent)]
    SetUp(#[from] SetUpError),
    /// Its root secret.
    #[error(transparent)]
    RootSecret(#[from] RootSecretError),
}

impl NotUsable {
    /// As it crosses a boundary.
    pub fn to_api_error(&self) -> ApiError {
        let (code, hint) = match self {
            NotUsable::SetUp(SetUpError::NoSystemRoots) => (
                ErrorCode::NotSetUp,
                "install the system's certificates (on Debian the package `ca-certificates`)",
            ),
            NotUsable::SetUp(_) => (ErrorCode::NotSetUp, "a steward signs a new connection statement"),
            NotUsable::RootSecret(RootSecretError::NotAKey(error)) => (ErrorCode::RootSecret, error.hint()),
            NotUsable::RootSecret(_) => (
                ErrorCode::RootSecret,
                "import the private key that the connection names, or sign a connection statement for this one",
            ),
        };
        ApiError::new(code, self.to_string(), hint)
    }
}

impl GitHub {
    /// A connection with its root secret, which must be the one that the statement pins. Talks to nobody.
    pub fn new(connection: &Connection, key_pem: &SecretString) -> Result<GitHub, NotUsable> {
        Ok(GitHub {
            app: Arc::new(App::new(connection, key_pem)?),
            outward: Arc::new(Outward::new(connection)?),
            installation: connection.github.installation,
            app_id: connection.github.app,
        })
    }

    /// The operation that an invocation asks for.
    pub fn operation(&self, invocation: &Invocation) -> Result<Operation, BadOperation> {
        parse(invocation)
    }

    /// A new assertion of the App's: a credential of kind `app-jwt`, for one mint or one check. Its
    /// digest is durable before it is used.
    pub fn assertion(&self, now: Timestamp) -> Result<Assertion, Failure> {
        self.app.assertion(now).map_err(|_| Failure::of(Step::Mint, Cause::RootSecret))
    }

    /// Mints a token of exactly this scope.
    ///
    /// Once the request was sent, this waits for the answer whatever is revoked meanwhile. It hands the
    /// token back, or destroyed it; if the caller goes away, the token destroys itself. A failure with
    /// `may_have_happened` means a token that nobody here knows, alive for an hour at most.
    pub async fn mint(&self, scope: &Scope, assertion: &Assertion, way: &Way) -> Result<Token, Failure> {
        token::mint(&self.outward, self.installation, scope, assertion, way).await
    }

    /// Fetches the facts of an operation. May be called again; nothing is changed. Equal states of the
    /// destination and of the roster give equal facts.
    pub async fn evidence(
        &self,
        operation: &Operation,
        known: &Known,
        token: &Token,
        way: &Way,
    ) -> Result<Evidence, Failure> {
        let caller = self.caller(token, way, Step::Evidence)?;
        let asking = evidence::Asking { known, app: self.app_id };
        let facts = evidence::facts(&caller, operation, token, &asking).await?;
        Ok(Evidence { facts, observations: caller.into_observations() })
    }

    /// The change that an operation is about, at the commits of its facts, bounded. `token` is of
    /// [`Operation::evidence_scope`]. Which files policy protects is for the caller to mark.
    pub async fn diff(
        &self,
        operation: &Operation,
        facts: &Value,
        token: &Token,
        way: &Way,
    ) -> Result<Diff, Failure> {
        diff::diff(&self.caller(token, way, Step::Evidence)?, operation, facts).await
    }

    /// Carries the operation out, on these facts. `operation_id` marks what can be marked, so that it
    /// can be found again.
    pub async fn act(
        &self,
        operation: &Operation,
        facts: &Value,
        token: &Token,
        way: &Way,
        operation_id: &Digest,
    ) -> Result<Done, Failure> {
        let caller = self.caller(token, way, Step::Act)?;
        act::act(&caller, operation, facts, operation_id).await
    }

    /// Destroys a token, ungated, within four seconds, and says how it ended and its life in
    /// milliseconds. Goes on to its end even if the caller does not wait.
    pub async fn destroy(&self, token: Token) -> (Death, u64) {
        token::destroy(token).await
    }

    /// Finds out what became of an act that was sent at `sent` and whose outcome is unknown. `token` is
    /// of [`Operation::look_up_scope`].
    pub async fn look_up(
        &self,
        operation: &Operation,
        facts: &Value,
        operation_id: &Digest,
        token: &Token,
        sent: Timestamp,
        now: Timestamp,
    ) -> Result<Found, Failure> {
        let caller = self.caller(token, &Way::Ungated, Step::LookUp)?;
        let asked = look_up::Asked { operation, facts, operation_id, app: self.app_id, sent, now };
        look_up::look_up(&caller, &asked).await
    }

    /// Looks at the connection as it is now. `token` is of [`Scope::listing`] and minted with
    /// `assertion` or another.
    pub async fn check(
        &self,
        assertion: &Assertion,
        token: &Token,
        way: &Way,
        now: Timestamp,
    ) -> Result<ConnectionCheck, Failure> {
        let app = Caller::new(&self.outward, way, &assertion.value, Step::Check);
        let listing = self.caller(token, way, Step::Check)?;
        check::check(app, listing, self.installation, self.app_id, now).await
    }

    fn caller<'a>(&'a self, token: &'a Token, way: &Way, step: Step) -> Result<Caller<'a>, Failure> {
        let value = token.value().ok_or_else(|| Failure::of(step, Cause::Stopped))?;
        Ok(Caller::new(&self.outward, way, value, step))
    }
}
