//! Connecting a GitHub: a connection statement, the App's key in the root store, the policy that goes with it.

use crate::asking::{Asker, Shown};
use crate::failure::{Failure, FailureKind, bad_value};
use crate::profile::Profile;
use crate::steward::{Consent, Steward, blocking};
use crate::submission::submit;
use crate::{sentence, shipped_policy};
use bailiwick_authority::{Connection, Digest, Name, PolicySet, Signed, Unsigned};
use bailiwick_client::{Console, profile as keychain_profile};
use bailiwick_keystore::{
    ExposeSecret, Keychain, KeychainOptions, KeychainRootStore, RootStore, RootStoreError, SecretName,
    SecretString, root_fingerprint,
};
use bailiwick_protocol::{Admitted, PolicyTexts, Status};
use std::sync::Arc;

/// Over the public half of an App's private key.
pub fn fingerprint(secret: &SecretString) -> Result<Digest, Failure> {
    root_fingerprint(secret.expose_secret())
        .map(Digest::from_bytes)
        .map_err(|error| Failure::usage(format!("the App's key cannot be used: {error}"), error.hint()))
}

/// The statement in force for this connection, which a new one follows.
pub fn current(status: &Status, name: &Name) -> Result<Option<Digest>, Failure> {
    let view = status.connections.iter().find(|view| view.name == name.as_str());
    view.map(|view| view.statement.parse().map_err(|why| bad_value("a statement", &view.statement, &why)))
        .transpose()
}

/// A policy that is signed together with a connection, with its texts.
pub type PolicyChange = (Unsigned<PolicySet>, PolicyTexts);

/// What has to become of the policy before this connection is used: the practice range's calendar is always
/// open, a real destination has the shipped one. `None` where that is so already, or where a person has
/// signed data of their own.
pub async fn policy_change(
    console: &Console,
    status: &Status,
    steward: &Steward,
    realm: Digest,
    practice: bool,
) -> Result<Option<PolicyChange>, Failure> {
    let Some(previous) = &status.policy else { return Ok(None) };
    let in_force = console.policy().await?;
    let others = status.connections.iter().any(|one| one.name != PRACTICE);
    let wanted = match (practice, in_force.data.as_str()) {
        (true, shipped_policy::SHIPPED_DATA) if !others => shipped_policy::PRACTICE_DATA,
        (false, shipped_policy::PRACTICE_DATA) => shipped_policy::SHIPPED_DATA,
        _ => return Ok(None),
    };
    let texts = PolicyTexts { data: wanted.to_owned(), ..in_force };
    let previous = previous.parse().map_err(|why| bad_value("a policy", previous, &why))?;
    let unsigned = steward.write(realm, &shipped_policy::statement(&texts, Some(previous)))?;
    Ok(Some((unsigned, texts)))
}

/// What the practice range's connection is called.
pub const PRACTICE: &str = "practice";

/// What one yes is about: the connection, and the policy where it changes with it.
pub fn shown(unsigned: &Unsigned<Connection>, policy: Option<&PolicyChange>) -> Shown {
    let shown = Shown::of("Sign a connection", &sentence::connection(unsigned.body()), unsigned);
    match policy {
        None => shown,
        Some((policy, texts)) => {
            shown.and(Shown::of("Sign the policy", &sentence::policy(policy.body(), texts), policy))
        }
    }
}

/// An App's key on its way into the root store.
pub struct Root<'a> {
    /// The key (PEM).
    pub secret: SecretString,
    /// Whose store.
    pub profile: &'a Profile,
    /// Who is asked when another key is there; nobody where the person agreed to that already.
    pub asker: Option<Arc<dyn Asker>>,
}

/// Signs, keeps the App's key if it is ours to keep, and hands in the policy and then the connection.
pub async fn conclude(
    console: &Console,
    steward: &Steward,
    unsigned: Unsigned<Connection>,
    policy: Option<PolicyChange>,
    consent: &Consent,
    root: Option<Root<'_>>,
) -> Result<(Signed<Connection>, Admitted), Failure> {
    let signed = steward.sign(unsigned, consent).await?;
    if let Some(Root { secret, profile, asker }) = root {
        keep_root(profile, &signed.body().series, secret, asker).await?;
    }
    if let Some((policy, texts)) = policy {
        submit(console, &steward.sign(policy, consent).await?, Some(texts)).await?;
    }
    let admitted = submit(console, &signed, None).await?;
    Ok((signed, admitted))
}

/// Puts the App's key into the keychain's root store of this profile. Another key there is replaced only on a yes.
async fn keep_root(
    profile: &Profile,
    name: &Name,
    secret: SecretString,
    asker: Option<Arc<dyn Asker>>,
) -> Result<(), Failure> {
    if profile.config.broker.roots.as_deref().is_some_and(|roots| roots != "keychain") {
        return Err(Failure::usage(
            "this broker does not have its root secrets from the keychain (`broker.roots`)",
            format!(
                "hand it over as `connection.{name}` where the broker reads its roots, and add `--key-is-in-place`"
            ),
        ));
    }
    let (profile, name) =
        (keychain_profile(&profile.places), SecretName::new(&format!("connection.{name}"))?);
    // The keychain may show its own prompt: never on an asynchronous worker.
    blocking(move || {
        let alternative = |error: bailiwick_keystore::KeychainError| {
            Failure::new(
                FailureKind::Keychain,
                format!("the App's key cannot be kept in the keychain: {error}"),
                format!(
                    "{}. The alternative is a broker with `--roots stdin` or `credentials`, and `--key-is-in-place` here",
                    error.hint()
                ),
            )
        };
        let keychain = Keychain::open(KeychainOptions::PERSON).map_err(alternative)?;
        let store = KeychainRootStore::new(keychain, &profile);
        match store.create_only(&name, &secret) {
            Err(RootStoreError::Exists { .. }) => {
                if store.get(&name)?.expose_secret() == secret.expose_secret() {
                    return Ok(());
                }
                if let Some(asker) = asker {
                    let line = "the keychain has another key for this connection";
                    asker.confirm(&Shown::question("Replace it?", line))?;
                }
                Ok(store.replace(&name, &secret)?)
            }
            stored => Ok(stored?),
        }
    })
    .await
}
