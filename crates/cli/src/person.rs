//! The person's delegation key at work: statements are sealed with it, one at a time.
//!
//! The key itself stays in the keystore; here is only its card and what opens it.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::moment;
use crate::setting::Setting;
use crate::unlock::UnlockArguments;
use bailiwick_authority::{
    Assurance, Digest, Name, Payload, PublicKey, Realm, SignError, Signed, Signer, seal,
};
use bailiwick_keystore::{
    KeyLocation, Keychain, KeychainOptions, PersonKey, PersonKeyError, SecretString, Unlock,
};
use std::sync::{Arc, Mutex};

/// The person of this profile with an opened way to the delegation key.
#[derive(Clone, Debug)]
pub(crate) struct Steward {
    name: Name,
    signer: Arc<DelegationKey>,
}

#[derive(Debug)]
struct DelegationKey {
    key: PersonKey,
    public: PublicKey,
    opened: Opened,
    /// Why the last signature failed, in full: a [`SignError`] holds its words only.
    failed: Mutex<Option<PersonKeyError>>,
}

#[derive(Debug)]
enum Opened {
    Keychain(Keychain),
    Passphrase(SecretString),
}

impl Steward {
    /// The person that `init` has set up here.
    pub(crate) fn of(setting: &Setting, unlock: &UnlockArguments) -> Result<Steward, Failure> {
        let (Some(name), Some(card)) = (setting.config.person(), setting.config.key_card(&setting.places))
        else {
            return Err(Failure::not_set_up(
                "there is no delegation key in this profile",
                "make one with `bailiwick init`",
            ));
        };
        Steward::with_key(name, PersonKey::load(&card)?, unlock)
    }

    /// A person with this key.
    pub(crate) fn with_key(name: Name, key: PersonKey, unlock: &UnlockArguments) -> Result<Steward, Failure> {
        let opened = match key.location() {
            KeyLocation::Keychain(_) => Opened::Keychain(Keychain::open(KeychainOptions::PERSON)?),
            KeyLocation::File(path) => Opened::Passphrase(unlock.passphrase(path)?),
        };
        Steward::assemble(name, key, opened)
    }

    /// A person with a key file whose passphrase was just chosen.
    pub(crate) fn with_passphrase(
        name: Name,
        key: PersonKey,
        passphrase: SecretString,
    ) -> Result<Steward, Failure> {
        Steward::assemble(name, key, Opened::Passphrase(passphrase))
    }

    fn assemble(name: Name, key: PersonKey, opened: Opened) -> Result<Steward, Failure> {
        let public = PublicKey::ed25519(&key.public()).map_err(|error| Failure::defect(error.to_string()))?;
        let signer = DelegationKey { key, public, opened, failed: Mutex::new(None) };
        Ok(Steward { name, signer: Arc::new(signer) })
    }

    /// The person's name.
    pub(crate) fn name(&self) -> &Name {
        &self.name
    }

    /// The public half of the delegation key.
    pub(crate) fn public(&self) -> &PublicKey {
        &self.signer.public
    }

    /// How the private half is kept.
    pub(crate) fn assurance(&self) -> Assurance {
        match self.signer.key.location() {
            KeyLocation::Keychain(_) => Assurance::Keychain,
            KeyLocation::File(_) => Assurance::File,
        }
    }

    /// Signs a statement of `realm`. May wait for the keychain's prompt.
    pub(crate) async fn seal<T: Payload + Send + 'static>(
        &self,
        realm: Digest,
        body: T,
    ) -> Result<Signed<T>, Failure> {
        self.seal_in(Realm::Of(realm), body).await
    }

    /// As [`Steward::seal`], for the statement that founds a realm too.
    pub(crate) async fn seal_in<T: Payload + Send + 'static>(
        &self,
        realm: Realm,
        body: T,
    ) -> Result<Signed<T>, Failure> {
        let (issued, nonce, signer) = (moment::now()?, moment::nonce()?, Arc::clone(&self.signer));
        // Signing blocks: on the keychain's prompt, or on the work that a passphrase costs.
        tokio::task::spawn_blocking(move || {
            seal(&*signer, realm, issued, nonce, body).map_err(|error| signer.why(error))
        })
        .await
        .map_err(|error| Failure::defect(format!("signing was cut off: {error}")))?
    }
}

impl DelegationKey {
    fn why(&self, error: SignError) -> Failure {
        match self.failed.lock().ok().and_then(|mut failed| failed.take()) {
            Some(error) => error.into(),
            None => Failure::new(
                Exit::Usage,
                "bad-statement",
                format!("this cannot be signed: {error}"),
                "mend what was asked for; nothing was signed",
            ),
        }
    }
}

impl Signer for DelegationKey {
    fn public(&self) -> &PublicKey {
        &self.public
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        let unlock = match &self.opened {
            Opened::Keychain(keychain) => Unlock::Keychain(keychain),
            Opened::Passphrase(passphrase) => Unlock::Passphrase(passphrase),
        };
        self.key.sign(message, unlock).map(|signature| signature.to_vec()).map_err(|error| {
            let words = SignError(error.to_string());
            if let Ok(mut failed) = self.failed.lock() {
                *failed = Some(error);
            }
            words
        })
    }
}
