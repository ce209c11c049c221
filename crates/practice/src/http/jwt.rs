//! The App's assertion: RS256 by its key, issued by it, not from the future, at most ten minutes long.
//!
//! Verified with the primitive itself and claim by claim, and not with a token library, so that a
//! mistake shared with a client's library would show.

use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::Timestamp;
use serde_json::{Map, Value};

use super::answer::Refusal;

/// What the assertion said about its time, in seconds since 1970.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Assertion {
    pub(crate) issued: i64,
    pub(crate) expires: i64,
}

/// How far ahead of GitHub's clock an assertion may have been issued.
const SKEW_S: i64 = 60;
/// How long an assertion may live.
const LONGEST_S: i64 = 600;

/// Checks an assertion. `issuers` are the App's number and its client id; `key` is the public key (PKCS #1).
pub(crate) fn verify(
    token: &str,
    key: &[u8],
    issuers: [&str; 2],
    now: Timestamp,
) -> Result<Assertion, Refusal> {
    let claims =
        opened(token, key).ok_or_else(|| Refusal::new(401, "A JSON web token could not be decoded"))?;
    let now = now.as_second();
    let expires = claims.get("exp").and_then(Value::as_i64).filter(|exp| *exp > now).ok_or_else(|| {
        refused("'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires")
    })?;
    let issued = claims.get("iat").and_then(Value::as_i64).filter(|iat| *iat <= now + SKEW_S).ok_or_else(|| {
        refused("'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued")
    })?;
    if expires > issued + LONGEST_S || expires > now + LONGEST_S + SKEW_S {
        return Err(refused("'Expiration time' claim ('exp') is too far in the future"));
    }
    let issuer = match claims.get("iss") {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        Some(_) => return Err(refused("'Issuer' claim ('iss') must be an Integer")),
        None => return Err(refused("Missing 'issuer' claim ('iss')")),
    };
    if !issuers.contains(&issuer.as_str()) {
        return Err(refused("Integration not found"));
    }
    Ok(Assertion { issued, expires })
}

fn refused(message: &str) -> Refusal {
    Refusal::new(401, message)
}

fn opened(token: &str, key: &[u8]) -> Option<Map<String, Value>> {
    let (signed, signature) = token.rsplit_once('.')?;
    let (header, payload) = signed.split_once('.')?;
    let header = object(header)?;
    if header.get("alg").and_then(Value::as_str) != Some("RS256") || header.contains_key("crit") {
        return None;
    }
    let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
    let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key);
    key.verify(signed.as_bytes(), &signature).ok()?;
    object(payload)
}

fn object(part: &str) -> Option<Map<String, Value>> {
    match serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()? {
        Value::Object(map) => Some(map),
        _ => None,
    }
}
