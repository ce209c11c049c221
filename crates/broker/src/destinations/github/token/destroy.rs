//! Destroying: ungated, tried again, proven.

use std::sync::Arc;
use std::time::{Duration, Instant};

use http::{Method, StatusCode};
use secrecy::SecretString;

use super::{Death, Token, millis};
use crate::destinations::http::{Answer, Call, NoAnswer, Outward, Trouble, Way};

/// How long destroying may take in all, tries and proof included.
const DESTROY_DEADLINE: Duration = Duration::from_secs(4);
/// How long one try of destroying may take.
const TRY_DEADLINE: Duration = Duration::from_millis(1_500);
const PAUSES: [Duration; 3] =
    [Duration::from_millis(100), Duration::from_millis(300), Duration::from_millis(900)];

/// Destroys a token and proves it. Ungated: nothing that is revoked keeps a credential alive. Returns
/// how it ended, and its life in milliseconds up to the answer that ended it. Goes on to its end even
/// if the caller does not wait for it.
pub(in crate::destinations::github) async fn destroy(mut token: Token) -> (Death, u64) {
    let Some(value) = token.value.take() else { return (Death::ValueLost, token.age_ms()) };
    let (outward, minted) = (Arc::clone(&token.outward), token.minted);
    let ending = tokio::spawn(async move { end(&outward, value).await });
    match ending.await {
        Ok((death, at)) => (death, u64::try_from(at.duration_since(minted).as_millis()).unwrap_or(u64::MAX)),
        Err(_) => (Death::ValueLost, millis(minted)),
    }
}

/// Revokes and proves. Returns when it ended.
pub(super) async fn end(outward: &Outward, value: SecretString) -> (Death, Instant) {
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
