//! From `--allow`, `--repo` and `--arg` to what is said about each action's arguments, and to grants.

use crate::action::{Action, Unsaid};
use crate::constraint_text;
use crate::failure::Failure;
use bailiwick_authority::{Constraint, Grant, Name, Resource};
use bailiwick_person::delegating::{self, Said};
use std::collections::{BTreeMap, BTreeSet};

/// `--arg` as it was written: `[action:]name[?]=constraint`.
#[derive(Clone, Debug)]
pub(crate) struct ArgumentRule {
    written: String,
    action: Option<String>,
    name: String,
    may_be_absent: bool,
    constraint: String,
}

impl std::str::FromStr for ArgumentRule {
    type Err = String;

    fn from_str(text: &str) -> Result<ArgumentRule, String> {
        let (left, constraint) =
            text.split_once('=').ok_or("write it as `name=constraint`, for instance `target=main`")?;
        let (action, name) = match left.rsplit_once(':') {
            Some((action, name)) => (Some(action.to_owned()), name),
            None => (None, left),
        };
        let (name, may_be_absent) = name.strip_suffix('?').map_or((name, false), |name| (name, true));
        if name.is_empty() {
            return Err("write it as `name=constraint`, for instance `target=main`".into());
        }
        Ok(ArgumentRule {
            written: text.to_owned(),
            action,
            name: name.to_owned(),
            may_be_absent,
            constraint: constraint.to_owned(),
        })
    }
}

/// A rule's constraint, and whether the argument may be absent.
type Ruled = (Constraint, bool);

