//! Reviews: listed, given, taken back. Nobody approves their own pull request.

use serde_json::Value;

use super::{Call, pull};
use crate::body;
use crate::git::Sha;
use crate::http::answer::{Outcome, Refusal, Reply};
use crate::http::page::Page;
use crate::seed::Verdict;
use crate::world::{Pull, Review};

pub(crate) async fn list(call: Call) -> Outcome {
    let pull = pull::named(&call)?;
    let all: Vec<Value> = call.read(|view, repository| {
        pull.reviews.iter().map(|review| body::review::review(view, repository, &pull, review)).collect()
    })?;
    Ok(Page::of(&call.query, 30).reply(all, &call.listing(), &call.query))
}

pub(crate) async fn create(call: Call) -> Outcome {
    let pull = pull::named(&call)?;
    let fields = call.fields()?;
    let verdict = match fields.choice("event", &["APPROVE", "REQUEST_CHANGES", "COMMENT"])? {
        Some("APPROVE") => Verdict::Approved,
        Some("REQUEST_CHANGES") => Verdict::ChangesRequested,
        Some(_) => Verdict::Commented,
        None => Verdict::Pending,
    };
    let text = fields.text("body")?.unwrap_or_default().to_owned();
    let (user, now) = (call.actor()?, call.now());
    match verdict {
        Verdict::Approved if user == pull.author => {
            return Err(Refusal::sentences(&["Can not approve your own pull request"]));
        }
        Verdict::ChangesRequested if user == pull.author => {
            return Err(Refusal::sentences(&["Can not request changes on your own pull request"]));
        }
        Verdict::ChangesRequested | Verdict::Commented
            if text.is_empty() && fields.value("comments").is_none() =>
        {
            return Err(Refusal::sentences(&[
                "Could not approve pull request review.",
                "Body can't be blank",
            ]));
        }
        _ => {}
    }
    let commit = reviewed(&call, &pull, fields.text("commit_id")?).await?;
    let number = pull.number;
    let review = call.edit(|id, repository| {
        let pull = repository.pulls.get_mut(&number).ok_or_else(Refusal::not_found)?;
        let submitted = (verdict != Verdict::Pending).then_some(now);
        let review = Review { id, user, verdict, body: text, commit, submitted };
        pull.reviews.push(review.clone());
        pull.updated = now;
        Ok(review)
    })?;
    let body = call.read(|view, repository| body::review::review(view, repository, &pull, &review))?;
    Ok(Reply::ok(body))
}

/// The commit that a review is of: the head, or another commit of the pull request.
async fn reviewed(call: &Call, pull: &Pull, asked: Option<&str>) -> Result<Sha, Refusal> {
    let Some(asked) = asked else { return Ok(pull.head_sha.clone()) };
    let compared = pull::comparison(call, pull).await?;
    let sha = Sha::parse(asked).filter(|sha| compared.is_some_and(|c| c.ahead.contains(sha)));
    sha.ok_or_else(|| Refusal::sentences(&["The commit_id is not part of the pull request"]))
}

pub(crate) async fn dismiss(call: Call) -> Outcome {
    let pull = pull::named(&call)?;
    let id = call.number("review_id")?;
    let fields = call.fields()?;
    fields.needed("message")?;
    fields.choice("event", &["DISMISS"])?;
    let review = call.edit(|_, repository| {
        let pull = repository.pulls.get_mut(&pull.number).ok_or_else(Refusal::not_found)?;
        let review = pull.reviews.iter_mut().find(|review| review.id == id).ok_or_else(Refusal::not_found)?;
        match review.verdict {
            Verdict::Approved | Verdict::ChangesRequested => review.verdict = Verdict::Dismissed,
            Verdict::Dismissed => {
                return Err(Refusal::sentences(&["Can not dismiss a dismissed pull request review"]));
            }
            _ => return Err(Refusal::sentences(&["Can not dismiss a commented pull request review"])),
        }
        Ok(review.clone())
    })?;
    let body = call.read(|view, repository| body::review::review(view, repository, &pull, &review))?;
    Ok(Reply::ok(body))
}
