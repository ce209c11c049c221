//! A newcomer's key and the invitation that a steward of the realm reads; and a person's further key.

use super::opening::Opening;
use super::{Founding, KeyPlace, enrolled_key, opening};
use crate::agent_folder::create_private_folder;
use crate::asking::{Asker, Shown};
use crate::failure::Failure;
use crate::moment;
use crate::persons::InForce;
use crate::profile::Profile;
use crate::steward::{Steward, blocking};
use bailiwick_authority::{Digest, Invitation, KeyId, Name, Signed};
use bailiwick_client::Config;
use std::collections::BTreeMap;
use std::sync::Arc;

/// How long an invitation is good, in seconds: a week.
const LIFE: u64 = 7 * 24 * 60 * 60;

/// An invitation that was made here.
#[derive(Clone, Debug)]
pub struct Invited {
    /// The invitation, signed with the key that it carries.
    pub invitation: Signed<Invitation>,
    /// What kind of place the key rests in, and where, in words.
    pub key: (&'static str, String),
}

/// A further key of this profile's person, and its invitation.
pub(crate) struct NewKey {
    /// The invitation, signed with the new key.
    pub(crate) invitation: Signed<Invitation>,
    card: String,
}

impl NewKey {
    /// Lets the profile sign with the new key from now on: once a roster enrols it.
    pub(crate) fn take_over(&self, profile: &Profile) -> Result<(), Failure> {
        Opening::take_over(profile, &self.card)
    }
}

/// Makes this profile's key and its invitation to `realm`, which is pinned.
pub async fn invite(
    founding: Founding,
    realm: Digest,
    profile: &Profile,
    asker: Arc<dyn Asker>,
) -> Result<Invited, Failure> {
    if profile.config.genesis().is_some_and(|pinned| pinned != realm) {
        return Err(Failure::usage(
            "this profile belongs to another realm",
            "use another `--data-dir` for another realm",
        ));
    }
    create_private_folder(&profile.places.config)?;
    let opening = opening(&founding, profile, asker).await?;
    Config::set(&profile.places, "pins", "genesis", &realm.to_string())?;
    let key = (opening.key.kind(), opening.key.place());
    let identities = founding.identities.into_iter().collect();
    Ok(Invited { invitation: signed(&opening, realm, identities).await?, key })
}

/// Makes a further key for the person of this profile, and its invitation. One that was made before and that
/// no roster has is taken up.
pub(crate) async fn new_key(
    place: KeyPlace,
    person: &Steward,
    realm: Digest,
    profile: &Profile,
    in_force: &InForce,
    asker: Arc<dyn Asker>,
) -> Result<NewKey, Failure> {
    let (profile, name, roster) = (profile.clone(), person.name().clone(), in_force.roster.clone());
    let is_enrolled = move |key: KeyId| roster.enrolled(key).is_some();
    let (opening, card) =
        blocking(move || Opening::further(&place, &name, &profile, &is_enrolled, asker)).await?;
    Ok(NewKey { invitation: signed(&opening, realm, BTreeMap::new()).await?, card })
}

async fn signed(
    opening: &Opening,
    realm: Digest,
    identities: BTreeMap<Name, bailiwick_authority::Text>,
) -> Result<Signed<Invitation>, Failure> {
    let steward = &opening.steward;
    let invitation = Invitation {
        name: opening.name.clone(),
        identities,
        key: enrolled_key(opening)?,
        expires: moment::now()?.plus(LIFE),
    };
    let unsigned = steward.write(realm, &invitation)?;
    let words = format!("{} asks to be enrolled with {}", opening.name, opening.public.to_line());
    let consent = steward.ask(Shown::of("Sign an invitation", &words, &unsigned)).await?;
    steward.sign(unsigned, &consent).await
}