/// What is allowed, before it is known where: actions, each with what its arguments may be.
#[derive(Debug)]
pub(crate) struct Allowed(Vec<(&'static Action, Vec<Said>)>);

impl Allowed {
    /// Reads `--allow` and `--arg`.
    pub(crate) fn read(actions: &[String], rules: &[ArgumentRule]) -> Result<Allowed, Failure> {
        let actions = find_actions(actions)?;
        let mut ruled: BTreeMap<(&str, &str), Ruled> = BTreeMap::new();
        for rule in rules {
            for action in rule.applies_to(&actions)? {
                let parameter = action.parameter(&rule.name).ok_or_else(|| rule.no_such_argument(action))?;
                let constraint = constraint_text::parse(parameter, &rule.constraint)?;
                let may_be_absent = rule.may_be_absent && !parameter.required;
                if ruled.insert((action.id, parameter.name), (constraint, may_be_absent)).is_some() {
                    return Err(Failure::usage(
                        format!("`{}` is constrained twice for {}", rule.name, action.alias),
                        format!("say it for one action with `--arg {}:{}=…`", action.alias, rule.name),
                    ));
                }
            }
        }
        let lines = actions.into_iter().map(|action| Ok((action, said(action, &ruled)?)));
        lines.collect::<Result<_, Failure>>().map(Allowed)
    }

    /// The grants on `resources` through `connection`.
    pub(crate) fn grants(self, connection: &Name, resources: &[Resource]) -> Result<Vec<Grant>, Failure> {
        let mut grants = Vec::new();
        for (action, said) in self.0 {
            grants.extend(delegating::grants(action, &said, connection, resources)?);
        }
        Ok(grants)
    }
}

/// The actions by id or alias, each once.
pub(crate) fn find_actions(names: &[String]) -> Result<Vec<&'static Action>, Failure> {
    let mut seen = BTreeSet::new();
    let mut actions = Vec::new();
    for name in names {
        let action = Action::find(name)?;
        if seen.insert(action.id) {
            actions.push(action);
        }
    }
    Ok(actions)
}

impl ArgumentRule {
    /// The argument's name.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The constraint as it was written.
    pub(crate) fn constraint(&self) -> &str {
        &self.constraint
    }

    /// Which of `actions` this is about: the one it names, or every one that has the argument.
    pub(crate) fn applies_to(&self, actions: &[&'static Action]) -> Result<Vec<&'static Action>, Failure> {
        if let Some(named) = &self.action {
            let action = Action::find(named)?;
            if !actions.iter().any(|allowed| allowed.id == action.id) {
                return Err(Failure::usage(
                    format!("`{}` is about {}, which is not allowed here", self.written, action.alias),
                    format!("add `--allow {}`, or leave it out", action.alias),
                ));
            }
            return Ok(vec![action]);
        }
        let having: Vec<&'static Action> =
            actions.iter().copied().filter(|action| action.parameter(&self.name).is_some()).collect();
        match (having.is_empty(), actions.first()) {
            (true, Some(first)) => Err(self.no_such_argument(first)),
            _ => Ok(having),
        }
    }

    fn no_such_argument(&self, action: &Action) -> Failure {
        let names: Vec<&str> = action.arguments.iter().map(|parameter| parameter.name).collect();
        Failure::usage(
            format!("{} has no argument `{}`", action.alias, self.name),
            format!("its arguments are {}", names.join(", ")),
        )
    }
}

/// What is said about each of an action's arguments, what was left unsaid included.
fn said(action: &'static Action, ruled: &BTreeMap<(&str, &str), Ruled>) -> Result<Vec<Said>, Failure> {
    let mut all = Vec::new();
    for parameter in action.arguments {
        let (constraint, may_be_absent) = match (ruled.get(&(action.id, parameter.name)), parameter.unsaid) {
            (Some((constraint, may_be_absent)), _) => (constraint.clone(), *may_be_absent),
            (None, Unsaid::Any) => (parameter.any(), !parameter.required),
            (None, Unsaid::LeftOut) => continue,
            (None, Unsaid::MustBeSaid) => {
                return Err(Failure::usage(
                    format!("{} needs to know which `{}` is allowed", action.alias, parameter.name),
                    format!(
                        "say it with `--arg {name}=…`; `--arg {name}=glob:**` allows every one",
                        name = parameter.name
                    ),
                ));
            }
        };
        all.push(Said { name: parameter.name.to_owned(), constraint, may_be_absent });
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(allow: &[&str], rules: &[&str]) -> Result<Vec<Grant>, Failure> {
        let allow: Vec<String> = allow.iter().map(|text| (*text).to_owned()).collect();
        let rules: Vec<ArgumentRule> = rules.iter().map(|rule| rule.parse().unwrap()).collect();
        let resource =
            Resource { id: "repository:1".parse().unwrap(), name: "acme/backend".parse().unwrap() };
        Allowed::read(&allow, &rules)?.grants(&"github".parse().unwrap(), &[resource])
    }

    #[test]
    fn an_argument_that_may_be_absent_makes_two_grants() {
        let grants = made(&["github.open_pull_request", "pulls/create"], &[]).unwrap();
        let names: Vec<Vec<&str>> =
            grants.iter().map(|grant| grant.arguments.keys().map(String::as_str).collect()).collect();
        assert_eq!(names, [vec!["body", "branch", "target", "title"], vec!["branch", "target", "title"]]);
    }

    #[test]
    fn what_authority_hangs_on_must_be_said() {
        assert!(made(&["github.merge"], &[]).is_err());
        assert!(made(&["github.deploy"], &["ref=main"]).is_err());
        let grants = made(&["github.merge"], &["target=main"]).unwrap();
        assert_eq!(grants.len(), 1);
        assert!(!grants[0].arguments.contains_key("merge_method"));
        assert_eq!(made(&["github.merge"], &["target=main", "merge_method?=squash"]).unwrap().len(), 2);
    }

    #[test]
    fn a_rule_is_about_the_actions_that_have_the_argument() {
        let both = ["github.merge", "github.open_pull_request"];
        let grants = made(&both, &["target=main"]).unwrap();
        assert!(grants.iter().all(|grant| grant.arguments["target"]
            == Constraint::Exact(bailiwick_authority::Argument::Str("main".into()))));
        assert!(made(&both, &["github.merge:target=main", "pulls/merge:target=next"]).is_err());
        assert!(made(&both, &["target=main", "colour=red"]).is_err());
        assert!(made(&["github.merge"], &["target=main", "github.comment:issue=1"]).is_err());
        assert!("target".parse::<ArgumentRule>().is_err() && "=x".parse::<ArgumentRule>().is_err());
    }
}
