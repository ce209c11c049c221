//! Branches and what protects them: GitHub's `branch-with-protection`, `branch-protection`, rules and refs.

use serde_json::{Value, json};

use super::{View, commit, extend, node, repository};
use crate::git::{Commit, Sha};
use crate::http::path::encode;
use crate::seed::Protection;
use crate::world::Repository;

fn required_checks(view: View<'_>, protection: &Protection) -> (Vec<String>, Vec<Value>) {
    let contexts = protection.required_checks.iter().map(|check| check.context.clone()).collect();
    let checks = protection
        .required_checks
        .iter()
        .map(|check| {
            let slug = check.reporter.as_deref();
            let app = view.world.apps.values().find(|app| Some(app.slug.as_str()) == slug).map(|app| app.id);
            json!({"context": check.context, "app_id": app})
        })
        .collect();
    (contexts, checks)
}

/// `branch-with-protection`.
pub(crate) fn branch(view: View<'_>, repository: &Repository, name: &str, tip: &Commit) -> Value {
    let (url, page) = (repository::url(view, repository), repository::page(view, repository));
    let path = encode(name);
    let protection = repository.protected(name);
    let (contexts, checks) = protection.map(|p| required_checks(view, p)).unwrap_or_default();
    let enforced = match protection {
        Some(p) if p.enforce_admins => "everyone",
        Some(p) if !p.required_checks.is_empty() => "non_admins",
        _ => "off",
    };
    json!({
        "name": name,
        "commit": commit::commit(view, repository, tip),
        "_links": {"html": format!("{page}/tree/{path}"), "self": format!("{url}/branches/{path}")},
        "protected": protection.is_some(),
        "protection": {
            "enabled": protection.is_some(),
            "required_status_checks": {"enforcement_level": enforced, "contexts": contexts, "checks": checks},
        },
        "protection_url": format!("{url}/branches/{path}/protection"),
    })
}

/// `branch-protection`: the whole of it.
pub(crate) fn protection(
    view: View<'_>,
    repository: &Repository,
    name: &str,
    protection: &Protection,
) -> Value {
    let url = format!("{}/branches/{}/protection", repository::url(view, repository), encode(name));
    let off = json!({"enabled": false});
    let mut body = json!({
        "url": url,
        "required_signatures": {"url": format!("{url}/required_signatures"), "enabled": false},
        "enforce_admins": {"url": format!("{url}/enforce_admins"), "enabled": protection.enforce_admins},
        "required_linear_history": off,
        "allow_force_pushes": off,
        "allow_deletions": off,
        "block_creations": off,
        "required_conversation_resolution": off,
        "lock_branch": off,
        "allow_fork_syncing": off,
    });
    if !protection.required_checks.is_empty() {
        let (contexts, checks) = required_checks(view, protection);
        let checks = json!({
            "url": format!("{url}/required_status_checks"),
            "strict": protection.strict,
            "contexts": contexts,
            "contexts_url": format!("{url}/required_status_checks/contexts"),
            "checks": checks,
        });
        extend(&mut body, json!({"required_status_checks": checks}));
    }
    if protection.approvals > 0 || protection.code_owners {
        let reviews = json!({
            "url": format!("{url}/required_pull_request_reviews"),
            "dismiss_stale_reviews": protection.dismiss_stale_reviews,
            "require_code_owner_reviews": protection.code_owners,
            "require_last_push_approval": false,
            "required_approving_review_count": protection.approvals,
        });
        extend(&mut body, json!({"required_pull_request_reviews": reviews}));
    }
    body
}

/// The rules of rulesets for a branch. The range protects branches the older way and has no rulesets.
pub(crate) fn rules() -> Vec<Value> {
    Vec::new()
}

/// `git-ref`.
pub(crate) fn reference(
    view: View<'_>,
    repository: &Repository,
    name: &str,
    (kind, sha): (&str, &Sha),
) -> Value {
    let url = repository::url(view, repository);
    let kinds = if kind == "tag" { "tags" } else { "commits" };
    json!({
        "ref": name,
        "node_id": node("Ref", format!("{}:{name}", repository.id)),
        "url": format!("{url}/git/{}", encode(name)),
        "object": {"type": kind, "sha": sha.as_str(), "url": format!("{url}/git/{kinds}/{sha}")},
    })
}
