//! Branches, their protection, and refs.

use super::Call;
use crate::body;
use crate::http::answer::{Outcome, Refusal, Reply};
use crate::http::page::Page;

pub(crate) async fn get(call: Call) -> Outcome {
    let name = call.params.get("branch").to_owned();
    let missing = || Refusal::new(404, "Branch not found");
    let tip = call.read(|_, repository| repository.branch(&name).cloned())?.ok_or_else(missing)?;
    let tip = call.store()?.commit(&tip).await?.ok_or_else(missing)?;
    let body = call.read(|view, repository| body::branch::branch(view, repository, &name, &tip))?;
    Ok(Reply::ok(body))
}

pub(crate) async fn protection(call: Call) -> Outcome {
    let name = call.params.get("branch");
    call.read(|view, repository| {
        repository.branch(name).ok_or_else(|| Refusal::new(404, "Branch not found"))?;
        let protection =
            repository.protected(name).ok_or_else(|| Refusal::new(404, "Branch not protected"))?;
        Ok(Reply::ok(body::branch::protection(view, repository, name, protection)))
    })?
}

pub(crate) async fn rules(call: Call) -> Outcome {
    Ok(Page::of(&call.query, 30).reply(body::branch::rules(), &call.listing(), &call.query))
}

pub(crate) async fn reference(call: Call) -> Outcome {
    let name = format!("refs/{}", call.params.get("ref"));
    call.read(|view, repository| {
        let sha = repository.refs.get(&name).ok_or_else(Refusal::not_found)?;
        Ok(Reply::ok(body::branch::reference(view, repository, &name, ("commit", sha))))
    })?
}
