//! Who made the change, and who approved of it.
//!
//! Accounts are compared by number. An approval counts if it is the person's latest word, on the head
//! commit, by a person (no bot) who may write to the repository and who neither opened the pull request
//! nor wrote or committed any of its commits.

use std::collections::{BTreeMap, BTreeSet};

use bailiwick_authority::Value;
use futures_util::future::try_join_all;

use super::bots::Bots;
use super::{At, whole};
use crate::destinations::github::answer::{CommitRow, PermissionAnswer, ReviewRow, UserAnswer};
use crate::destinations::github::call::{Caller, segment};
use crate::destinations::github::failure::{Cause, Failure};
use crate::destinations::github::known::Known;

/// GitHub's own account, which commits what is made on its pages and by its API.
const WEB_FLOW: u64 = 19_864_447;

/// What one reviewer's latest word is.
#[derive(Clone, Debug)]
struct Word {
    user: UserAnswer,
    state: String,
    on_head: bool,
    /// Whether GitHub counts the reviewer to the repository's own people.
    own: bool,
    /// Whether the reviewer may write, asked where the word is an approval.
    may_write: bool,
}

/// The latest word of every reviewer of one pull request, by number.
pub(super) struct Words(BTreeMap<u64, Word>);

/// Somebody who wrote or committed commits of a change.
#[derive(Clone, Debug)]
struct Contributor {
    user: UserAnswer,
    wrote: bool,
    committed: bool,
}

/// The people of one pull request.
pub(super) struct People {
    author: UserAnswer,
    contributors: BTreeMap<u64, Contributor>,
    /// Commits whose author GitHub cannot attribute to an account.
    unattributed: u64,
    words: Words,
}

impl Words {
    /// Reads the reviews on a pull request whose head is `head`, and asks of everybody who approves whether they
    /// may write.
    pub(super) async fn read(
        caller: &Caller<'_>,
        at: &At<'_>,
        pull_path: &str,
        head: &str,
    ) -> Result<Words, Failure> {
        let reviews: Vec<ReviewRow> = caller.list(&format!("{pull_path}/reviews?per_page=100")).await?;
        let mut words = latest(&reviews, head);
        let approving =
            words.values_mut().filter(|word| word.state == "APPROVED" && word.user.kind == "User");
        try_join_all(approving.map(|word| async move {
            word.may_write = may_write(caller, at, word).await?;
            Ok::<_, Failure>(())
        }))
        .await?;
        Ok(Words(words))
    }
}

fn latest(reviews: &[ReviewRow], head: &str) -> BTreeMap<u64, Word> {
    let mut words: BTreeMap<u64, Word> = BTreeMap::new();
    for review in reviews {
        // Oldest first. A comment does not take back an earlier verdict; pending is not said yet.
        let decisive = matches!(review.state.as_str(), "APPROVED" | "CHANGES_REQUESTED" | "DISMISSED");
        let Some(user) = &review.user else { continue };
        if !decisive && (review.state != "COMMENTED" || words.contains_key(&user.id)) {
            continue;
        }
        let on_head = review.commit_id.as_deref() == Some(head);
        let own = matches!(review.author_association.as_deref(), Some("OWNER" | "MEMBER" | "COLLABORATOR"));
        let word = Word { user: user.clone(), state: review.state.clone(), on_head, own, may_write: false };
        words.insert(user.id, word);
    }
    words
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

impl People {
    pub(super) fn of(author: UserAnswer, commits: &[CommitRow], words: Words) -> People {
        let mut contributors: BTreeMap<u64, Contributor> = BTreeMap::new();
        let mut unattributed = 0;
        for commit in commits {
            let (author, committer) = (known(&commit.author), known(&commit.committer));
            unattributed += u64::from(author.is_none());
            for (user, wrote) in
                author.map(|user| (user, true)).into_iter().chain(committer.map(|user| (user, false)))
            {
                let one = Contributor { user: user.clone(), wrote: false, committed: false };
                let one = contributors.entry(user.id).or_insert(one);
                one.wrote |= wrote;
                one.committed |= !wrote;
            }
        }
        People { author, contributors, unattributed, words }
    }

    /// The logins of everybody who may be a bot.
    pub(super) fn logins(&self) -> impl Iterator<Item = &String> {
        let contributors = self.contributors.values().map(|one| &one.user);
        let reviewers = self.words.0.values().map(|word| &word.user);
        std::iter::once(&self.author).chain(contributors).chain(reviewers).map(|user| &user.login)
    }

    /// `author`, `commit_authors`, `contributors`, `commit_persons`, `commit_strangers`,
    /// `unattributed_commits`, `reviews`.
    pub(super) fn facts(
        &self,
        caller: &Caller<'_>,
        known: &Known,
        bots: &Bots,
    ) -> Result<Vec<(&'static str, Value)>, Failure> {
        let of = |user: &UserAnswer, more: Vec<(&str, Value)>| account(caller, (user, known, bots), more);
        let mut contributors: Vec<&Contributor> = self.contributors.values().collect();
        contributors.sort_by(|a, b| a.user.login.cmp(&b.user.login));
        let contributing = contributors.iter().map(|one| {
            let roles = vec![("wrote", Value::Bool(one.wrote)), ("committed", Value::Bool(one.committed))];
            of(&one.user, roles)
        });
        let mut words: Vec<&Word> = self.words.0.values().collect();
        words.sort_by(|a, b| a.user.login.cmp(&b.user.login));
        let reviews = words.iter().map(|word| {
            let state = ("state", Value::from(word.state.as_str()));
            let steward = Value::Bool(known.is_steward(word.user.id));
            of(&word.user, vec![state, ("on_head", Value::Bool(word.on_head)), ("steward", steward)])
        });
        let authors: BTreeSet<&String> = contributors.iter().map(|one| &one.user.login).collect();
        let persons: BTreeSet<&str> = contributors
            .iter()
            .filter_map(|one| known.person(one.user.id))
            .map(|name| name.as_str())
            .collect();
        let strangers: BTreeSet<&String> = contributors
            .iter()
            .filter(|one| one.wrote || one.user.id != WEB_FLOW)
            .filter(|one| known.person(one.user.id).is_none() && !bots.is_own(&one.user.login))
            .map(|one| &one.user.login)
            .collect();
        Ok(vec![
            ("author", of(&self.author, Vec::new())?),
            ("commit_authors", Value::strings(authors.into_iter().cloned())),
            ("contributors", Value::List(contributing.collect::<Result<_, _>>()?)),
            ("commit_persons", Value::strings(persons)),
            ("commit_strangers", Value::strings(strangers.into_iter().cloned())),
            ("unattributed_commits", whole(caller, self.unattributed)?),
            ("reviews", Value::List(reviews.collect::<Result<_, _>>()?)),
        ])
    }

    /// Judges the approvals.
    pub(super) fn verdicts(&self, bots: &Bots) -> Verdicts {
        let mut verdicts = Verdicts::default();
        for word in self.words.0.values() {
            let login = word.user.login.clone();
            match word.state.as_str() {
                "CHANGES_REQUESTED" => drop(verdicts.changes_requested.insert(login)),
                "APPROVED" => match self.objection(word, bots) {
                    None => drop(verdicts.approving.insert(login, word.user.id)),
                    Some(why) => drop(verdicts.set_aside.insert((login, why))),
                },
                _ => {}
            }
        }
        verdicts
    }

    /// Why an approval does not count.
    fn objection(&self, word: &Word, bots: &Bots) -> Option<&'static str> {
        if bots.is_own(&word.user.login) {
            Some("own-app")
        } else if word.user.kind != "User" {
            Some("not-a-person")
        } else if word.user.id == self.author.id {
            Some("author")
        } else if self.contributors.contains_key(&word.user.id) {
            Some("committed")
        } else if !word.on_head {
            Some("earlier-commit")
        } else if !word.may_write {
            Some("no-write-access")
        } else {
            None
        }
    }
}

