//! What became of an act that was sent and whose outcome is unknown.
//!
//! Nothing is repeated. What is not there right after a hang-up may still arrive, so "it did not
//! happen" is said only some time after the request was sent.

mod branch_move;

use bailiwick_authority::{Digest, Timestamp, Value};

use super::act::{MARK, sha, whole};
use super::answer::{CommentAnswer, DeploymentAnswer, PullAnswer, PullRow};
use super::call::{Caller, segment};
use super::catalogue::{Action, Operation};
use super::evidence::At;
use super::failure::{Cause, Failure, Step};
use super::quote::quote;
use super::refusal::Refusal;

/// How long a request that was sent may take to show, in seconds.
const SETTLED_S: u64 = 30;

/// What was found out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// It happened, with the ids that the destination shows.
    Happened(Value),
    /// It did not happen, in words.
    DidNotHappen(String),
    /// It cannot be told, or not yet, in words.
    CannotTell(String),
}

/// What is looked for.
pub(super) struct Asked<'a> {
    pub(super) operation: &'a Operation,
    pub(super) facts: &'a Value,
    pub(super) operation_id: &'a Digest,
    pub(super) app: u64,
    pub(super) sent: Timestamp,
    pub(super) now: Timestamp,
}

impl Asked<'_> {
    fn absent(&self, why: &str) -> Found {
        if self.now.since(self.sent) < SETTLED_S {
            Found::CannotTell(format!("{why}, but it may still arrive"))
        } else {
            Found::DidNotHappen(why.to_owned())
        }
    }
}

/// Looks at the destination.
pub(super) async fn look_up(caller: &Caller<'_>, asked: &Asked<'_>) -> Result<Found, Failure> {
    let at = At::of(asked.operation);
    match asked.operation.action() {
        Action::Merge { .. } => merge(caller, &at, asked).await,
        Action::Comment { issue, body } => comment(caller, &at, asked, *issue, body).await,
        Action::OpenPullRequest { branch, target, title, .. } => {
            opened(caller, &at, asked, (branch, target), title).await
        }
        Action::Deploy { environment, .. } => deployed(caller, &at, asked, environment).await,
        Action::Move(how) => branch_move::look_up(caller, &at, asked, how).await,
    }
}

/// Merged, with the head that was sent, by an App: nobody else merges by that name.
async fn merge(caller: &Caller<'_>, at: &At<'_>, asked: &Asked<'_>) -> Result<Found, Failure> {
    let number = whole(asked.facts, "pull").ok_or_else(other_facts)?;
    let head = sha(asked.facts, "head").ok_or_else(other_facts)?;
    let pull: PullAnswer = caller.get(&format!("{}/pulls/{number}", at.base)).await?;
    if !pull.merged {
        return Ok(asked.absent("the pull request is not merged"));
    }
    if pull.head.sha != head {
        return Ok(Found::DidNotHappen("the pull request was merged with another head commit".to_owned()));
    }
    match &pull.merged_by {
        Some(by) if by.kind != "Bot" => {
            Ok(Found::DidNotHappen(format!("the pull request was merged by {}", quote(&by.login))))
        }
        Some(by) => Ok(Found::Happened(Value::object([
            ("pull", int(number)?),
            ("head", Value::from(head)),
            ("merge_commit", Value::from(pull.merge_commit_sha.unwrap_or_default())),
            ("merged_by", Value::from(by.login.as_str())),
        ]))),
        None => {
            Ok(Found::CannotTell("the pull request is merged, and GitHub does not say by whom".to_owned()))
        }
    }
}

