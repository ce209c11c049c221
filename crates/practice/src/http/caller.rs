//! Who is calling: credentials become a caller, and a caller may or may not see and do.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::HeaderMap;

use super::answer::Refusal;
use super::jwt;
use crate::permission::{Level, Permissions, reaches};
use crate::range::Inner;
use crate::seed::Role;
use crate::witness::Sender;
use crate::world::{Holder, Repository, World};

/// Somebody whose credentials were accepted, or nobody.
#[derive(Clone, Debug)]
pub(crate) enum Caller {
    Nobody,
    App,
    Installation { token: u64, repositories: Option<Vec<u64>>, permissions: Permissions },
    User { account: u64 },
}

/// The credentials of a request: the value, and the user name where Basic carried one.
fn presented(headers: &HeaderMap) -> Option<Option<(Option<String>, String)>> {
    let header = headers.get(http::header::AUTHORIZATION)?;
    Some(header.to_str().ok().and_then(|text| {
        let (scheme, value) = text.split_once(' ')?;
        let value = value.trim();
        match scheme.to_ascii_lowercase().as_str() {
            "bearer" | "token" => Some((None, value.to_owned())),
            "basic" => {
                let pair = String::from_utf8(STANDARD.decode(value).ok()?).ok()?;
                let (user, password) = pair.split_once(':')?;
                Some((Some(user.to_owned()), password.to_owned()))
            }
            _ => None,
        }
    }))
}

/// Reads the credentials. A refusal here comes before anything else about the request is looked at.
pub(crate) fn identify(inner: &Inner, headers: &HeaderMap) -> (Sender, Result<Caller, Refusal>) {
    let refused = |token| (Sender::Refused { token }, Err(Refusal::bad_credentials()));
    let (user, value) = match presented(headers) {
        None => return (Sender::Nobody, Ok(Caller::Nobody)),
        Some(None) => return refused(None),
        Some(Some(found)) => found,
    };
    let now = inner.clock.now();
    if user.is_none() && value.starts_with("ey") {
        let world = inner.world.lock();
        let Some(app) = world.apps.get(&world.app) else { return refused(None) };
        let number = app.id.to_string();
        return match jwt::verify(&value, &inner.public_key, [&number, &app.client_id], now) {
            Ok(found) => (Sender::App { issued: found.issued, expires: found.expires }, Ok(Caller::App)),
            Err(refusal) => (Sender::Refused { token: None }, Err(refusal)),
        };
    }
    let mut world = inner.world.lock();
    let suspended = world.installation.suspended.is_some();
    let Some(token) = world.tokens.find(&value) else { return refused(None) };
    if !token.alive(now) {
        return refused(Some(token.public));
    }
    let public = token.public;
    match token.holder.clone() {
        Holder::Installation { repositories } => {
            if user.is_some_and(|name| name != "x-access-token") {
                return refused(Some(public));
            }
            if suspended {
                let refusal = Refusal::new(403, "This installation has been suspended");
                return (Sender::Refused { token: Some(public) }, Err(refusal));
            }
            token.last_used = Some(now);
            token.uses += 1;
            let permissions = token.permissions.clone();
            (
                Sender::Installation { token: public },
                Ok(Caller::Installation { token: public, repositories, permissions }),
            )
        }
        Holder::User(account) => {
            token.last_used = Some(now);
            token.uses += 1;
            let login = world.accounts.get(&account).map(|a| a.login.clone()).unwrap_or_default();
            (Sender::User { login, token: public }, Ok(Caller::User { account }))
        }
    }
}

impl Caller {
    /// The account that acts: the App's bot for an installation.
    pub(crate) fn account(&self, world: &World) -> Option<u64> {
        match self {
            Self::User { account } => Some(*account),
            Self::Installation { .. } | Self::App => world.apps.get(&world.app).map(|app| app.bot),
            Self::Nobody => None,
        }
    }

    /// The App that acts, if one does.
    pub(crate) fn app(&self, world: &World) -> Option<u64> {
        matches!(self, Self::Installation { .. } | Self::App).then_some(world.app)
    }

    /// Whose requests are counted together.
    pub(crate) fn account_of_limits(&self) -> String {
        match self {
            Self::Nobody => "anonymous".to_owned(),
            Self::App => "app".to_owned(),
            Self::Installation { .. } => "installation".to_owned(),
            Self::User { account } => format!("user {account}"),
        }
    }

    fn reaches_repository(&self, world: &World, repository: &Repository) -> bool {
        match self {
            Self::Installation { repositories, .. } => {
                world.installed(repository)
                    && repositories.as_ref().is_none_or(|ids| ids.contains(&repository.id))
            }
            Self::User { account } => world.role(repository, *account).is_some(),
            Self::App => world.installed(repository),
            Self::Nobody => false,
        }
    }

    /// Whether the repository exists for this caller at all.
    pub(crate) fn sees(&self, world: &World, repository: &Repository) -> bool {
        !repository.private || self.reaches_repository(world, repository)
    }

    /// Whether one of `needs` is held here.
    pub(crate) fn may(&self, world: &World, repository: &Repository, needs: &[(&str, Level)]) -> bool {
        let open = !repository.private
            && needs.iter().any(|(name, level)| *level == Level::Read && *name != "administration");
        let held = self.reaches_repository(world, repository)
            && match self {
                Self::Installation { permissions, .. } => {
                    needs.iter().any(|(name, level)| reaches(permissions, name, *level))
                }
                Self::User { account } => {
                    let role = world.role(repository, *account);
                    needs.iter().any(|(name, level)| person_may(role, name, *level))
                }
                Self::App | Self::Nobody => false,
            };
        open || held
    }

    /// How GitHub says that a permission is missing.
    pub(crate) fn lacks(&self) -> Refusal {
        match self {
            Self::Nobody => Refusal::new(401, "Requires authentication"),
            Self::User { .. } => Refusal::new(403, "Resource not accessible by personal access token"),
            Self::App | Self::Installation { .. } => {
                Refusal::new(403, "Resource not accessible by integration")
            }
        }
    }
}

/// What a role gives a person: readers may still talk, only Apps may report checks.
fn person_may(role: Option<Role>, name: &str, level: Level) -> bool {
    match (name, level) {
        ("checks", Level::Write | Level::Admin) => false,
        ("administration", _) => role >= Some(Role::Admin),
        ("issues" | "pull_requests", _) | (_, Level::Read) => role >= Some(Role::Read),
        _ => role >= Some(Role::Write),
    }
}
