//! Installation tokens: minted narrow where it is asked for, listed, and revoked.

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::Call;
use crate::body;
use crate::http::answer::{Outcome, Refusal, Reply};
use crate::http::caller::Caller;
use crate::http::fields::Fields;
use crate::http::page::{Page, linked};
use crate::permission::{Level, Permissions};
use crate::world::{Holder, World, mint_value};

/// How long a token lives.
const LIFE: SignedDuration = SignedDuration::from_hours(1);
/// How many repositories a token can be narrowed to.
const MOST: usize = 500;

/// `apps/create-installation-access-token`. CAUTION, as on GitHub: what is left out is not narrowed, and
/// an empty list of repositories is one that was left out.
pub(crate) async fn mint(call: Call) -> Outcome {
    let id = call.number("installation_id")?;
    let fields = call.fields()?;
    let (now, wider) = (call.now(), call.wider);
    let mut world = call.inner.world.lock();
    if world.installation.id != id {
        return Err(Refusal::not_found());
    }
    if world.installation.suspended.is_some() {
        return Err(Refusal::new(403, "This installation has been suspended"));
    }
    let mut repositories = chosen(&world, &fields)?;
    let mut permissions = allowed(&world, &fields)?;
    if wider {
        repositories = None;
        permissions.clone_from(&world.installation.permissions);
    }
    let value = mint_value(world.app).map_err(|_| Refusal::new(500, "Server Error"))?;
    let expires = now.checked_add(LIFE).unwrap_or(now);
    let holder = Holder::Installation { repositories: repositories.clone() };
    let token = world.tokens.add(value, holder, permissions, (now, Some(expires)));
    let view = body::View { world: &world, links: &call.inner.links };
    let body = body::app::token(view, &token.value, expires, &token.permissions, repositories.as_deref());
    Ok(Reply::json(201, body))
}

/// The repositories asked for by name and by number; none when nothing was asked.
fn chosen(world: &World, fields: &Fields) -> Result<Option<Vec<u64>>, Refusal> {
    let names =
        fields.list("repositories", "a string", |v| v.as_str().map(str::to_owned))?.unwrap_or_default();
    let mut ids = fields.list("repository_ids", "an integer", Value::as_u64)?.unwrap_or_default();
    let missing = || {
        Refusal::new(
            422,
            "There is at least one repository that does not exist or is not accessible to the parent installation.",
        )
    };
    let owner = world.accounts.get(&world.installation.account).map(|a| a.login.clone()).unwrap_or_default();
    for name in names {
        ids.push(world.named(&owner, &name).ok_or_else(missing)?.id);
    }
    if ids.len() > MOST {
        return Err(Refusal::new(422, "The maximum number of repositories is 500."));
    }
    for id in &ids {
        world.repositories.get(id).filter(|found| world.installed(found)).ok_or_else(missing)?;
    }
    ids.sort_unstable();
    ids.dedup();
    Ok((!ids.is_empty()).then_some(ids))
}

/// The permissions asked for, and `metadata: read` which every token has; all when nothing was asked.
fn allowed(world: &World, fields: &Fields) -> Result<Permissions, Refusal> {
    let held = &world.installation.permissions;
    let Some(asked) = fields.object("permissions")? else { return Ok(held.clone()) };
    let mut permissions = Permissions::new();
    for (name, level) in asked.pairs() {
        let level = level.as_str().and_then(Level::parse);
        let granted = level.filter(|level| held.get(name).is_some_and(|have| have >= level));
        let level = granted.ok_or_else(|| {
            Refusal::new(422, "The permissions requested are not granted to this installation.")
        })?;
        permissions.insert(name.clone(), level);
    }
    if permissions.is_empty() {
        return Ok(held.clone());
    }
    permissions.entry("metadata".to_owned()).or_insert(Level::Read);
    Ok(permissions)
}

/// `apps/list-repos-accessible-to-installation`.
pub(crate) async fn repositories(call: Call) -> Outcome {
    let Caller::Installation { repositories, .. } = &call.caller else { return Err(Refusal::not_found()) };
    let all: Vec<Value> = call.look(|view| {
        let reached = view.world.repositories.values().filter(|found| {
            view.world.installed(found) && repositories.as_ref().is_none_or(|ids| ids.contains(&found.id))
        });
        reached.map(|found| body::repository::listed(view, found)).collect()
    });
    let selection = if repositories.is_some() { "selected" } else { "all" };
    let page = Page::of(&call.query, 30);
    let url = format!("{}/installation/repositories", call.inner.links.api);
    let link = page.link(all.len(), &url, &call.query);
    let body =
        json!({"total_count": all.len(), "repository_selection": selection, "repositories": page.cut(all)});
    Ok(linked(Reply::ok(body), link))
}

/// `apps/revoke-installation-access-token`: from here on the token is 401 everywhere.
pub(crate) async fn revoke(call: Call) -> Outcome {
    let Caller::Installation { token, .. } = call.caller else { return Err(Refusal::not_found()) };
    let now = call.now();
    let mut world = call.inner.world.lock();
    let token = world.tokens.get_mut(token).ok_or_else(Refusal::bad_credentials)?;
    token.revoked.get_or_insert(now);
    token.revoked_at.get_or_insert_with(std::time::Instant::now);
    Ok(Reply::nothing())
}
