//! Accounts: GitHub's `simple-user`, `public-user` and `private-user`.

use serde_json::{Value, json};

use super::{View, addresses, extend, node};
use crate::clock::stamp;
use crate::world::{Account, Kind};

const PATHS: [(&str, &str); 10] = [
    ("url", ""),
    ("followers_url", "/followers"),
    ("following_url", "/following{/other_user}"),
    ("gists_url", "/gists{/gist_id}"),
    ("starred_url", "/starred{/owner}{/repo}"),
    ("subscriptions_url", "/subscriptions"),
    ("organizations_url", "/orgs"),
    ("repos_url", "/repos"),
    ("events_url", "/events{/privacy}"),
    ("received_events_url", "/received_events"),
];

/// `simple-user` of an account.
pub(crate) fn of(view: View<'_>, account: &Account) -> Value {
    let (kind, letter) = match account.kind {
        Kind::User => ("User", "User"),
        Kind::Organization => ("Organization", "Organization"),
        Kind::Bot => ("Bot", "Bot"),
    };
    let page = match account.kind {
        Kind::Bot => format!("{}/apps/{}", view.links.web, account.login.trim_end_matches("[bot]")),
        _ => format!("{}/{}", view.links.web, account.login),
    };
    // The brackets of a bot's login are not allowed to stand in an address as they are.
    let login = account.login.replace('[', "%5B").replace(']', "%5D");
    let mut body = Value::Object(addresses(&format!("{}/users/{login}", view.links.api), &PATHS));
    extend(
        &mut body,
        json!({
            "login": account.login,
            "id": account.id,
            "node_id": node(letter, account.id),
            "avatar_url": avatar(view, account.id),
            "gravatar_id": "",
            "html_url": page,
            "type": kind,
            "user_view_type": "public",
            "site_admin": false,
        }),
    );
    body
}

/// The address of an account's picture.
pub(crate) fn avatar(view: View<'_>, id: u64) -> String {
    format!("{}/avatars/u/{id}?v=4", view.links.web)
}

/// `simple-user` of the account with this number, `null` when it is gone.
pub(crate) fn simple(view: View<'_>, id: u64) -> Value {
    view.world.accounts.get(&id).map_or(Value::Null, |account| of(view, account))
}

/// `public-user`: what anybody may know of an account.
pub(crate) fn public(view: View<'_>, account: &Account) -> Value {
    let mut body = of(view, account);
    extend(
        &mut body,
        json!({
            "name": account.name,
            "company": null,
            "blog": "",
            "location": null,
            "email": null,
            "hireable": null,
            "bio": null,
            "twitter_username": null,
            "public_repos": 0,
            "public_gists": 0,
            "followers": 0,
            "following": 0,
            "created_at": stamp(account.created),
            "updated_at": stamp(account.created),
        }),
    );
    body
}

/// `private-user`: what a person sees of themselves.
pub(crate) fn private(view: View<'_>, account: &Account) -> Value {
    let mut body = public(view, account);
    extend(
        &mut body,
        json!({
            "email": account.email(),
            "user_view_type": "private",
            "private_gists": 0,
            "total_private_repos": 0,
            "owned_private_repos": 0,
            "disk_usage": 0,
            "collaborators": 0,
            "two_factor_authentication": true,
        }),
    );
    body
}
