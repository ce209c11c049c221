//! Apps and installations: GitHub's `integration`, `installation` and `installation-token`.

use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};

use super::{View, extend, node, repository, user, when};
use crate::clock::stamp;
use crate::permission::Permissions;
use crate::world::{App, Installation};

/// `integration`, as check runs name it too.
pub(crate) fn integration(view: View<'_>, app: &App) -> Value {
    json!({
        "id": app.id,
        "slug": app.slug,
        "node_id": node("Integration", app.id),
        "client_id": app.client_id,
        "owner": user::simple(view, app.owner),
        "name": app.name,
        "description": "",
        "external_url": format!("{}/apps/{}/about", view.links.web, app.slug),
        "html_url": format!("{}/apps/{}", view.links.web, app.slug),
        "created_at": stamp(app.created),
        "updated_at": stamp(app.created),
        "permissions": app.permissions,
        "events": ["pull_request", "push"],
    })
}

/// The App about itself.
pub(crate) fn own(view: View<'_>, app: &App) -> Value {
    let mut body = integration(view, app);
    extend(&mut body, json!({"installations_count": 1}));
    body
}

/// `installation`.
pub(crate) fn installation(view: View<'_>, installation: &Installation) -> Value {
    let account = view.world.accounts.get(&installation.account);
    let login = account.map(|account| account.login.as_str()).unwrap_or_default();
    let app = view.world.apps.get(&installation.app);
    let id = installation.id;
    json!({
        "id": id,
        "client_id": app.map(|app| app.client_id.clone()),
        "account": account.map(|account| user::of(view, account)),
        "repository_selection": if installation.selected.is_some() { "selected" } else { "all" },
        "access_tokens_url": format!("{}/app/installations/{id}/access_tokens", view.links.api),
        "repositories_url": format!("{}/installation/repositories", view.links.api),
        "html_url": format!("{}/organizations/{login}/settings/installations/{id}", view.links.web),
        "app_id": installation.app,
        "app_slug": app.map(|app| app.slug.clone()),
        "target_id": installation.account,
        "target_type": "Organization",
        "permissions": installation.permissions,
        "events": ["pull_request", "push"],
        "created_at": stamp(installation.created),
        "updated_at": stamp(installation.created),
        "single_file_name": null,
        "has_multiple_single_files": false,
        "single_file_paths": [],
        "suspended_by": null,
        "suspended_at": when(installation.suspended),
    })
}

/// `installation` as the list of installations holds it. GitHub's description wants the account there to
/// be an account and an enterprise at once, so it has the fields of both.
pub(crate) fn listed(view: View<'_>, of: &Installation) -> Value {
    let mut body = installation(view, of);
    if let (Some(account), Some(entry)) = (view.world.accounts.get(&of.account), body.get_mut("account")) {
        let created = stamp(account.created);
        let more = json!({"name": account.name, "slug": account.login, "created_at": created, "updated_at": created});
        extend(entry, more);
    }
    body
}

/// `installation-token`. The repositories are listed only where they were asked for.
pub(crate) fn token(
    view: View<'_>,
    value: &SecretString,
    expires: jiff::Timestamp,
    permissions: &Permissions,
    repositories: Option<&[u64]>,
) -> Value {
    let everything = repositories.is_none() && view.world.installation.selected.is_none();
    let mut body = json!({
        "token": value.expose_secret(),
        "expires_at": stamp(expires),
        "permissions": permissions,
        "repository_selection": if everything { "all" } else { "selected" },
    });
    if let Some(ids) = repositories {
        let listed: Vec<Value> = ids
            .iter()
            .filter_map(|id| view.world.repositories.get(id))
            .map(|found| repository::listed(view, found))
            .collect();
        extend(&mut body, json!({"repositories": listed}));
    }
    body
}
