//! Issues and the conversation on them; pull requests are issues here too.

use serde_json::Value;

use super::Call;
use crate::body;
use crate::http::answer::{Outcome, Refusal, Reply};
use crate::http::page::Page;
use crate::permission::Level;
use crate::world::Comment;

/// The longest comment that GitHub takes, in characters.
const LONGEST: usize = 65_536;

/// The number in the path, if it is there and the caller may talk about it: `pull_requests` opens pull
/// requests only, `issues` both.
fn number(call: &Call, level: Level) -> Result<u64, Refusal> {
    let number = call.number("issue_number")?;
    call.read(|view, repository| {
        let issue = repository.issues.contains_key(&number);
        if !issue && !repository.pulls.contains_key(&number) {
            return Err(Refusal::not_found());
        }
        if issue && !call.caller.may(view.world, repository, &[("issues", level)]) {
            return Err(call.caller.lacks());
        }
        Ok(number)
    })?
}

pub(crate) async fn get(call: Call) -> Outcome {
    let number = number(&call, Level::Read)?;
    let body = call.read(|view, repository| {
        let issue = repository.issues.get(&number).map(|issue| body::issue::issue(view, repository, issue));
        issue.or_else(|| {
            repository.pulls.get(&number).map(|pull| body::issue::of_pull(view, repository, pull))
        })
    })?;
    body.map(Reply::ok).ok_or_else(Refusal::not_found)
}

pub(crate) async fn comments(call: Call) -> Outcome {
    let number = number(&call, Level::Read)?;
    let all: Vec<Value> = call.read(|view, repository| {
        let on = repository.comments.iter().filter(|comment| comment.number == number);
        on.map(|comment| body::issue::comment(view, repository, comment)).collect()
    })?;
    Ok(Page::of(&call.query, 30).reply(all, &call.listing(), &call.query))
}

pub(crate) async fn comment(call: Call) -> Outcome {
    let number = number(&call, Level::Write)?;
    let fields = call.fields()?;
    let text = fields.needed("body")?.to_owned();
    if text.trim().is_empty() {
        return Err(Refusal::invalid("IssueComment", "body", "missing_field", Some("body cannot be blank")));
    }
    if text.chars().count() > LONGEST {
        let words = "body is too long (maximum is 65536 characters)";
        return Err(Refusal::invalid("IssueComment", "body", "custom", Some(words)));
    }
    let (author, app) = call.actors()?;
    let created = call.now();
    let comment = call.edit(|id, repository| {
        let comment = Comment { id, number, author, body: text, created, app };
        repository.comments.push(comment.clone());
        if let Some(pull) = repository.pulls.get_mut(&number) {
            pull.updated = created;
        }
        Ok(comment)
    })?;
    let body = call.read(|view, repository| body::issue::comment(view, repository, &comment))?;
    Ok(Reply::created(body))
}
