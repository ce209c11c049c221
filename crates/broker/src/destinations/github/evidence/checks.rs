//! Which checks the target requires, and how they stand on the head commit.
//!
//! Stricter than GitHub in three ways: only `success` passes (GitHub lets `skipped` and `neutral` pass),
//! of several latest runs of one name every one must pass, and what our own App reports counts for
//! nothing, since a capability might have produced it.

use std::collections::{BTreeMap, BTreeSet};

use bailiwick_authority::Value;

use super::At;
use crate::destinations::github::answer::{
    BranchAnswer, CheckRunRow, CheckRunsPage, RequiredCheck, RequiredChecksRule, RuleRow, StatusRow,
};
use crate::destinations::github::call::{Caller, segment};
use crate::destinations::github::failure::{Cause, Failure};
use crate::destinations::github::refusal::Refusal;

/// A required check, and the App that must report it, if one must.
pub(super) type Required = BTreeSet<(String, Option<u64>)>;

/// The rules that rulesets put on the target. A server without rulesets answers 404.
pub(super) async fn rules(caller: &Caller<'_>, at: &At<'_>, target: &str) -> Result<Vec<RuleRow>, Failure> {
    let path = format!("{}/rules/branches/{}?per_page=100", at.base, segment(target));
    match caller.list(&path).await {
        Err(Failure { cause: Cause::Missing(_), .. }) => Ok(Vec::new()),
        other => other,
    }
}

/// What branch protection and rulesets require together.
pub(super) fn required(
    caller: &Caller<'_>,
    base: &BranchAnswer,
    rules: Vec<RuleRow>,
    target: &str,
) -> Result<Required, Failure> {
    let wrong = |why: &str| caller.failure(Cause::WrongAnswer(why.to_owned()));
    let mut required = Required::new();
    let mut add = |check: RequiredCheck| -> Result<(), Failure> {
        let app = match check.app_id {
            None | Some(-1) => None,
            Some(app) => Some(u64::try_from(app).map_err(|_| wrong("a required check of no App"))?),
        };
        required.insert((check.context, app));
        Ok(())
    };
    match &base.protection {
        Some(protection) => {
            if let Some(checks) = &protection.required_status_checks {
                for check in &checks.checks {
                    add(RequiredCheck { context: check.context.clone(), app_id: check.app_id })?;
                }
                for context in &checks.contexts {
                    if !checks.checks.iter().any(|check| &check.context == context) {
                        add(RequiredCheck { context: context.clone(), app_id: None })?;
                    }
                }
            }
        }
        None if base.protected => return Err(wrong("a protected branch without its protection")),
        None => {}
    }
    for rule in rules {
        match rule.kind.as_str() {
            "merge_queue" => return Err(caller.refused(Refusal::MergeQueue(target.to_owned()))),
            "required_status_checks" => {
                let parameters = rule.parameters.unwrap_or_default();
                let rule: RequiredChecksRule = serde_json::from_value(parameters)
                    .map_err(|_| wrong("a rule about checks that names none"))?;
                rule.required_status_checks.into_iter().try_for_each(&mut add)?;
            }
            _ => {}
        }
    }
    Ok(required)
}

/// The names of required checks, each once.
pub(super) fn names(required: &Required) -> Vec<String> {
    let names: BTreeSet<&String> = required.iter().map(|(name, _)| name).collect();
    names.into_iter().cloned().collect()
}

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
        kind: "status",
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
    /// The required checks that do not pass: absent, unfinished, of another App, or not a success.
    pub(super) fn missing(&self, required: &Required) -> Vec<String> {
        let missing: BTreeSet<&String> =
            required.iter().filter(|(name, app)| !self.passes(name, *app)).map(|(name, _)| name).collect();
        missing.into_iter().cloned().collect()
    }

    fn passes(&self, name: &str, app: Option<u64>) -> bool {
        let of = |check: &&Check| {
            check.name == name
                && check.app_id != Some(self.own_app)
                // A status does not say by which App it is: where an App is demanded it cannot count.
                && app.is_none_or(|app| check.app_id == Some(app))
        };
        let mut counting = self.all.iter().filter(of).peekable();
        counting.peek().is_some() && counting.all(|check| check.conclusion == "success")
    }

    /// `[{name, app, kind, conclusion}]`, sorted.
    pub(super) fn to_value(&self) -> Value {
        let check = |check: &Check| {
            Value::object([
                ("name", Value::from(check.name.as_str())),
                ("app", Value::from(check.app.as_str())),
                ("kind", Value::from(check.kind)),
                ("conclusion", Value::from(check.conclusion.as_str())),
            ])
        };
        Value::List(self.all.iter().map(check).collect())
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
            assert_eq!(checks.missing(&required).is_empty(), passes, "{case}");
        }
    }
}
