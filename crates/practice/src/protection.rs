//! What a protected branch still misses before a pull request may go in, in GitHub's words.

use crate::git::Sha;
use crate::seed::{Protection, RequiredCheck, Role, Verdict};
use crate::world::{Pull, Repository, World};

/// How a required check stands on a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    Succeeded,
    Failed,
    Running,
    Missing,
}

/// The first thing that is missing; none when the pull request may go in.
pub(crate) fn unmet(world: &World, repository: &Repository, pull: &Pull) -> Option<String> {
    let protection = repository.protected(&pull.base_ref)?;
    reviews(world, repository, pull, protection)
        .or_else(|| checks(world, repository, &pull.head_sha, protection))
}

/// Why a branch does not move but by a pull request; none when it does.
pub(crate) fn direct(repository: &Repository, branch: &str, administers: bool) -> Option<String> {
    let protection = repository.protected(branch)?;
    if administers && !protection.enforce_admins {
        return None;
    }
    match (protection.required_checks.len(), protection.approvals) {
        (0, 0) => None,
        (0, _) => Some("Changes must be made through a pull request.".to_owned()),
        (all, 0) => Some(format!("{all} of {all} required status checks are expected.")),
        (all, _) => Some(format!(
            "{all} of {all} required status checks are expected. Changes must be made through a pull request."
        )),
    }
}

fn reviews(world: &World, repository: &Repository, pull: &Pull, protection: &Protection) -> Option<String> {
    if protection.approvals == 0 {
        return None;
    }
    let counts = |user: u64| world.role(repository, user) >= Some(Role::Write);
    let opinions = pull.opinions();
    let objected = opinions.iter().any(|r| r.verdict == Verdict::ChangesRequested && counts(r.user));
    let approvals = opinions.iter().filter(|r| r.verdict == Verdict::Approved && counts(r.user)).count();
    if objected {
        return Some("Changes have been requested on this pull request.".to_owned());
    }
    let wanted = protection.approvals;
    if approvals >= usize::try_from(wanted).unwrap_or(usize::MAX) {
        return None;
    }
    let (noun, verb) = if wanted == 1 { ("review", "is") } else { ("reviews", "are") };
    Some(format!("At least {wanted} approving {noun} {verb} required by reviewers with write access."))
}

fn checks(world: &World, repository: &Repository, head: &Sha, protection: &Protection) -> Option<String> {
    let open: Vec<(&RequiredCheck, Standing)> = protection
        .required_checks
        .iter()
        .map(|check| (check, standing(world, repository, head, check)))
        .filter(|(_, standing)| *standing != Standing::Succeeded)
        .collect();
    match open.as_slice() {
        [] => None,
        [(check, standing)] => {
            let how = match standing {
                Standing::Failed => "is failing",
                Standing::Running => "is in progress",
                Standing::Missing | Standing::Succeeded => "is expected",
            };
            Some(format!("Required status check \"{}\" {how}.", check.context))
        }
        several => {
            let how = if several.iter().any(|(_, s)| *s == Standing::Failed) {
                "have failed"
            } else {
                "are expected"
            };
            Some(format!(
                "{} of {} required status checks {how}.",
                several.len(),
                protection.required_checks.len()
            ))
        }
    }
}

fn standing(world: &World, repository: &Repository, head: &Sha, check: &RequiredCheck) -> Standing {
    let app = check.reporter.as_ref().map(|slug| world.apps.values().find(|a| a.slug == *slug).map(|a| a.id));
    let run = repository
        .latest_checks(head)
        .into_iter()
        .rfind(|run| run.name == check.context && app.is_none_or(|app| app == Some(run.app)));
    if let Some(run) = run {
        return match run.conclusion.as_deref() {
            Some("success" | "neutral" | "skipped") => Standing::Succeeded,
            Some(_) => Standing::Failed,
            None => Standing::Running,
        };
    }
    let bot = app.flatten().and_then(|id| world.apps.get(&id)).map(|app| app.bot);
    let status = repository
        .latest_statuses(head)
        .into_iter()
        .find(|status| status.context == check.context && (app.is_none() || bot == Some(status.creator)));
    match status.map(|status| status.state.as_str()) {
        Some("success") => Standing::Succeeded,
        Some("pending") => Standing::Running,
        Some(_) => Standing::Failed,
        None => Standing::Missing,
    }
}
