//! The person's delegation key at work: a statement is written, shown, and then these bytes are signed.
//!
//! The key itself stays in the keystore; here is only its card and what opens it. A passphrase is asked for
//! after the yes, and once.

use crate::asking::{Asker, Shown};
use crate::failure::{Failure, FailureKind};
use crate::key_card::KeyCard;
use crate::moment;
use crate::profile::Profile;
use bailiwick_authority::{
    Assurance, Digest, Name, Payload, PublicKey, Realm, SignError, Signed, Signer, Unsigned,
};
use bailiwick_ceremony::{Authenticator, Browser, CeremonyError, SecurityKeys, TouchedKey, Way};
use bailiwick_keystore::{
    KeyLocation, Keychain, KeychainOptions, PersonKey, PersonKeyError, SecretString, Unlock,
};
use bailiwick_protocol::Shown as Statement;
use std::sync::{Arc, Mutex};

/// The person of a profile with a way to the delegation key.
#[derive(Clone)]
pub struct Steward {
    name: Name,
    signer: Arc<DelegationKey>,
}

/// A person's yes to statements that were shown.
///
/// INVARIANT: made only by [`Steward::ask`].
#[derive(Debug)]
pub struct Consent {
    statements: Vec<Digest>,
}

struct DelegationKey {
    key: KeyCard,
    public: PublicKey,
    asker: Arc<dyn Asker>,
    /// What opens the key, once it was needed.
    opened: Mutex<Option<Opened>>,
    /// What the answers that it signs are about.
    about: Mutex<Option<Statement>>,
    /// Why the last signature failed, in full: a [`SignError`] holds its words only.
    failed: Mutex<Option<Failure>>,
}

#[derive(Clone)]
enum Opened {
    Keychain(Keychain),
    Passphrase(SecretString),
    Touch(Arc<TouchedKey>),
}

impl Steward {
    /// The person that was set up in this profile.
    pub fn of(profile: &Profile, asker: Arc<dyn Asker>) -> Result<Steward, Failure> {
        let (Some(name), Some(card)) = (profile.config.person(), profile.config.key_card(&profile.places))
        else {
            return Err(Failure::not_set_up(
                "there is no delegation key in this profile",
                "make one with `bailiwick init`",
            ));
        };
        Steward::assemble(name, KeyCard::load(&card)?, None, asker)
    }

    /// A person with this key.
    pub(crate) fn with_key(name: Name, key: KeyCard, asker: Arc<dyn Asker>) -> Result<Steward, Failure> {
        Steward::assemble(name, key, None, asker)
    }

    /// A person with a key file whose passphrase was just chosen.
    pub(crate) fn with_passphrase(
        name: Name,
        key: KeyCard,
        passphrase: SecretString,
        asker: Arc<dyn Asker>,
    ) -> Result<Steward, Failure> {
        Steward::assemble(name, key, Some(Opened::Passphrase(passphrase)), asker)
    }

    fn assemble(
        name: Name,
        key: KeyCard,
        opened: Option<Opened>,
        asker: Arc<dyn Asker>,
    ) -> Result<Steward, Failure> {
        let public = key.public()?;
        let signer = DelegationKey {
            key,
            public,
            asker,
            opened: Mutex::new(opened),
            about: Mutex::default(),
            failed: Mutex::default(),
        };
        Ok(Steward { name, signer: Arc::new(signer) })
    }

    /// What an answer that is signed next is about. A key that is touched shows it with the answer.
    pub(crate) fn answers(&self, about: &Statement) {
        if let Ok(mut known) = self.signer.about.lock() {
            *known = Some(about.clone());
        }
    }

    /// The person's name.
    pub fn name(&self) -> &Name {
        &self.name
    }

    /// The public half of the delegation key.
    pub fn public(&self) -> &PublicKey {
        &self.signer.public
    }

    /// How the private half is kept.
    pub fn assurance(&self) -> Assurance {
        self.signer.key.assurance()
    }

    /// Writes a statement of `realm`. Nothing is signed.
    pub fn write<T: Payload>(&self, realm: Digest, body: &T) -> Result<Unsigned<T>, Failure> {
        self.write_in(Realm::Of(realm), body)
    }

    /// As [`Steward::write`], for the statement that founds a realm too.
    pub fn write_in<T: Payload>(&self, realm: Realm, body: &T) -> Result<Unsigned<T>, Failure> {
        let (issued, nonce) = (moment::now()?, moment::nonce()?);
        Unsigned::write(self.public().id(), realm, issued, nonce, body).map_err(|error| unsignable(&error))
    }

    /// Shows and asks. Waits for the person. A key that is touched asks by itself, for each statement.
    pub async fn ask(&self, shown: Shown) -> Result<Consent, Failure> {
        if let Some(why) = &shown.hidden {
            return Err(unsignable(why));
        }
        let asker = Arc::clone(&self.signer.asker);
        let touched = matches!(self.signer.key, KeyCard::Touched { .. }) && !shown.statements.is_empty();
        blocking(move || {
            if touched {
                asker.announce(&shown);
            } else {
                asker.confirm(&shown)?;
            }
            Ok(Consent { statements: shown.statements })
        })
        .await
    }

