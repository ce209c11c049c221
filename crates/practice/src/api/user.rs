//! Accounts.

use super::Call;
use crate::body;
use crate::http::answer::{Outcome, Refusal, Reply};

pub(crate) async fn authenticated(call: Call) -> Outcome {
    let id = call.actor()?;
    let body =
        call.look(|view| view.world.accounts.get(&id).map(|account| body::user::private(view, account)));
    body.map(Reply::ok).ok_or_else(Refusal::bad_credentials)
}

pub(crate) async fn get(call: Call) -> Outcome {
    let login = call.params.get("username");
    let body = call.look(|view| view.world.account(login).map(|account| body::user::public(view, account)));
    body.map(Reply::ok).ok_or_else(Refusal::not_found)
}
