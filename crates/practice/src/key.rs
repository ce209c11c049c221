//! The App's key: made at start or given, held by whoever plays the App.

use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::Timestamp;
use pkcs8::der::{SecretDocument, pem::LineEnding};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;

/// What a person gets from GitHub when they register an App: its numbers and its private key.
pub struct AppIdentity {
    pub(crate) app_id: u64,
    pub(crate) client_id: String,
    pub(crate) slug: String,
    pub(crate) installation_id: u64,
    pub(crate) private_key_pem: SecretString,
    pub(crate) pair: KeyPair,
}

impl AppIdentity {
    /// The App's number.
    #[must_use]
    pub const fn app_id(&self) -> u64 {
        self.app_id
    }

    /// The App's client id.
    #[must_use]
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// The App's name in addresses.
    #[must_use]
    pub fn slug(&self) -> &str {
        &self.slug
    }

    /// The number of its installation.
    #[must_use]
    pub const fn installation_id(&self) -> u64 {
        self.installation_id
    }

    /// The private key as GitHub hands it out: PKCS #1, PEM, `BEGIN RSA PRIVATE KEY`.
    #[must_use]
    pub const fn private_key_pem(&self) -> &SecretString {
        &self.private_key_pem
    }

    /// An assertion of the App, signed. For tests and scripts that speak to the range without a client
    /// of their own; `claims` may be anything, good or bad.
    #[must_use]
    pub fn assertion_of(&self, claims: &serde_json::Value) -> SecretString {
        let part = |value: &serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(&json!({"alg": "RS256", "typ": "JWT"})), part(claims));
        let mut signature = vec![0; self.pair.public_modulus_len()];
        let random = aws_lc_rs::rand::SystemRandom::new();
        // Signing fails only for a buffer of the wrong size. An assertion without a signature is refused.
        if self.pair.sign(&RSA_PKCS1_SHA256, &random, signed.as_bytes(), &mut signature).is_err() {
            signature.clear();
        }
        SecretString::from(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }

    /// A good assertion: issued at `now` (seconds since 1970), good for one minute.
    #[must_use]
    pub fn assertion(&self, now: i64) -> SecretString {
        self.assertion_of(&json!({"iss": self.app_id.to_string(), "iat": now, "exp": now + 60}))
    }

    /// The same, by the machine's clock.
    #[must_use]
    pub fn assertion_now(&self) -> SecretString {
        self.assertion(Timestamp::now().as_second())
    }
}

impl std::fmt::Debug for AppIdentity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AppIdentity").field("app_id", &self.app_id).finish_non_exhaustive()
    }
}

/// The key could not be made or read.
#[derive(Debug, thiserror::Error)]
#[error("the App's private key could not be {0}")]
pub(crate) struct KeyError(&'static str);

const LABEL: &str = "RSA PRIVATE KEY";

/// Makes a new key, or takes the given one (PKCS #1 or PKCS #8, PEM). Takes up to a second: not for an
/// async worker.
pub(crate) fn load(given: Option<&SecretString>) -> Result<(KeyPair, SecretString), KeyError> {
    if let Some(pem) = given {
        let (label, der) = SecretDocument::from_pem(pem.expose_secret()).map_err(|_| KeyError("read"))?;
        let pair = if label == LABEL {
            KeyPair::from_der(der.as_bytes())
        } else {
            KeyPair::from_pkcs8(der.as_bytes())
        };
        return Ok((pair.map_err(|_| KeyError("read"))?, pem.clone()));
    }
    let pair = KeyPair::generate(KeySize::Rsa2048).map_err(|_| KeyError("made"))?;
    let pkcs8: Pkcs8V1Der<'_> = pair.as_der().map_err(|_| KeyError("made"))?;
    let inner = pkcs8::PrivateKeyInfoRef::try_from(pkcs8.as_ref()).map_err(|_| KeyError("made"))?;
    let pkcs1 = SecretDocument::try_from(inner.private_key.as_bytes()).map_err(|_| KeyError("made"))?;
    let pem = pkcs1.to_pem(LABEL, LineEnding::LF).map_err(|_| KeyError("made"))?;
    Ok((pair, SecretString::from(pem.to_string())))
}

/// The public half, PKCS #1.
pub(crate) fn public(pair: &KeyPair) -> Vec<u8> {
    pair.public_key().as_ref().to_vec()
}
