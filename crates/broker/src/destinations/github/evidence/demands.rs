//! What the target demands of a merge: branch protection and rulesets together, the stricter of both.
//!
//! GitHub enforces this itself when it merges. It is read so that policy and person see it before.

use std::collections::BTreeSet;

use bailiwick_authority::Value;
use serde::de::DeserializeOwned;

use super::{At, whole};
use crate::destinations::github::answer::{
    BranchAnswer, ProtectionDetails, PullRequestRule, RequiredCheck, RequiredChecks, RequiredChecksRule,
    RuleRow,
};
use crate::destinations::github::call::{Caller, segment};
use crate::destinations::github::failure::{Cause, Failure};
use crate::destinations::github::refusal::Refusal;

/// A required check, and the App that must report it, if one must.
pub(super) type Required = BTreeSet<(String, Option<u64>)>;

/// What a merge into the target needs, at GitHub's word.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Demands {
    pub(super) checks: Required,
    /// How many approving reviews.
    pub(super) approvals: u64,
    /// Whether owners of changed paths must be among them.
    pub(super) code_owners: bool,
}

/// The rules that rulesets put on the target. A server without rulesets answers 404.
pub(super) async fn rules(caller: &Caller<'_>, at: &At<'_>, target: &str) -> Result<Vec<RuleRow>, Failure> {
    let path = format!("{}/rules/branches/{}?per_page=100", at.base, segment(target));
    match caller.list(&path).await {
        Err(Failure { cause: Cause::Missing(_), .. }) => Ok(Vec::new()),
        other => other,
    }
}

/// The protection of the target, whole. A branch without any answers 404.
pub(super) async fn protection(
    caller: &Caller<'_>,
    at: &At<'_>,
    target: &str,
) -> Result<Option<ProtectionDetails>, Failure> {
    caller.get_if_there(&format!("{}/branches/{}/protection", at.base, segment(target))).await
}

impl Demands {
    /// All of it. `base` is the target as its branch says, `protection` and `rules` are what protect it.
    pub(super) fn of(
        caller: &Caller<'_>,
        base: &BranchAnswer,
        protection: Option<ProtectionDetails>,
        rules: Vec<RuleRow>,
    ) -> Result<Demands, Failure> {
        let mut demands = Demands::default();
        match &base.protection {
            Some(summary) => demands.add_checks(caller, summary.required_status_checks.as_ref())?,
            None if base.protected => {
                return Err(wrong(caller, "a protected branch without its protection"));
            }
            None => {}
        }
        if let Some(protection) = protection {
            demands.add_checks(caller, protection.required_status_checks.as_ref())?;
            if let Some(reviews) = protection.required_pull_request_reviews {
                // Left out, it is GitHub's own default.
                demands.add_reviews(
                    reviews.required_approving_review_count.unwrap_or(1),
                    reviews.require_code_owner_reviews,
                );
            }
        }
        for rule in rules {
            demands.add_rule(caller, rule, &base.name)?;
        }
        Ok(demands)
    }

    fn add_rule(&mut self, caller: &Caller<'_>, rule: RuleRow, target: &str) -> Result<(), Failure> {
        match rule.kind.as_str() {
            "merge_queue" => return Err(caller.refused(Refusal::MergeQueue(target.to_owned()))),
            "required_status_checks" => {
                let rule: RequiredChecksRule =
                    parameters(caller, rule, "a rule about checks that names none")?;
                rule.required_status_checks
                    .into_iter()
                    .try_for_each(|check| self.add_check(caller, check))?;
            }
            "pull_request" => {
                let rule: PullRequestRule =
                    parameters(caller, rule, "a rule about reviews that does not say which")?;
                self.add_reviews(rule.required_approving_review_count, rule.require_code_owner_review);
            }
            _ => {}
        }
        Ok(())
    }

    fn add_reviews(&mut self, approvals: u64, code_owners: bool) {
        self.approvals = self.approvals.max(approvals);
        self.code_owners |= code_owners;
    }

    fn add_checks(&mut self, caller: &Caller<'_>, checks: Option<&RequiredChecks>) -> Result<(), Failure> {
        let Some(checks) = checks else { return Ok(()) };
        for check in &checks.checks {
            self.add_check(caller, check.clone())?;
        }
        for context in &checks.contexts {
            if !checks.checks.iter().any(|check| &check.context == context) {
                self.add_check(caller, RequiredCheck { context: context.clone(), app_id: None })?;
            }
        }
        Ok(())
    }

    fn add_check(&mut self, caller: &Caller<'_>, check: RequiredCheck) -> Result<(), Failure> {
        let app = match check.app_id {
            None | Some(-1) => None,
            Some(app) => Some(u64::try_from(app).map_err(|_| wrong(caller, "a required check of no App"))?),
        };
        self.checks.insert((check.context, app));
        Ok(())
    }

    /// `required_checks`, `required_check_apps`, `required_approvals`, `requires_code_owners`.
    pub(super) fn facts(&self, caller: &Caller<'_>) -> Result<Vec<(&'static str, Value)>, Failure> {
        let names: BTreeSet<&String> = self.checks.iter().map(|(name, _)| name).collect();
        let apps = self.checks.iter().filter_map(|(name, app)| app.map(|app| (name, app)));
        let apps: Vec<Value> = apps
            .map(|(name, app)| {
                Ok(Value::object([("name", Value::from(name.as_str())), ("app_id", whole(caller, app)?)]))
            })
            .collect::<Result<_, Failure>>()?;
        Ok(vec![
            ("required_checks", Value::strings(names.into_iter().cloned())),
            ("required_check_apps", Value::List(apps)),
            ("required_approvals", whole(caller, self.approvals)?),
            ("requires_code_owners", Value::Bool(self.code_owners)),
        ])
    }
}

fn parameters<T: DeserializeOwned>(caller: &Caller<'_>, rule: RuleRow, why: &str) -> Result<T, Failure> {
    serde_json::from_value(rule.parameters.unwrap_or_default()).map_err(|_| wrong(caller, why))
}

fn wrong(caller: &Caller<'_>, why: &str) -> Failure {
    caller.failure(Cause::WrongAnswer(why.to_owned()))
}
