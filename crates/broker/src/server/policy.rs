//! What consoles ask about policies: which were in force, what is wrong with one, how one would answer, how
//! two differ.
//!
//! INVARIANT: nothing here changes what is in force; that is a signed statement, judged in `realm.rs`.

use super::answer::{Body, answer, answer_apart, bad, read};
use super::past::NEWEST;
use crate::admission::{first, read_texts};
use crate::broker::{Broker, store_error};
use crate::policy::{MadeUp, Policy};
use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{get, post};
use bailiwick_authority::{Digest, PolicySet, Unverified};
use bailiwick_protocol::{
    ApiError, BacktestCase, ErrorCode, PolicyAnswer, PolicyBacktest, PolicyDiff, PolicyDiffRequest,
    PolicySource, PolicySubject, PolicyTexts, PolicyTry, PolicyVersion, route,
};
use rusqlite::Row;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::sync::Arc;

type Shared = State<Arc<Broker>>;

/// The policy half of the console's router.
pub(super) fn routes() -> Router<Arc<Broker>> {
    Router::new()
        .route(route::POLICY, get(in_force))
        .route(route::POLICY_HISTORY, get(history))
        .route(route::POLICY_VERSION, get(version))
        .route(route::POLICY_CHECK, post(check))
        .route(route::POLICY_TRY, post(try_it))
        .route(route::POLICY_DIFF, post(diff))
}

async fn in_force(State(broker): Shared) -> Response {
    answer_apart(broker, |broker| {
        let realm = broker.realm();
        let policy = realm.policy.as_ref().ok_or_else(crate::realm::not_set_up)?;
        read_texts(broker.journal.store(), policy.body()).map_err(store_error)
    })
    .await
}

async fn history(State(broker): Shared) -> Response {
    answer_apart(broker, Broker::policy_history).await
}

async fn version(State(broker): Shared, Path(digest): Path<String>) -> Response {
    answer_apart(broker, move |broker| broker.texts_of(&digest)).await
}

async fn check(State(broker): Shared, body: Body) -> Response {
    reading(broker, body, |_, texts: PolicyTexts| Ok(Policy::check(&texts))).await
}

async fn try_it(State(broker): Shared, body: Body) -> Response {
    reading(broker, body, |broker, request: PolicyTry| broker.try_policy(&request)).await
}

async fn diff(State(broker): Shared, body: Body) -> Response {
    reading(broker, body, |broker, request: PolicyDiffRequest| broker.policy_diff(&request)).await
}

/// Reads a body and answers it on a thread of its own: a policy can take a while to load.
async fn reading<B: DeserializeOwned + Send + 'static, T: Serialize>(
    broker: Arc<Broker>,
    body: Body,
    work: impl FnOnce(&Broker, B) -> Result<T, ApiError> + Send + 'static,
) -> Response {
    match read::<B>(body) {
        Ok(body) => answer_apart(broker, |broker| work(broker, body)).await,
        Err(error) => answer::<()>(Err(error)),
    }
}

impl Broker {
    /// Every policy statement of the ledger, newest first.
    fn policy_history(&self) -> Result<Vec<PolicyVersion>, ApiError> {
        let read =
            |row: &Row<'_>| Ok((row.get::<_, [u8; 32]>(0)?, row.get::<_, i64>(1)?, row.get::<_, i64>(2)?));
        let rows: Vec<([u8; 32], i64, i64)> = self
            .journal
            .store()
            .read(|connection| {
                let mut query = connection.prepare_cached(
                    "SELECT statement, sequence, time FROM leaf WHERE kind = 'policy' ORDER BY sequence DESC",
                )?;
                let rows = query.query_map([], read)?;
                Ok(rows.collect::<Result<_, _>>()?)
            })
            .map_err(store_error)?;
        let realm = self.realm();
        let active = realm.policy.as_ref().map(|policy| policy.digest());
        rows.into_iter()
            .map(|(digest, sequence, time)| {
                let digest = Digest::from_bytes(digest);
                let statement = self.policy_statement(&digest)?;
                let set = statement.body();
                let issuer = statement.common().issuer;
                let named = realm
                    .roster
                    .iter()
                    .flat_map(|roster| &roster.body().persons)
                    .find(|person| person.keys.iter().any(|enrolled| enrolled.key.id() == issuer));
                Ok(PolicyVersion {
                    statement: digest.to_string(),
                    previous: set.previous.map(|previous| previous.to_string()),
                    sequence: sequence.unsigned_abs(),
                    time: time.unsigned_abs(),
                    person: named.map_or_else(|| issuer.to_string(), |person| person.name.to_string()),
                    in_force: active == Some(digest),
                    guard: set.guard.to_string(),
                    ask: set.ask.to_string(),
                    schema: set.schema.to_string(),
                    data: set.data.to_string(),
                })
            })
            .collect()
    }

