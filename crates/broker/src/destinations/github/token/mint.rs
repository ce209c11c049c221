//! Minting: asked for exactly, compared with what was asked.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use bailiwick_authority::{Digest, Timestamp};
use bytes::Bytes;
use http::{Method, StatusCode};
use secrecy::SecretString;
use serde::Deserialize;
use zeroize::Zeroizing;

use super::destroy::{destroy, end};
use super::{NamedRepository, Token};
use crate::destinations::github::answer::InstallationAnswer;
use crate::destinations::github::app::Assertion;
use crate::destinations::github::call::{Caller, cause};
use crate::destinations::github::failure::{Cause, Failure, Step};
use crate::destinations::github::quote::quote;
use crate::destinations::github::refusal::Refusal;
use crate::destinations::github::scope::{Level, Scope};
use crate::destinations::http::{Answer, Outward, Way};

/// How long a token lives at GitHub that does not say so, in seconds.
const LONGEST_LIFE_S: u64 = 3_600;

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
pub(in crate::destinations::github) async fn mint(
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
pub(in crate::destinations::github) fn lacking(
    scope: &Scope,
    held: &BTreeMap<String, String>,
) -> Vec<String> {
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
