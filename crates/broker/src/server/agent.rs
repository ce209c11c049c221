//! The agent socket: ask, wait, fetch what was delegated, end what descends.

use super::answer::{Body, answer, answer_apart, bad, bounded, no_route, read};
use crate::broker::{Broker, store_error};
use crate::process::Peer;
use axum::Router;
use axum::extract::{ConnectInfo, DefaultBodyLimit, Path, Query, State};
use axum::middleware::from_fn;
use axum::response::Response;
use axum::routing::{get, post};
use bailiwick_authority::{
    Digest, Fetch, KeyId, MAX_INVOCATION_SECONDS, MAX_SKEW_SECONDS, Realm, Unverified,
};
use bailiwick_protocol::{
    AgentGreeting, ApiError, Ask, ErrorCode, FetchAnswer, FetchRequest, MAX_BODY_BYTES, MAX_WAIT_MS,
    PROTOCOL, Revoke, route,
};
use rusqlite::params;
use serde::Deserialize;
use std::sync::Arc;
use std::time::Duration;

type Shared = State<Arc<Broker>>;

/// The most capabilities of one key that are looked at, and the most bytes of chains that are answered, the
/// last one's beyond.
const MOST_HELD: i64 = 1_000;
const MOST_BYTES: usize = 4 << 20;

pub(super) fn router(broker: Arc<Broker>) -> Router {
    Router::new()
        .route(route::AGENT_GREETING, get(greeting))
        .route(route::AGENT_INVOCATIONS, post(ask))
        .route(route::AGENT_OPERATION, get(operation))
        .route(route::AGENT_FETCH, post(fetch))
        .route(route::AGENT_REVOCATIONS, post(revoke))
        .fallback(no_route)
        .method_not_allowed_fallback(no_route)
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .layer(from_fn(bounded))
        .with_state(broker)
}

async fn greeting(State(broker): Shared) -> Response {
    answer(Ok(AgentGreeting {
        version: env!("CARGO_PKG_VERSION").into(),
        protocol: PROTOCOL,
        realm: broker.realm().digest.map(|digest| digest.to_string()),
        broker: broker.key_id().to_string(),
        now: broker.clock.now().seconds(),
    }))
}

async fn ask(State(broker): Shared, ConnectInfo(peer): ConnectInfo<Peer>, body: Body) -> Response {
    let result = match read::<Ask>(body) {
        Ok(request) => broker.ask(request, peer).await,
        Err(error) => Err(error),
    };
    answer(result)
}

#[derive(Deserialize)]
struct Wait {
    #[serde(default)]
    wait_ms: u64,
}

async fn operation(State(broker): Shared, Path(id): Path<String>, Query(wait): Query<Wait>) -> Response {
    let wait = Duration::from_millis(wait.wait_ms.min(MAX_WAIT_MS));
    match id.parse::<Digest>() {
        Ok(id) => answer(broker.wait_for(&id, wait).await),
        Err(error) => answer::<()>(Err(bad(error.to_string()))),
    }
}

async fn fetch(State(broker): Shared, body: Body) -> Response {
    let request = read::<FetchRequest>(body);
    let read = move |broker: &Broker| {
        let holder = check_proof(broker, &request?.envelope)?;
        Ok(FetchAnswer { chains: broker.chains_of(holder)? })
    };
    answer_apart(broker, read).await
}

/// Who signed this proof, if it is fresh and meant for this broker.
fn check_proof(broker: &Broker, envelope: &str) -> Result<KeyId, ApiError> {
    let refuse = |message: String| {
        ApiError::new(ErrorCode::NotAuthorised, message, "sign a fresh proof with the agent's key")
    };
    let proof: Unverified<Fetch> = Unverified::parse(envelope.as_bytes())
        .map_err(|error| ApiError::new(ErrorCode::BadStatement, error.to_string(), "sign a fresh proof"))?;
    let holder = proof.body().holder.clone();
    let proof = proof.verify(&holder).map_err(|error| refuse(error.to_string()))?;
    let (common, body, now) = (proof.common(), proof.body(), broker.clock.now());
    if broker.realm().digest.map(Realm::Of) != Some(common.realm) || body.broker != broker.key_id() {
        return Err(refuse("the proof is meant for another broker".into()));
    }
    if body.expires.since(common.issued) > MAX_INVOCATION_SECONDS
        || common.issued > now.plus(MAX_SKEW_SECONDS)
        || now >= body.expires
    {
        return Err(refuse("the proof is not fresh".into()));
    }
    Ok(holder.id())
}

async fn revoke(State(broker): Shared, body: Body) -> Response {
    let result = match read::<Revoke>(body) {
        Ok(request) => broker.revoke_by_agent(request).await,
        Err(error) => Err(error),
    };
    answer(result)
}

impl Broker {
    /// The chains of the capabilities that a key holds, oldest first: those that are neither revoked nor
    /// expired, and of very many the newest. A key decides itself how many capabilities it holds.
    fn chains_of(&self, holder: KeyId) -> Result<Vec<Vec<String>>, ApiError> {
        let held: Vec<[u8; 32]> = self
            .journal
            .store()
            .read(|connection| {
                let mut query = connection.prepare_cached(
                    "SELECT digest FROM capability JOIN leaf ON leaf.statement = capability.digest
                     WHERE holder = ?1 ORDER BY leaf.sequence DESC LIMIT ?2",
                )?;
                let rows =
                    query.query_map(params![holder.digest().as_bytes(), MOST_HELD], |row| row.get(0))?;
                Ok(rows.collect::<Result<_, _>>()?)
            })
            .map_err(store_error)?;
        let (mut chains, mut bytes) = (Vec::new(), 0);
        for digest in held {
            let chain = self.chain_of(&Digest::from_bytes(digest))?;
            if chain.iter().any(|link| self.is_dead(link) || self.is_over(link)) {
                continue;
            }
            let chain: Vec<String> = chain.into_iter().map(|link| link.text).collect();
            bytes += chain.iter().map(String::len).sum::<usize>();
            chains.push(chain);
            if bytes >= MOST_BYTES {
                break;
            }
        }
        chains.reverse();
        Ok(chains)
    }
}
