//! Persons and their keys: the roster as it is, and the next one, which is shown natively and signed.

use super::approvals::Proposed;
use super::found::{Place, founding};
use crate::asking::{self, Windows};
use crate::failure::Failure;
use crate::shell::Shell;
use bailiwick_authority::{EnrolledKey, Invitation, KeyEnd, KeyId, Name, Person, Role, Signed, Text};
use bailiwick_client::Console;
use bailiwick_person::founding::invite;
use bailiwick_person::persons::{self, Change, InForce};
use bailiwick_person::{KeyCard, Steward};
use bailiwick_protocol::AlarmView;
use serde::{Deserialize, Serialize};
use std::str::FromStr;
use tauri::{AppHandle, State};

/// The roster in force.
#[derive(Serialize)]
pub(crate) struct RosterView {
    statement: String,
    change_quorum: u64,
    persons: Vec<PersonView>,
    recovery: Recovery,
    /// Who are named to give a person who lost every key a new one.
    named: Option<Recovery>,
    /// What the broker noticed lately about persons' statements, newest first.
    alarms: Vec<AlarmView>,
}

#[derive(Serialize)]
struct PersonView {
    name: String,
    roles: Vec<&'static str>,
    identities: Vec<IdentityView>,
    keys: Vec<EnrolledKeyView>,
}

/// A person's id at a destination.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct IdentityView {
    connection: String,
    id: String,
}

#[derive(Serialize)]
struct EnrolledKeyView {
    id: String,
    public: String,
    assurance: &'static str,
    enrolled: String,
    since: u64,
    last_used: Option<u64>,
    end: Option<EndView>,
    here: bool,
}

#[derive(Serialize)]
struct EndView {
    how: &'static str,
    since: Option<u64>,
}

/// Who can enrol a new key for somebody who lost theirs, and how many of them it takes.
#[derive(Serialize)]
struct Recovery {
    quorum: u64,
    persons: Vec<String>,
}

/// An invitation that was made here or received.
#[derive(Serialize)]
pub(crate) struct InvitationView {
    text: String,
    name: String,
    public: String,
    id: String,
    assurance: &'static str,
    enrolled: String,
    code: Vec<String>,
}

/// Whom to enrol, as the page says it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Enrolment {
    invitation: String,
    roles: Vec<String>,
    identities: Vec<IdentityView>,
    ends: Vec<EndDraft>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EndDraft {
    key: String,
    how: String,
    since: Option<u64>,
}

/// What ending a key would do.
#[derive(Serialize)]
pub(crate) struct KeyEndEffect {
    stands: Vec<String>,
    stops: Vec<String>,
}

/// The roster. A key of this profile's that others have agreed to meanwhile is taken up on the way.
#[tauri::command]
pub(crate) async fn roster(shell: State<'_, Shell>) -> Result<RosterView, Failure> {
    let in_force = persons::in_force(&shell.console().await?.0).await?;
    persons::take_up(&shell.profile()?, &in_force)?;
    let profile = shell.profile()?;
    let here = match profile.config.key_card(&profile.places) {
        Some(card) => Some(KeyCard::load(&card)?.public()?.id()),
        None => None,
    };
    let persons = in_force.roster.persons.iter().map(|person| person_view(person, &in_force, here)).collect();
    let stewards: Vec<String> = in_force.stewards().map(|person| person.name.to_string()).collect();
    let quorum = in_force.roster.change_quorum;
    Ok(RosterView {
        statement: in_force.digest.to_string(),
        change_quorum: quorum,
        persons,
        recovery: Recovery { quorum, persons: stewards },
        named: in_force.roster.recovery.as_ref().map(|named| Recovery {
            quorum: named.quorum,
            persons: named.persons.iter().map(ToString::to_string).collect(),
        }),
        alarms: in_force.alarms,
    })
}

#[tauri::command]
pub(crate) async fn read_invitation(
    text: String,
    shell: State<'_, Shell>,
) -> Result<InvitationView, Failure> {
    let (console, _, realm) = shell.realm().await?;
    invitation_view(&persons::take_invitation(&console, &text, realm, None).await?)
}

#[tauri::command]
pub(crate) async fn preview_key_end(
    key: String,
    how: String,
    since: Option<u64>,
    shell: State<'_, Shell>,
) -> Result<KeyEndEffect, Failure> {
    let (key, end) = EndDraft { key, how, since }.read()?;
    let effect = persons::in_force(&shell.console().await?.0).await?.effect(key, end);
    Ok(KeyEndEffect { stands: effect.stands, stops: effect.stops })
}

/// Makes a key here, and the invitation that a steward of `realm` reads.
#[tauri::command]
pub(crate) async fn invitation(
    name: String,
    place: Place,
    realm: String,
    app: AppHandle,
    shell: State<'_, Shell>,
) -> Result<InvitationView, Failure> {
    let wanted = realm.trim();
    let realm = wanted.parse().map_err(|why| Failure::bad_value("a realm", wanted, why))?;
    let invited = invite(founding(&name, place)?, realm, &shell.profile()?, Windows::of(&app)).await?;
    invitation_view(&invited.invitation)
}

#[tauri::command]
pub(crate) async fn enrol(
    enrolment: Enrolment,
    app: AppHandle,
    shell: State<'_, Shell>,
) -> Result<Proposed, Failure> {
    let Enrolment { invitation, roles, identities, ends } = enrolment;
    let (roles, ids) = (read_roles(&roles)?, read_identities(identities)?);
    let ends = ends.iter().map(EndDraft::read).collect::<Result<Vec<_>, _>>()?;
    let (console, _, realm) = shell.realm().await?;
    let invitation = persons::take_invitation(&console, &invitation, realm, None).await?;
    sign(&app, &shell, |in_force| in_force.enrolling(&invitation, &roles, &ids, &ends)).await
}