    fn policy_statement(&self, digest: &Digest) -> Result<Unverified<PolicySet>, ApiError> {
        let none = || {
            ApiError::new(
                ErrorCode::NotFound,
                format!("the ledger has no policy {digest}"),
                "`bailiwick policy history` lists them",
            )
        };
        let bytes = self.journal.store().envelope(digest).map_err(store_error)?.ok_or_else(none)?;
        Unverified::parse(&bytes).map_err(|_| none())
    }

    fn texts_of(&self, digest: &str) -> Result<PolicyTexts, ApiError> {
        let digest: Digest = digest.parse().map_err(|_| bad("a policy is named by its statement digest"))?;
        let statement = self.policy_statement(&digest)?;
        read_texts(self.journal.store(), statement.body()).map_err(store_error)
    }

    fn policy_of(&self, source: &PolicySource) -> Result<Arc<Policy>, ApiError> {
        let texts = match source {
            PolicySource::InForce => {
                let (_, policy) = self.policy.read().clone().ok_or_else(crate::realm::not_set_up)?;
                return Ok(policy);
            }
            PolicySource::Statement { statement } => self.texts_of(statement)?,
            PolicySource::Texts { texts } => texts.clone(),
        };
        Policy::load(&texts).map(Arc::new).map_err(|problems| {
            ApiError::new(
                ErrorCode::BadRequest,
                format!("the policy does not load: {}", first(&problems)),
                "`bailiwick policy check` names every problem with its line",
            )
        })
    }

    fn try_policy(&self, request: &PolicyTry) -> Result<PolicyAnswer, ApiError> {
        let policy = self.policy_of(&request.policy)?;
        match &request.subject {
            PolicySubject::Operation { id } => {
                let id: Digest = id.parse().map_err(|_| bad("an operation is named by its digest"))?;
                let (question, then) = self.past_question(&id)?;
                Ok(policy.explain(&question, then))
            }
            PolicySubject::MadeUp { question } => {
                let question = MadeUp::read(question, self.clock.now()).map_err(bad)?;
                Ok(policy.explain(&question, None))
            }
        }
    }

    fn policy_diff(&self, request: &PolicyDiffRequest) -> Result<PolicyDiff, ApiError> {
        let (old, new) = (self.policy_of(&request.old)?, self.policy_of(&request.new)?);
        let mut diff = old.diff(&new);
        diff.backtest = self.backtest(&old, &new)?;
        Ok(diff)
    }

    /// How the newest operations that a policy judged would end under each of the two.
    fn backtest(&self, old: &Policy, new: &Policy) -> Result<PolicyBacktest, ApiError> {
        let mut backtest = PolicyBacktest::default();
        for view in self.journal.operations(None, NEWEST).map_err(store_error)? {
            let Ok(id) = view.id.parse::<Digest>() else { continue };
            // What ended before it was judged has nothing to compare.
            let Ok((question, Some(_))) = self.past_question(&id) else { continue };
            let question = question.question();
            let (before, after) = (old.decide(&question).outcome, new.decide(&question).outcome);
            backtest.judged = backtest.judged.saturating_add(1);
            if before != after {
                backtest.different.push(BacktestCase {
                    operation: view.id,
                    sentence: view.sentence,
                    old: before.as_str().to_owned(),
                    new: after.as_str().to_owned(),
                });
            }
        }
        Ok(backtest)
    }
}
