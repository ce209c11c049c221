//! The repository itself.

use super::Call;
use crate::body;
use crate::http::answer::{Outcome, Reply};
use crate::permission::Level;

pub(crate) async fn get(call: Call) -> Outcome {
    let body = call.read(|view, repository| {
        let may = |name: &str, level: Level| call.caller.may(view.world, repository, &[(name, level)]);
        let rights = (may("contents", Level::Write), may("administration", Level::Write));
        body::repository::full(view, repository, rights)
    })?;
    Ok(Reply::ok(body))
}