#[tauri::command]
pub(crate) async fn set_roles(
    person: String,
    roles: Vec<String>,
    app: AppHandle,
    shell: State<'_, Shell>,
) -> Result<Proposed, Failure> {
    let (name, roles): (Name, _) = (read("a person's name", &person)?, read_roles(&roles)?);
    sign(&app, &shell, |in_force| in_force.changing_roles(&name, &roles)).await
}

#[tauri::command]
pub(crate) async fn set_quorum(
    quorum: u64,
    app: AppHandle,
    shell: State<'_, Shell>,
) -> Result<Proposed, Failure> {
    sign(&app, &shell, |in_force| in_force.asking_for(quorum)).await
}

#[tauri::command]
pub(crate) async fn end_key(
    key: String,
    how: String,
    since: Option<u64>,
    app: AppHandle,
    shell: State<'_, Shell>,
) -> Result<Proposed, Failure> {
    let (key, end) = EndDraft { key, how, since }.read()?;
    sign(&app, &shell, |in_force| in_force.ending(key, end)).await
}

/// A new key for this profile's person; the old one signs it in and ends.
#[tauri::command]
pub(crate) async fn rotate_key(
    place: Place,
    app: AppHandle,
    shell: State<'_, Shell>,
) -> Result<Proposed, Failure> {
    let (console, _, realm) = shell.realm().await?;
    let rotated =
        persons::rotate(place.into(), &shell.profile()?, &console, realm, Windows::of(&app)).await?;
    Ok(rotated.admitted.into())
}

/// The signature that is under way rejects with `cancelled`.
#[tauri::command]
pub(crate) async fn cancel_signing(app: AppHandle) -> Result<(), Failure> {
    asking::break_off(&app);
    Ok(())
}

/// Makes the next roster, shows it, signs it, hands it in.
async fn sign(
    app: &AppHandle,
    shell: &Shell,
    change: impl FnOnce(&InForce) -> Result<Change, bailiwick_person::Failure>,
) -> Result<Proposed, Failure> {
    let (console, _, realm): (Console, _, _) = shell.realm().await?;
    let change = change(&persons::in_force(&console).await?)?;
    let steward = Steward::of(&shell.profile()?, Windows::of(app))?;
    Ok(change.sign(&console, &steward, realm).await?.into())
}

impl EndDraft {
    fn read(&self) -> Result<(KeyId, KeyEnd), Failure> {
        let key = self.key.parse().map_err(|why| Failure::bad_value("a key's id", &self.key, why))?;
        let end = match (self.how.as_str(), self.since) {
            ("rotated", None) => KeyEnd::Rotated,
            ("retired", None) => KeyEnd::Retired,
            ("compromised", Some(entry)) => KeyEnd::CompromisedSince(entry),
            (how, _) => return Err(Failure::bad_value("an end of a key", how, "no key ends like this")),
        };
        Ok((key, end))
    }
}

fn person_view(person: &Person, in_force: &InForce, here: Option<KeyId>) -> PersonView {
    let identity = |(connection, id): (&Name, &Text)| IdentityView {
        connection: connection.to_string(),
        id: id.as_str().to_owned(),
    };
    PersonView {
        name: person.name.to_string(),
        roles: person.roles.iter().map(|role| role.as_str()).collect(),
        identities: person.identities.iter().map(identity).collect(),
        keys: person.keys.iter().map(|key| key_view(key, in_force, here)).collect(),
    }
}

fn key_view(key: &EnrolledKey, in_force: &InForce, here: Option<KeyId>) -> EnrolledKeyView {
    let id = key.key.id();
    let known = in_force.use_of(id);
    let end = |(how, since)| EndView { how, since };
    EnrolledKeyView {
        id: id.to_string(),
        public: key.key.to_line(),
        assurance: key.assurance.as_str(),
        enrolled: key.enrolled.as_str().to_owned(),
        since: known.map(|known| known.since).unwrap_or_default(),
        last_used: known.and_then(|known| known.last_used),
        end: key.end.map(|how| match how {
            KeyEnd::Rotated => end(("rotated", None)),
            KeyEnd::Retired => end(("retired", None)),
            KeyEnd::CompromisedSince(entry) => end(("compromised", Some(entry))),
        }),
        here: here == Some(id),
    }
}

fn invitation_view(invitation: &Signed<Invitation>) -> Result<InvitationView, Failure> {
    let Invitation { name, key, .. } = invitation.body();
    Ok(InvitationView {
        text: persons::invitation_text(invitation)?,
        name: name.to_string(),
        public: key.key.to_line(),
        id: key.key.id().to_string(),
        assurance: key.assurance.as_str(),
        enrolled: key.enrolled.as_str().to_owned(),
        code: persons::invitation_code(invitation),
    })
}

fn read_roles(roles: &[String]) -> Result<Vec<Role>, Failure> {
    roles.iter().map(|role| read("a role", role)).collect()
}

fn read_identities(identities: Vec<IdentityView>) -> Result<Vec<(Name, Text)>, Failure> {
    let one = |IdentityView { connection, id }: IdentityView| {
        Ok((read("a connection", &connection)?, read("an id at a destination", &id)?))
    };
    identities.into_iter().map(one).collect()
}

fn read<T: FromStr<Err: std::fmt::Display>>(what: &str, text: &str) -> Result<T, Failure> {
    text.parse().map_err(|why| Failure::bad_value(what, text, why))
}
