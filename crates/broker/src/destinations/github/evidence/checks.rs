//! How checks and statuses stand on the head commit, and which of the required ones do not pass.
//!
//! Stricter than GitHub in three ways: only `success` passes (GitHub lets `skipped` and `neutral` pass),
//! of several latest runs of one name every one must pass, and what our own App reports, as check run or as
//! status, counts for nothing, since a capability might have produced it.

use std::collections::{BTreeMap, BTreeSet};

use bailiwick_authority::Value;

use super::bots::Bots;
use super::demands::Required;
use super::{At, whole};
use crate::destinations::github::answer::{CheckRunRow, CheckRunsPage, StatusRow};
use crate::destinations::github::call::Caller;
use crate::destinations::github::failure::Failure;
use crate::destinations::github::refusal::Refusal;

/// The kind of a status, beside `check-run`.
const STATUS: &str = "status";

/// How one check stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Check {
    name: String,
    /// Who reported it: the App's slug, or for a status the account's login. Empty if GitHub names nobody.
    app: String,
    /// The App's number; statuses have none.
    app_id: Option<u64>,
    kind: &'static str,
    conclusion: String,
}

/// Every check on one commit.
pub(super) struct Checks {
    all: BTreeSet<Check>,
    own_app: u64,
}

/// Fetches the latest check runs and the latest statuses on a commit.
pub(super) async fn on(
    caller: &Caller<'_>,
    at: &At<'_>,
    head: &str,
    own_app: u64,
) -> Result<Checks, Failure> {
    let (runs, statuses) = tokio::try_join!(runs(caller, at, head), statuses(caller, at, head))?;
    let runs = runs.into_iter().map(|run| Check {
        app: run.app.as_ref().and_then(|app| app.slug.clone()).unwrap_or_default(),
        app_id: run.app.map(|app| app.id),
        name: run.name,
        kind: "check-run",
        conclusion: match run.conclusion {
            Some(conclusion) if run.status == "completed" => conclusion,
            _ => run.status,
        },
    });
    let mut all: BTreeSet<Check> = runs.collect();
    // Newest first: the first of a context stands.
    let mut latest = BTreeMap::new();
    for status in statuses {
        latest.entry(status.context.clone()).or_insert(status);
    }
    all.extend(latest.into_values().map(|status| Check {
        app: status.creator.map(|creator| creator.login).unwrap_or_default(),
        app_id: None,
        name: status.context,
        kind: STATUS,
        conclusion: status.state,
    }));
    Ok(Checks { all, own_app })
}

async fn runs(caller: &Caller<'_>, at: &At<'_>, head: &str) -> Result<Vec<CheckRunRow>, Failure> {
    let path = format!("{}/commits/{head}/check-runs?filter=latest&per_page=100", at.base);
    let counted =
        caller.pages(&path, |page: CheckRunsPage| vec![(page.total_count, page.check_runs)]).await?;
    let total = counted.first().map_or(0, |(total, _)| *total);
    let runs: Vec<CheckRunRow> = counted.into_iter().flat_map(|(_, runs)| runs).collect();
    if runs.len() < total {
        return Err(caller.refused(Refusal::Contradictory("the check runs and their number")));
    }
    if runs.iter().any(|run| run.head_sha != head) {
        return Err(caller.refused(Refusal::Contradictory("the check runs and their commit")));
    }
    Ok(runs)
}

async fn statuses(caller: &Caller<'_>, at: &At<'_>, head: &str) -> Result<Vec<StatusRow>, Failure> {
    caller.list(&format!("{}/commits/{head}/statuses?per_page=100", at.base)).await
}

impl Checks {
    /// Who set statuses, by login.
    pub(super) fn creators(&self) -> impl Iterator<Item = &String> {
        self.all.iter().filter(|check| check.kind == STATUS).map(|check| &check.app)
    }

