//! What an effect forbids is forbidden by every action that has it.

use super::asked::{good_merge, loaded, refusing, ship_to_main};
use bailiwick_broker::Effect;
use bailiwick_broker::policy::PolicyOutcome;

/// Operations of GitHub by which a branch can move, by their ids there or as the next catalogues may
/// name them. Those that the shipped schema has are tried with their own facts beside the catalogue.
const MOVERS: [&str; 16] = [
    "pulls/merge",
    "repos/merge",
    "repos/merge-upstream",
    "repos/create-or-update-file-contents",
    "repos/delete-file",
    "repos/rename-branch",
    "repos/update",
    "git/create-ref",
    "git/update-ref",
    "git/delete-ref",
    "git/push",
    "pulls/update-branch",
    "pulls/enable-auto-merge",
    "pulls/enqueue",
    "repos/revert-pull-request",
    "migrations/start-import",
];

fn main_moves() -> Effect {
    Effect::MovesRef("refs/heads/main".to_owned())
}

#[test]
fn only_a_reviewed_merge_moves_main_whatever_the_policy_permits() {
    let mut texts = ship_to_main();
    let shipped = texts.schema.clone();
    let is_shipped = |id: &str| shipped.contains(&format!("action \"{id}\""));
    let more: Vec<String> =
        MOVERS.iter().filter(|id| !is_shipped(id)).map(|id| format!("\"{id}\"")).collect();
    assert!(more.len() > 5, "{more:?}");
    texts.schema.push_str(&format!(
        "action {} in [reads, moves_ref, runs_code, publishes, deploys, changes_settings, discloses, spends, deletes]
         appliesTo {{ principal: Agent, resource: Repository, context: Context }};",
        more.join(", ")
    ));
    texts.guard.push_str("@id(\"everything\") @title(\"everything\") permit (principal, action, resource);");
    let policy = loaded(&texts);
    for (place, id) in MOVERS.iter().enumerate() {
        let mut asked = good_merge();
        asked.action = id.parse().expect("an action");
        let decision = asked.decided_by(&policy);
        if place == 0 {
            assert_eq!(decision.outcome, PolicyOutcome::Allow, "{decision:?}");
            continue;
        }
        if is_shipped(id) {
            assert_eq!(decision.outcome, PolicyOutcome::Deny, "{id}");
            continue;
        }
        assert_eq!(
            (decision.outcome, refusing(&decision)),
            (PolicyOutcome::Deny, vec!["main-moves-by-merge"]),
            "{id}"
        );

        asked.facts = None;
        assert_eq!(refusing(&asked.decided_by(&policy)), ["main-moves-by-merge"], "{id} without facts");

        asked.effects =
            vec![Effect::Reads, Effect::Publishes, Effect::MovesRef("refs/heads/x".into()), main_moves()];
        assert_eq!(refusing(&asked.decided_by(&policy)), ["main-moves-by-merge"], "{id} among other effects");

        asked.effects = vec![Effect::MovesRef("refs/heads/x".into())];
        assert_eq!(asked.decided_by(&policy).outcome, PolicyOutcome::Allow, "{id} on another branch");
    }
}

#[test]
fn no_shipped_action_moves_main_but_the_merge() {
    let policy = loaded(&ship_to_main());
    for id in ["issues/create-comment", "pulls/create", "repos/create-deployment"] {
        let mut asked = good_merge();
        asked.action = id.parse().expect("an action");
        asked.facts = None;
        let decision = asked.decided_by(&policy);
        assert_eq!(decision.outcome, PolicyOutcome::Deny, "{id}");
        assert_eq!(refusing(&decision), ["request", "main-moves-by-merge"], "{id}");
    }
}

#[test]
fn effects_that_nothing_permits_are_refused() {
    let policy = loaded(&ship_to_main());
    for effect in [Effect::ChangesSettings, Effect::Discloses, Effect::Spends, Effect::Deletes, Effect::Reads]
    {
        let mut asked = good_merge();
        asked.effects.push(effect.clone());
        let decision = asked.decided_by(&policy);
        assert_eq!(
            (decision.outcome, refusing(&decision)),
            (PolicyOutcome::Deny, vec!["request"]),
            "{effect}"
        );
    }
}
