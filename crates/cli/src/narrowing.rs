//! Narrowing a parent's grants to what a child is to have, and the reason when a child would have more.
//!
//! Whether a child stays within its parent is the authority crate's to say; here it is said in words.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::grant_arguments::{ArgumentRule, find_actions};
use crate::{constraint_text, moment};
use bailiwick_authority::{Capability, Constraint, Grant, MAX_CHAIN, Timestamp, Widening};
use bailiwick_person::Chain;
use clap::Args;

/// What to keep of a parent's grants.
#[derive(Args, Debug)]
pub(crate) struct Narrowing {
    /// Keep only these actions; may be given several times
    #[arg(long = "allow", value_name = "ACTION")]
    pub(crate) allow: Vec<String>,
    /// Keep only these repositories; may be given several times
    #[arg(long = "repo", value_name = "REPO")]
    pub(crate) repos: Vec<String>,
    /// Narrow an argument: `[action:]name=constraint`; may be given several times
    #[arg(long = "arg", value_name = "RULE")]
    pub(crate) rules: Vec<ArgumentRule>,
}

/// The parent's grants with only what was named kept, and the arguments narrowed.
pub(crate) fn narrowed(grants: &[Grant], narrowing: &Narrowing) -> Result<Vec<Grant>, Failure> {
    let mut kept = grants.to_vec();
    if !narrowing.allow.is_empty() {
        let wanted = find_actions(&narrowing.allow)?;
        for action in &wanted {
            if !grants.iter().flat_map(|grant| &grant.actions).any(|id| id.as_str() == action.id) {
                return Err(widening(format!("the parent does not allow {}", action.alias)));
            }
        }
        for grant in &mut kept {
            grant.actions.retain(|id| wanted.iter().any(|action| action.id == id.as_str()));
        }
    }
    if !narrowing.repos.is_empty() {
        let named = |grant: &Grant, repo: &String| {
            grant.resources.iter().any(|one| one.name.as_str() == repo || one.id.as_str() == repo)
        };
        for repo in &narrowing.repos {
            if !grants.iter().any(|grant| named(grant, repo)) {
                return Err(widening(format!("the parent has no repository `{repo}`")));
            }
        }
        for grant in &mut kept {
            grant.resources.retain(|one| {
                narrowing.repos.iter().any(|repo| one.name.as_str() == repo || one.id.as_str() == repo)
            });
        }
    }
    kept.retain(|grant| !grant.actions.is_empty() && !grant.resources.is_empty());
    for rule in &narrowing.rules {
        narrow_argument(&mut kept, rule)?;
    }
    if kept.is_empty() {
        return Err(widening("nothing would be left of the parent's grants".into()));
    }
    Ok(kept)
}

fn narrow_argument(grants: &mut [Grant], rule: &ArgumentRule) -> Result<(), Failure> {
    let actions: Vec<String> =
        grants.iter().flat_map(|grant| &grant.actions).map(ToString::to_string).collect();
    let about = rule.applies_to(&find_actions(&actions)?)?;
    let mut applied = false;
    for grant in grants.iter_mut() {
        let Some(action) =
            about.iter().find(|action| grant.actions.iter().any(|id| id.as_str() == action.id))
        else {
            continue;
        };
        let Some(parameter) = action.parameter(rule.name()) else { continue };
        if let Some(constraint) = grant.arguments.get_mut(rule.name()) {
            *constraint = constraint_text::parse(parameter, rule.constraint())?;
            applied = true;
        }
    }
    // Of two grants that differ in whether the argument may be there, the one without it stays as it is:
    // leaving an argument out is not more than the parent allows.
    if applied {
        Ok(())
    } else {
        Err(widening(format!("the parent does not allow the argument `{}` at all", rule.name())))
    }
}

/// Whether `child` stays within its parent, and if not, in which way.
pub(crate) fn check(
    above: &Capability,
    child: &Capability,
    parent: &Chain,
    now: Timestamp,
) -> Result<(), Failure> {
    if now >= above.expires {
        return Err(widening(format!("the parent expired {}", moment::local(above.expires.seconds()))));
    }
    if parent.links().len() >= MAX_CHAIN {
        return Err(widening(format!("a chain has at most {MAX_CHAIN} links")));
    }
    above.covers(child).map_err(|why| match why {
        Widening::Grant(number) => widening(wider_grant(above, child, number).unwrap_or(why.to_string())),
        why => widening(why.to_string()),
    })
}

/// Which argument makes the child's grant wider, where one of the parent's grants fits it but for that.
fn wider_grant(above: &Capability, child: &Capability, number: usize) -> Option<String> {
    let grant = child.grants.get(number.checked_sub(1)?)?;
    above.grants.iter().find_map(|own| {
        if !grant.actions.iter().all(|action| own.actions.contains(action)) {
            return None;
        }
        let wider = |(name, constraint): (&String, &Constraint)| {
            let parents = own.arguments.get(name)?;
            (!parents.covers(constraint)).then(|| {
                format!(
                    "`{name}` {}, where the parent's {}",
                    constraint_text::words(constraint),
                    constraint_text::words(parents)
                )
            })
        };
        grant.arguments.iter().find_map(wider)
    })
}

fn widening(why: String) -> Failure {
    Failure::new(
        Exit::Refused,
        "widening",
        format!("this would ask for more than its parent has: {why}"),
        "a child can only be narrower; nothing was signed. Ask a steward for more with `bailiwick delegate`",
    )
}