    /// The required checks that do not pass: absent, unfinished, of another App, or not a success.
    pub(super) fn missing(&self, required: &Required, bots: &Bots) -> Vec<String> {
        let passes = |name: &str, app| self.passes(name, app, bots);
        let missing: BTreeSet<&String> =
            required.iter().filter(|(name, app)| !passes(name, *app)).map(|(name, _)| name).collect();
        missing.into_iter().cloned().collect()
    }

    fn passes(&self, name: &str, app: Option<u64>, bots: &Bots) -> bool {
        let of = |check: &&Check| {
            check.name == name
                && !self.is_own(check, bots)
                // A status does not say by which App it is: where an App is demanded it cannot count.
                && app.is_none_or(|app| check.app_id == Some(app))
        };
        let mut counting = self.all.iter().filter(of).peekable();
        counting.peek().is_some() && counting.all(|check| check.conclusion == "success")
    }

    fn is_own(&self, check: &Check, bots: &Bots) -> bool {
        check.app_id == Some(self.own_app) || (check.kind == STATUS && bots.may_be_own(&check.app))
    }

    /// `[{name, app, app_id?, kind, conclusion, own?}]`, sorted.
    pub(super) fn to_value(&self, caller: &Caller<'_>, bots: &Bots) -> Result<Value, Failure> {
        let check = |check: &Check| {
            let mut members = vec![
                ("name", Value::from(check.name.as_str())),
                ("app", Value::from(check.app.as_str())),
                ("kind", Value::from(check.kind)),
                ("conclusion", Value::from(check.conclusion.as_str())),
            ];
            if let Some(app) = check.app_id {
                members.push(("app_id", whole(caller, app)?));
            }
            if self.is_own(check, bots) {
                members.push(("own", Value::Bool(true)));
            }
            Ok(Value::object(members))
        };
        Ok(Value::List(self.all.iter().map(check).collect::<Result<_, Failure>>()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, app_id: Option<u64>, conclusion: &str) -> Check {
        Check { name: name.into(), app: "x".into(), app_id, kind: "check-run", conclusion: conclusion.into() }
    }

    #[test]
    fn a_required_check_passes_only_by_success_of_the_app_that_must_report_it() {
        let cases: [(&str, Vec<Check>, Option<u64>, bool); 11] = [
            ("absent", vec![], None, false),
            ("success", vec![check("t", Some(1), "success")], None, true),
            ("success of the demanded App", vec![check("t", Some(1), "success")], Some(1), true),
            ("success of another App", vec![check("t", Some(2), "success")], Some(1), false),
            ("success of nobody where an App is demanded", vec![check("t", None, "success")], Some(1), false),
            ("success of our own App", vec![check("t", Some(9), "success")], None, false),
            ("of our own App though demanded", vec![check("t", Some(9), "success")], Some(9), false),
            (
                "one of two fails",
                vec![check("t", Some(1), "success"), check("t", Some(2), "failure")],
                None,
                false,
            ),
            (
                "another App's failure",
                vec![check("t", Some(1), "success"), check("t", Some(2), "failure")],
                Some(1),
                true,
            ),
            ("skipped", vec![check("t", Some(1), "skipped")], None, false),
            ("still running", vec![check("t", Some(1), "in_progress")], None, false),
        ];
        for (case, all, app, passes) in cases {
            let checks = Checks { all: all.into_iter().collect(), own_app: 9 };
            let required = Required::from([("t".to_owned(), app)]);
            assert_eq!(checks.missing(&required, &Bots::default()).is_empty(), passes, "{case}");
        }
    }

    #[test]
    fn a_status_counts_unless_our_own_app_may_have_set_it() {
        for (creator, passes) in [("ada", true), ("ours[bot]", false), ("", true)] {
            let status = Check { app: creator.into(), kind: STATUS, ..check("t", None, "success") };
            let checks = Checks { all: [status].into(), own_app: 9 };
            let required = Required::from([("t".to_owned(), None)]);
            assert_eq!(checks.missing(&required, &Bots::default()).is_empty(), passes, "{creator}");
        }
    }
}