/// The account of a commit, where GitHub knows one.
fn known(user: &Option<serde_json::Value>) -> Option<UserAnswer> {
    let user = user.as_ref()?;
    let text = |name| user.get(name).and_then(serde_json::Value::as_str).map(str::to_owned);
    Some(UserAnswer {
        login: text("login")?,
        id: user.get("id")?.as_u64()?,
        // Whoever wrote it is somebody, of whatever kind.
        kind: text("type").unwrap_or_default(),
    })
}

/// `{login, id, type, own_app, person?}` and what else is known of somebody.
fn account(
    caller: &Caller<'_>,
    (user, known, bots): (&UserAnswer, &Known, &Bots),
    more: Vec<(&str, Value)>,
) -> Result<Value, Failure> {
    let mut members = vec![
        ("login", Value::from(user.login.as_str())),
        ("id", whole(caller, user.id)?),
        ("type", Value::from(user.kind.as_str())),
        ("own_app", Value::Bool(bots.is_own(&user.login))),
    ];
    members.extend(known.person(user.id).map(|name| ("person", Value::from(name.as_str()))));
    members.extend(more);
    Ok(Value::object(members))
}

/// What the reviews come to.
#[derive(Default)]
pub(super) struct Verdicts {
    /// Who approves, with the account's number.
    approving: BTreeMap<String, u64>,
    set_aside: BTreeSet<(String, &'static str)>,
    changes_requested: BTreeSet<String>,
}

impl Verdicts {
    /// The logins whose approval counts.
    pub(super) fn approving(&self) -> BTreeSet<String> {
        self.approving.keys().cloned().collect()
    }

    /// `approving_reviewers`, `approving_persons`, `independent_reviewers`, `approvals`, `approvals_missing`,
    /// `approvals_set_aside`, `changes_requested_by`. `required` is how many the target demands.
    pub(super) fn facts(
        self,
        caller: &Caller<'_>,
        known: &Known,
        required: u64,
    ) -> Result<Vec<(&'static str, Value)>, Failure> {
        let counted = u64::try_from(self.approving.len()).unwrap_or(u64::MAX);
        let independent = self.approving.iter().filter(|(_, id)| known.is_independent(**id));
        let persons: BTreeSet<&str> =
            self.approving.values().filter_map(|id| known.person(*id)).map(|name| name.as_str()).collect();
        let aside = self.set_aside.iter().map(|(login, why)| {
            Value::object([("login", Value::from(login.as_str())), ("why", Value::from(*why))])
        });
        Ok(vec![
            ("approvals", whole(caller, counted)?),
            ("approvals_missing", whole(caller, required.saturating_sub(counted))?),
            ("approvals_set_aside", Value::List(aside.collect())),
            ("approving_persons", Value::strings(persons)),
            ("approving_reviewers", Value::strings(self.approving.keys().cloned())),
            ("changes_requested_by", Value::strings(self.changes_requested.iter().cloned())),
            ("independent_reviewers", Value::strings(independent.map(|(login, _)| login.clone()))),
        ])
    }
}
