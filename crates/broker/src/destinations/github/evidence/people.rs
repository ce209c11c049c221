//! Who made the change, and who approved of it.
//!
//! Accounts are compared by number. An approval counts if it is the person's latest word, on the head
//! commit, by a person (no bot) who may write to the repository and who neither opened the pull request
//! nor wrote or committed any of its commits.

use std::collections::{BTreeMap, BTreeSet};

use bailiwick_authority::Value;

use super::{At, whole};
use crate::destinations::github::answer::{
    CommitRow, MaybeUserAnswer, PermissionAnswer, ReviewRow, UserAnswer,
};
use crate::destinations::github::call::{Caller, segment};
use crate::destinations::github::failure::{Cause, Failure};

/// What one reviewer's latest word is.
#[derive(Clone, Debug)]
struct Word {
    user: UserAnswer,
    state: String,
    on_head: bool,
    /// Whether GitHub counts the reviewer to the repository's own people.
    own: bool,
}

/// The people of one pull request.
pub(super) struct People {
    author: u64,
    /// Number and login of everybody who wrote or committed one of its commits.
    committers: BTreeMap<u64, String>,
    /// Commits whose author GitHub cannot attribute to an account.
    unattributed: u64,
    words: BTreeMap<u64, Word>,
}

/// `{login, id, type}`.
pub(super) fn account(caller: &Caller<'_>, user: &UserAnswer) -> Result<Value, Failure> {
    Ok(Value::object([
        ("login", Value::from(user.login.as_str())),
        ("id", whole(caller, user.id)?),
        ("type", Value::from(user.kind.as_str())),
    ]))
}

impl People {
    pub(super) fn of(
        head: &str,
        author: &UserAnswer,
        commits: &[CommitRow],
        reviews: &[ReviewRow],
    ) -> People {
        let mut committers = BTreeMap::new();
        let mut unattributed = 0;
        let known = |user: &Option<MaybeUserAnswer>| {
            user.as_ref().and_then(|user| Some((user.id?, user.login.clone()?)))
        };
        for commit in commits {
            let (author, committer) = (known(&commit.author), known(&commit.committer));
            unattributed += u64::from(author.is_none());
            committers.extend(author);
            committers.extend(committer);
        }
        let mut words: BTreeMap<u64, Word> = BTreeMap::new();
        for review in reviews {
            // Oldest first. A comment does not take back an earlier verdict; pending is not said yet.
            let decisive = matches!(review.state.as_str(), "APPROVED" | "CHANGES_REQUESTED" | "DISMISSED");
            let Some(user) = &review.user else { continue };
            if !decisive && (review.state != "COMMENTED" || words.contains_key(&user.id)) {
                continue;
            }
            let on_head = review.commit_id.as_deref() == Some(head);
            let own =
                matches!(review.author_association.as_deref(), Some("OWNER" | "MEMBER" | "COLLABORATOR"));
            let word = Word { user: user.clone(), state: review.state.clone(), on_head, own };
            words.insert(user.id, word);
        }
        People { author: author.id, committers, unattributed, words }
    }

    /// `commit_authors`, `unattributed_commits`, `reviews`.
    pub(super) fn facts(&self, caller: &Caller<'_>) -> Result<Vec<(&'static str, Value)>, Failure> {
        let authors: BTreeSet<&String> = self.committers.values().collect();
        let mut words: Vec<&Word> = self.words.values().collect();
        words.sort_by(|a, b| a.user.login.cmp(&b.user.login));
        let mut reviews = Vec::new();
        for word in words {
            let Value::Object(mut members) = account(caller, &word.user)? else { continue };
            members.insert("state".to_owned(), Value::from(word.state.as_str()));
            members.insert("on_head".to_owned(), Value::Bool(word.on_head));
            reviews.push(Value::Object(members));
        }
        Ok(vec![
            ("commit_authors", Value::strings(authors.into_iter().cloned())),
            ("unattributed_commits", whole(caller, self.unattributed)?),
            ("reviews", Value::List(reviews)),
        ])
    }

    /// Judges the approvals. Asks GitHub whether each approver may write.
    pub(super) async fn verdicts(&self, caller: &Caller<'_>, at: &At<'_>) -> Result<Verdicts, Failure> {
        let mut verdicts = Verdicts::default();
        for word in self.words.values() {
            let login = word.user.login.clone();
            match word.state.as_str() {
                "CHANGES_REQUESTED" => {
                    verdicts.changes_requested.insert(login);
                }
                "APPROVED" => {
                    let why = match self.objection(word) {
                        None if may_write(caller, at, word).await? => None,
                        None => Some("no-write-access"),
                        objection => objection,
                    };
                    match why {
                        None => verdicts.approving.insert(login),
                        Some(why) => verdicts.set_aside.insert((login, why)),
                    };
                }
                _ => {}
            }
        }
        Ok(verdicts)
    }

    /// Why an approval does not count, whatever its author may do in the repository.
    fn objection(&self, word: &Word) -> Option<&'static str> {
        if word.user.kind != "User" {
            Some("not-a-person")
        } else if word.user.id == self.author {
            Some("author")
        } else if self.committers.contains_key(&word.user.id) {
            Some("committed")
        } else if !word.on_head {
            Some("earlier-commit")
        } else {
            None
        }
    }
}

/// GitHub answers for everybody who has an account, whatever they may. A destination that does not know
/// the question says 404; there the review's own word counts, which excludes strangers.
async fn may_write(caller: &Caller<'_>, at: &At<'_>, word: &Word) -> Result<bool, Failure> {
    let user = &word.user;
    let path = format!("{}/collaborators/{}/permission", at.base, segment(&user.login));
    let Some(found) = caller.get_if_there::<PermissionAnswer>(&path).await? else { return Ok(word.own) };
    if found.user.is_some_and(|found| found.id != user.id) {
        return Err(caller.failure(Cause::WrongAnswer("another account's permission".to_owned())));
    }
    Ok(matches!(found.permission.as_str(), "admin" | "write"))
}

/// What the reviews come to.
#[derive(Default)]
pub(super) struct Verdicts {
    approving: BTreeSet<String>,
    set_aside: BTreeSet<(String, &'static str)>,
    changes_requested: BTreeSet<String>,
}

impl Verdicts {
    /// `approving_reviewers`, `approvals_set_aside`, `changes_requested_by`.
    pub(super) fn facts(self) -> Vec<(&'static str, Value)> {
        let aside = self
            .set_aside
            .into_iter()
            .map(|(login, why)| Value::object([("login", Value::from(login)), ("why", Value::from(why))]));
        vec![
            ("approvals_set_aside", Value::List(aside.collect())),
            ("approving_reviewers", Value::strings(self.approving)),
            ("changes_requested_by", Value::strings(self.changes_requested)),
        ]
    }
}
