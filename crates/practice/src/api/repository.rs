//! The repository itself.

use super::Call;
use crate::body;
use crate::http::answer::{Outcome, Refusal, Reply};
use crate::permission::Level;

pub(crate) async fn get(call: Call) -> Outcome {
    let body = call.read(|view, repository| {
        let may = |name: &str, level: Level| call.caller.may(view.world, repository, &[(name, level)]);
        let rights = (may("contents", Level::Write), may("administration", Level::Write));
        body::repository::full(view, repository, rights)
    })?;
    Ok(Reply::ok(body))
}

/// What an account may do here, whether or not it was let in.
pub(crate) async fn permission(call: Call) -> Outcome {
    let login = call.params.get("username");
    let body = call.read(|view, repository| {
        let account = view.world.account(login)?;
        Some(body::repository::permission(view, repository, account))
    })?;
    body.map(Reply::ok).ok_or_else(Refusal::not_found)
}