    /// Signs a statement that the person has said yes to. May wait for the keychain or a passphrase.
    pub async fn sign<T: Payload + Send + 'static>(
        &self,
        unsigned: Unsigned<T>,
        consent: &Consent,
    ) -> Result<Signed<T>, Failure> {
        if !consent.statements.contains(&unsigned.digest()) {
            return Err(Failure::defect("what is to be signed is not what was shown"));
        }
        let signer = Arc::clone(&self.signer);
        blocking(move || unsigned.sign(&*signer).map_err(|error| signer.why(&error))).await
    }

    /// Writes a statement, shows it as `show` says it, and signs it on a yes.
    pub async fn seal<T: Payload + Send + 'static>(
        &self,
        realm: Digest,
        body: &T,
        show: impl FnOnce(&Unsigned<T>) -> Shown,
    ) -> Result<Signed<T>, Failure> {
        let unsigned = self.write(realm, body)?;
        let consent = self.ask(show(&unsigned)).await?;
        self.sign(unsigned, &consent).await
    }
}

/// Runs what blocks where it holds nothing up.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| Failure::defect(format!("what was asked was cut off: {error}")))?
}

fn unsignable(why: &dyn std::fmt::Display) -> Failure {
    Failure::new(
        FailureKind::Unsignable,
        format!("this cannot be signed: {why}"),
        "mend what was asked for; nothing was signed",
    )
}

impl DelegationKey {
    /// What opens the key; asked for once.
    fn open(&self) -> Result<Opened, Failure> {
        let mut opened = self.opened.lock().map_err(|_| Failure::defect("a signature broke off"))?;
        if let Some(opened) = &*opened {
            return Ok(opened.clone());
        }
        let fresh = match &self.key {
            KeyCard::Kept(key) => match key.location() {
                KeyLocation::Keychain(_) => Opened::Keychain(Keychain::open(KeychainOptions::PERSON)?),
                KeyLocation::File(path) => Opened::Passphrase(self.asker.passphrase(path)?),
            },
            KeyCard::Touched { public, way } => {
                let authenticator = authenticator(public, *way, &self.asker)?;
                Opened::Touch(Arc::new(TouchedKey::new(public.clone(), authenticator)?))
            }
        };
        *opened = Some(fresh.clone());
        Ok(fresh)
    }

    fn why(&self, error: &SignError) -> Failure {
        let failed = self.failed.lock().ok().and_then(|mut failed| failed.take());
        failed.unwrap_or_else(|| unsignable(error))
    }

    fn try_sign(&self, message: &[u8]) -> Result<Vec<u8>, Failure> {
        match (&self.key, &self.open()?) {
            (KeyCard::Kept(key), Opened::Keychain(keychain)) => {
                kept(key, message, Unlock::Keychain(keychain))
            }
            (KeyCard::Kept(key), Opened::Passphrase(passphrase)) => {
                kept(key, message, Unlock::Passphrase(passphrase))
            }
            (_, Opened::Touch(key)) => {
                let about = self.about.lock().ok().and_then(|about| about.clone());
                Ok(key.touch(message, about.as_ref())?)
            }
            (KeyCard::Touched { .. }, _) => Err(Failure::defect("a touched key was opened like a kept one")),
        }
    }
}

fn kept(key: &PersonKey, message: &[u8], unlock: Unlock<'_>) -> Result<Vec<u8>, Failure> {
    let signed: Result<_, PersonKeyError> = key.sign(message, unlock);
    Ok(signed?.to_vec())
}

/// The security keys of this machine, in the person's hand.
pub(crate) fn security_keys(asker: &Arc<dyn Asker>) -> Result<SecurityKeys, Failure> {
    let hand = asker.hand().ok_or_else(|| {
        Failure::new(
            FailureKind::Key,
            "this program cannot ask for the touch and the PIN of a security key at USB",
            "sign on the command line, or use a key that is touched on a page in the browser",
        )
    })?;
    Ok(SecurityKeys::at_usb(hand))
}

/// What touches a key. The page's port is held from now on.
fn authenticator(
    public: &PublicKey,
    way: Way,
    asker: &Arc<dyn Asker>,
) -> Result<Box<dyn Authenticator>, Failure> {
    let key = public.as_webauthn().ok_or(CeremonyError::OtherWay("by touching it"))?;
    match way {
        Way::Browser => {
            let asker = Arc::clone(asker);
            Ok(Box::new(Browser::for_key(key, move |page| asker.page(page))?))
        }
        Way::Usb => Ok(Box::new(security_keys(asker)?)),
    }
}

impl Signer for DelegationKey {
    fn public(&self) -> &PublicKey {
        &self.public
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        self.try_sign(message).map_err(|failure| {
            let words = SignError(failure.message.clone());
            if let Ok(mut failed) = self.failed.lock() {
                *failed = Some(failure);
            }
            words
        })
    }
}