/// A comment with exactly that body, through our App, since it was sent.
async fn comment(
    caller: &Caller<'_>,
    at: &At<'_>,
    asked: &Asked<'_>,
    issue: u64,
    body: &str,
) -> Result<Found, Failure> {
    // Clocks differ by a little; `since` is inclusive and about the last change.
    let since = asked.sent.seconds().saturating_sub(60);
    let since =
        i64::try_from(since).ok().and_then(|s| jiff::Timestamp::from_second(s).ok()).unwrap_or_default();
    let since_text = segment(&since.to_string());
    let path = format!("{}/issues/{issue}/comments?since={since_text}&per_page=100", at.base);
    let comments: Vec<CommentAnswer> = caller.list(&path).await?;
    let ours = |comment: &&CommentAnswer| {
        comment.body.as_deref() == Some(body)
            && comment.performed_via_github_app.as_ref().is_none_or(|app| app.id == asked.app)
            && comment.created_at.parse::<jiff::Timestamp>().is_ok_and(|at| at >= since)
    };
    let found: Vec<&CommentAnswer> = comments.iter().filter(ours).collect();
    match found.as_slice() {
        [] => Ok(asked.absent("there is no such comment")),
        [one] if one.performed_via_github_app.is_some() => {
            Ok(Found::Happened(Value::object([("issue", int(issue)?), ("comment", int(one.id)?)])))
        }
        [_] => {
            Ok(Found::CannotTell("there is such a comment, and GitHub does not say by which App".to_owned()))
        }
        _ => Ok(Found::CannotTell("there are several such comments".to_owned())),
    }
}

/// An open or closed pull request of that pair, with that title, by a bot.
async fn opened(
    caller: &Caller<'_>,
    at: &At<'_>,
    asked: &Asked<'_>,
    (branch, target): (&str, &str),
    title: &str,
) -> Result<Found, Failure> {
    let head = segment(&format!("{}:{branch}", at.owner()));
    let path = format!("{}/pulls?state=all&head={head}&base={}&per_page=100", at.base, segment(target));
    let pulls: Vec<PullRow> = caller.list(&path).await?;
    let expected = sha(asked.facts, "head").ok_or_else(other_facts)?;
    let ours = |pull: &&PullRow| {
        pull.title == title
            && pull.head.branch == branch
            && pull.base.branch == target
            && pull.head.sha == expected
    };
    let found: Vec<&PullRow> = pulls.iter().filter(ours).collect();
    match found.as_slice() {
        [] => Ok(asked.absent("there is no such pull request")),
        [one] => match &one.user {
            Some(user) if user.kind == "Bot" => Ok(Found::Happened(Value::object([
                ("pull", int(one.number)?),
                ("head", Value::from(one.head.sha.as_str())),
                ("opened_by", Value::from(user.login.as_str())),
            ]))),
            Some(user) => {
                Ok(Found::DidNotHappen(format!("the pull request was opened by {}", quote(&user.login))))
            }
            None => Ok(Found::CannotTell("there is such a pull request, and nobody opened it".to_owned())),
        },
        _ => Ok(Found::CannotTell("there are several such pull requests".to_owned())),
    }
}

/// The deployment that carries the operation's mark.
async fn deployed(
    caller: &Caller<'_>,
    at: &At<'_>,
    asked: &Asked<'_>,
    environment: &str,
) -> Result<Found, Failure> {
    let commit = sha(asked.facts, "sha").ok_or_else(other_facts)?;
    let path =
        format!("{}/deployments?sha={commit}&environment={}&per_page=100", at.base, segment(environment));
    let deployments: Vec<DeploymentAnswer> = caller.list(&path).await?;
    let mark = asked.operation_id.to_string();
    match deployments.iter().find(|one| marked(&one.payload, &mark)) {
        Some(one) => Ok(Found::Happened(Value::object([
            ("deployment", int(one.id)?),
            ("sha", Value::from(one.sha.as_str())),
            ("environment", Value::from(one.environment.as_str())),
        ]))),
        None => Ok(asked.absent("there is no deployment with the operation's mark")),
    }
}

/// GitHub hands a payload back as an object, or as the text that it was sent as.
fn marked(payload: &serde_json::Value, mark: &str) -> bool {
    let is =
        |payload: &serde_json::Value| payload.get(MARK).and_then(serde_json::Value::as_str) == Some(mark);
    match payload {
        serde_json::Value::String(text) => {
            serde_json::from_str::<serde_json::Value>(text).is_ok_and(|payload| is(&payload))
        }
        payload => is(payload),
    }
}

fn int(number: u64) -> Result<Value, Failure> {
    i64::try_from(number)
        .ok()
        .filter(|number| *number < 1 << 53)
        .map(Value::Int)
        .ok_or_else(|| Failure::of(Step::LookUp, Cause::WrongAnswer("a number of 2^53 or beyond".to_owned())))
}

fn other_facts() -> Failure {
    Failure::of(Step::LookUp, Cause::Refused(Refusal::OtherFacts))
}
