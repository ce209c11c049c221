//! A new key for a profile's person: made, enrolled by the old one, and signed with from then on.
//!
//! INVARIANT: the profile signs with the new key only once a roster in force has it.

use super::{InForce, in_force};
use crate::asking::{Asker, Shown};
use crate::failure::Failure;
use crate::founding::{KeyPlace, further_cards, new_key};
use crate::key_card::KeyCard;
use crate::profile::Profile;
use crate::steward::Steward;
use bailiwick_authority::{Digest, KeyId};
use bailiwick_ceremony::Page;
use bailiwick_client::{Config, Console};
use bailiwick_keystore::SecretString;
use bailiwick_protocol::Admitted;
use std::path::Path;
use std::sync::Arc;

/// A key that takes another one's place.
#[derive(Clone, Debug)]
pub struct Rotated {
    /// The next roster, as the broker took it.
    pub admitted: Admitted,
    /// The new key.
    pub key: KeyId,
    /// Whether the profile signs with it from now on; if not, once others have agreed: [`take_up`].
    pub in_force: bool,
}

/// Makes a new key at `place`, and lets the profile's present one sign it in and end.
pub async fn rotate(
    place: KeyPlace,
    profile: &Profile,
    console: &Console,
    realm: Digest,
    asker: Arc<dyn Asker>,
) -> Result<Rotated, Failure> {
    let steward = Steward::of(profile, Arc::clone(&asker))?;
    let before = in_force(console).await?;
    let made = new_key(place, &steward, realm, profile, &before, Arc::new(Making(asker))).await?;
    let change = before.rotating(&made.invitation, steward.public().id())?;
    let admitted = change.sign(console, &steward, realm).await?;
    let in_force = admitted.waits_for.is_none();
    if in_force {
        made.take_over(profile)?;
    }
    Ok(Rotated { admitted, key: made.invitation.body().key.key.id(), in_force })
}

/// Lets the profile sign with the key that took its ended one's place, if there is such a key: others have
/// agreed since it was made. Answers that key.
pub fn take_up(profile: &Profile, in_force: &InForce) -> Result<Option<KeyId>, Failure> {
    let (Some(name), Some(card)) = (profile.config.person(), profile.config.key_card(&profile.places)) else {
        return Ok(None);
    };
    if in_force.roster.active(KeyCard::load(&card)?.public()?.id()).is_some() {
        return Ok(None);
    }
    for card in further_cards(profile) {
        let key = KeyCard::load(&profile.places.config.join(&card))?.public()?.id();
        if in_force.roster.active(key).is_some_and(|(person, _)| person.name == name) {
            Config::set(&profile.places, "person", "key", &card)?;
            return Ok(Some(key));
        }
    }
    Ok(None)
}

/// Making a key is the yes to its proof; the roster that enrols it is asked for by itself.
struct Making(Arc<dyn Asker>);

impl Asker for Making {
    fn confirm(&self, _: &Shown) -> Result<(), Failure> {
        Ok(())
    }

    fn announce(&self, shown: &Shown) {
        self.0.announce(shown);
    }

    fn page(&self, page: Page<'_>) {
        self.0.page(page);
    }

    fn passphrase(&self, key: &Path) -> Result<SecretString, Failure> {
        self.0.passphrase(key)
    }

    fn new_passphrase(&self, key: &Path) -> Result<SecretString, Failure> {
        self.0.new_passphrase(key)
    }
}
