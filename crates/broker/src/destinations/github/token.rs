//! Installation tokens: minted for one purpose, compared with what was asked, destroyed and proven dead.
//!
//! INVARIANT: a token's value is nowhere but in [`Token`], and no token is lost silently. Minting runs
//! in a task of its own, so that a caller that goes away leaves a token that destroys itself; a token
//! that is dropped is destroyed.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bailiwick_authority::{Digest, Timestamp};
use bytes::Bytes;
use http::{Method, StatusCode};
use secrecy::SecretString;
use serde::Deserialize;
use zeroize::Zeroizing;

use super::answer::InstallationAnswer;
use super::app::Assertion;
use super::call::{Caller, cause};
use super::failure::{Cause, Failure, Step};
use super::quote::quote;
use super::refusal::Refusal;
use super::scope::{Level, Scope};
use crate::destinations::http::{Answer, Call, NoAnswer, Outward, Trouble, Way};

/// How long destroying may take in all, tries and proof included.
const DESTROY_DEADLINE: Duration = Duration::from_secs(4);
/// How long one try of destroying may take.
const TRY_DEADLINE: Duration = Duration::from_millis(1_500);
/// How long a token lives at GitHub that does not say so, in seconds.
const LONGEST_LIFE_S: u64 = 3_600;
const PAUSES: [Duration; 3] =
    [Duration::from_millis(100), Duration::from_millis(300), Duration::from_millis(900)];

/// A repository as GitHub names it in the answer to a mint.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct NamedRepository {
    /// GitHub's number.
    pub id: u64,
    /// `owner/name`.
    pub full_name: String,
}

/// A live installation token. Dropping it destroys it in the background.
pub struct Token {
    value: Option<SecretString>,
    outward: Arc<Outward>,
    sha256: Digest,
    scope: Scope,
    repositories: Vec<NamedRepository>,
    expires: Timestamp,
    minted: Instant,
}

/// How a credential ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Death {
    /// Revoked, and a request with it was answered 401 after.
    RevokedProven,
    /// Revoked, but no request proved it.
    Revoked,
    /// The destination cannot revoke: it ends when it expires.
    NotRevocable,
    /// Revoking failed, and the value is gone from memory: it ends when it expires.
    ValueLost,
}

impl Death {
    /// As receipts write it.
    pub fn as_str(&self) -> &'static str {
        match self {
            Death::RevokedProven => "revoked-proven",
            Death::Revoked => "revoked",
            Death::NotRevocable => "not-revocable",
            Death::ValueLost => "value-lost",
        }
    }

    /// Whether it is known to open nothing any more.
    pub fn is_dead(&self) -> bool {
        matches!(self, Death::RevokedProven | Death::Revoked)
    }
}

impl Token {
    /// SHA-256 of its value.
    pub fn sha256(&self) -> Digest {
        self.sha256
    }

    /// What was asked for, which is what it may.
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// When GitHub says that it ends by itself.
    pub fn expires(&self) -> Timestamp {
        self.expires
    }

    /// From the answer that carried it to now, in milliseconds.
    pub fn age_ms(&self) -> u64 {
        millis(self.minted)
    }

    /// The repositories that it reaches, as GitHub names them now.
    pub fn repositories(&self) -> &[NamedRepository] {
        &self.repositories
    }

    pub(super) fn value(&self) -> Option<&SecretString> {
        self.value.as_ref()
    }
}

