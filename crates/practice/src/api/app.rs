//! The App about itself and its installation. For the App's own assertion only.

use serde_json::Value;

use super::Call;
use crate::body;
use crate::http::answer::{Outcome, Refusal, Reply};
use crate::http::page::Page;

pub(crate) async fn get(call: Call) -> Outcome {
    let body = call.look(|view| view.world.apps.get(&view.world.app).map(|app| body::app::own(view, app)));
    body.map(Reply::ok).ok_or_else(Refusal::not_found)
}

pub(crate) async fn by_slug(call: Call) -> Outcome {
    let slug = call.params.get("app_slug").to_owned();
    let body = call.look(|view| {
        let app = view.world.apps.values().find(|app| app.slug == slug);
        app.map(|app| body::app::integration(view, app))
    });
    body.map(Reply::ok).ok_or_else(Refusal::not_found)
}

pub(crate) async fn installations(call: Call) -> Outcome {
    let body = call.look(|view| body::app::listed(view, &view.world.installation));
    let url = format!("{}/app/installations", call.inner.links.api);
    Ok(Page::of(&call.query, 30).reply(vec![body], &url, &call.query))
}

fn this_installation(call: &Call) -> Value {
    call.look(|view| body::app::installation(view, &view.world.installation))
}

pub(crate) async fn installation(call: Call) -> Outcome {
    let id = call.number("installation_id")?;
    if call.look(|view| view.world.installation.id) != id {
        return Err(Refusal::not_found());
    }
    Ok(Reply::ok(this_installation(&call)))
}

pub(crate) async fn repository_installation(call: Call) -> Outcome {
    Ok(Reply::ok(this_installation(&call)))
}