impl Drop for Token {
    fn drop(&mut self) {
        let Some(value) = self.value.take() else { return };
        tracing::warn!(sha256 = %self.sha256, "a token was dropped alive; destroying it");
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            let outward = Arc::clone(&self.outward);
            runtime.spawn(async move { end(&outward, value).await });
        }
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Token")
            .field("sha256", &self.sha256)
            .field("scope", &self.scope)
            .field("expires", &self.expires)
            .finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
struct Minted {
    #[serde(deserialize_with = "zeroizing")]
    token: Zeroizing<String>,
    expires_at: String,
    permissions: BTreeMap<String, String>,
    repository_selection: Option<String>,
    repositories: Option<Vec<NamedRepository>>,
}

/// Only the token, wherever it turns up.
#[derive(Deserialize)]
struct Stray {
    #[serde(deserialize_with = "zeroizing")]
    token: Zeroizing<String>,
}

fn zeroizing<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Zeroizing<String>, D::Error> {
    String::deserialize(deserializer).map(Zeroizing::new)
}

/// Mints a token of this scope. Once the request was sent its answer is waited for, whatever is
/// revoked meanwhile: the token comes back and has to be destroyed, or is destroyed here.
pub(super) async fn mint(
    outward: &Arc<Outward>,
    installation: u64,
    scope: &Scope,
    assertion: &Assertion,
    way: &Way,
) -> Result<Token, Failure> {
    let (outward, scope, way) = (Arc::clone(outward), scope.clone(), way.clone());
    let assertion = assertion.clone();
    let minting = async move {
        let caller = Caller::new(&outward, &way, &assertion.value, Step::Mint);
        minted(&caller, &outward, installation, scope, &assertion).await
    };
    // Handed over through a channel: if nobody waits any more, the token comes back here and is dropped.
    let (sender, receiver) = tokio::sync::oneshot::channel();
    tokio::spawn(async move { drop(sender.send(minting.await)) });
    receiver.await.unwrap_or_else(|_| Err(Failure::of(Step::Mint, Cause::Stopped)))
}

async fn minted(
    caller: &Caller<'_>,
    outward: &Arc<Outward>,
    installation: u64,
    scope: Scope,
    assertion: &Assertion,
) -> Result<Token, Failure> {
    let path = format!("/app/installations/{installation}/access_tokens");
    let body = Bytes::from(scope.to_request().to_string());
    let answer = caller.exchange(Method::POST, &path, Some(body), true).await?;
    let arrived = Instant::now();
    if answer.status != StatusCode::CREATED {
        // No error carries a token, says its documentation. One that does is destroyed.
        destroy_stray(outward, &answer).await;
        return Err(explain(caller, installation, &scope, &path, &answer).await);
    }
    let Ok(minted) = serde_json::from_slice::<Minted>(&answer.body) else {
        destroy_stray(outward, &answer).await;
        return Err(caller.wrong(Method::POST, &path, "it is not a token with its scope"));
    };
    drop(answer);
    let excess = excess(&scope, &minted);
    let expires = minted.expires_at.parse::<jiff::Timestamp>().ok();
    let expires = expires.and_then(|at| u64::try_from(at.as_second()).ok()).and_then(Timestamp::from_seconds);
    let token = Token {
        sha256: Digest::of(minted.token.as_bytes()),
        value: Some(SecretString::from(minted.token.as_str())),
        outward: Arc::clone(outward),
        scope,
        repositories: minted.repositories.unwrap_or_default(),
        expires: expires.unwrap_or(assertion.expires().plus(LONGEST_LIFE_S)),
        minted: arrived,
    };
    if expires.is_none() {
        let (death, _) = destroy(token).await;
        tracing::error!(end = death.as_str(), "the destination sent a token without its end");
        return Err(caller.wrong(Method::POST, &path, "it does not say when the token ends"));
    }
    let Some(excess) = excess else { return Ok(token) };
    let (death, _) = destroy(token).await;
    tracing::error!(%excess, end = death.as_str(), "the destination gave a wider token than asked");
    Err(caller.failure(Cause::WiderThanAsked(excess)))
}

/// Why it was not minted. 422 does not say which of two reasons it has, so the installation is asked.
async fn explain(
    caller: &Caller<'_>,
    installation: u64,
    scope: &Scope,
    path: &str,
    answer: &Answer,
) -> Failure {
    let said = Failure {
        request: format!("POST {path}"),
        may_have_happened: answer.status.is_server_error() || answer.status.is_success(),
        ..caller.failure(cause(answer))
    };
    if answer.status != StatusCode::UNPROCESSABLE_ENTITY {
        return said;
    }
    let path = format!("/app/installations/{installation}");
    let Ok(found) = caller.get::<InstallationAnswer>(&path).await else { return said };
    let lacking = lacking(scope, &found.permissions);
    if !lacking.is_empty() {
        return caller.failure(Cause::LacksPermissions(lacking));
    }
    match scope.repository() {
        Some(id) => caller.refused(Refusal::RepositoryNotInstalled { name: format!("repository:{id}") }),
        None => said,
    }
}

/// The permissions of `scope` that `held` does not reach, as `name:level`.
pub(super) fn lacking(scope: &Scope, held: &BTreeMap<String, String>) -> Vec<String> {
    scope
        .permissions()
        .filter(|(name, level)| {
            !matches!(
                (held.get(*name).map(String::as_str), level),
                (Some("write" | "admin"), _) | (Some("read"), Level::Read)
            )
        })
        .map(|(name, level)| format!("{name}:{}", level.as_str()))
        .collect()
}

/// What a token has beyond what was asked, in words.
fn excess(scope: &Scope, minted: &Minted) -> Option<String> {
    if let Some(id) = scope.repository() {
        let one = minted.repositories.as_deref();
        if minted.repository_selection.as_deref() != Some("selected")
            || !matches!(one, Some([only]) if only.id == id)
        {
            return Some(match one {
                Some(several) => format!("{} repositories", several.len()),
                None => "every repository of the installation".to_owned(),
            });
        }
    }
    minted.permissions.iter().find_map(|(name, level)| {
        let asked = match (level.as_str(), scope.level(name)) {
            // GitHub adds it to every token.
            ("read", _) if name == "metadata" => true,
            ("read", Some(_)) | ("write", Some(Level::Write)) => true,
            _ => false,
        };
        (!asked).then(|| format!("the permission {}", quote(&format!("{name}:{level}"))))
    })
}

async fn destroy_stray(outward: &Outward, answer: &Answer) {
    if let Ok(stray) = serde_json::from_slice::<Stray>(&answer.body) {
        let (death, _) = end(outward, SecretString::from(stray.token.as_str())).await;
        tracing::error!(end = death.as_str(), "the destination sent a token that cannot be used");
    }
}

/// Destroys a token and proves it. Ungated: nothing that is revoked keeps a credential alive. Returns
/// how it ended, and its life in milliseconds up to the answer that ended it. Goes on to its end even
/// if the caller does not wait for it.
pub(super) async fn destroy(mut token: Token) -> (Death, u64) {
    let Some(value) = token.value.take() else { return (Death::ValueLost, token.age_ms()) };
    let (outward, minted) = (Arc::clone(&token.outward), token.minted);
    let ending = tokio::spawn(async move { end(&outward, value).await });
    match ending.await {
        Ok((death, at)) => (death, u64::try_from(at.duration_since(minted).as_millis()).unwrap_or(u64::MAX)),
        Err(_) => (Death::ValueLost, millis(minted)),
    }
}

/// Revokes and proves. Returns when it ended.
async fn end(outward: &Outward, value: SecretString) -> (Death, Instant) {
    let mut at = Instant::now();
    let mut death = Death::ValueLost;
    let ending = async {
        for pause in std::iter::once(None).chain(PAUSES.map(Some)) {
            if let Some(pause) = pause {
                tokio::time::sleep(pause).await;
            }
            let answer = ask(outward, &value, Method::DELETE, "/installation/token").await;
            at = Instant::now();
            match answer.map(|answer| answer.status) {
                Ok(StatusCode::NO_CONTENT) => death = Death::Revoked,
                // It opens nothing: revoked before, by an earlier try whose answer was lost.
                Ok(StatusCode::UNAUTHORIZED) => death = Death::RevokedProven,
                Ok(StatusCode::NOT_FOUND) => death = Death::NotRevocable,
                _ => continue,
            }
            break;
        }
        if death == Death::Revoked && proven(outward, &value).await {
            death = Death::RevokedProven;
        }
    };
    if tokio::time::timeout(DESTROY_DEADLINE, ending).await.is_err() {
        tracing::warn!(end = death.as_str(), "destroying a token took too long");
    }
    (death, at)
}

/// Whether the token opens nothing any more. GitHub may need a moment until every machine knows.
async fn proven(outward: &Outward, value: &SecretString) -> bool {
    for pause in PAUSES {
        let answer = ask(outward, value, Method::GET, "/installation/repositories?per_page=1").await;
        if matches!(answer, Ok(answer) if answer.status == StatusCode::UNAUTHORIZED) {
            return true;
        }
        tokio::time::sleep(pause).await;
    }
    false
}

async fn ask(
    outward: &Outward,
    value: &SecretString,
    method: Method,
    path: &str,
) -> Result<Answer, NoAnswer> {
    let call = Call { method, path, body: None, bearer: value, deadline: TRY_DEADLINE, patient: true };
    outward.exchange(&Way::Ungated, call).await.map_err(|Trouble { why, .. }| why)
}

fn millis(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}
