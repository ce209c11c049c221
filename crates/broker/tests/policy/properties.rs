//! Over generated questions: the shipped guard against an oracle that was written without it.

use super::asked::{Asked, good_merge, loaded, refusing, ship_to_main};
use bailiwick_authority::Value;
use bailiwick_broker::Effect;
use bailiwick_broker::policy::{Policy, PolicyOutcome};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use std::sync::LazyLock;
use std::time::{SystemTime, UNIX_EPOCH};

static SHIPPED: LazyLock<Policy> = LazyLock::new(|| loaded(&ship_to_main()));

/// One way in which a merge can fall short, with the policy that must refuse it.
#[derive(Clone, Debug)]
enum Lack {
    Checks,
    Passing(Vec<String>),
    Review,
    OwnReview,
    Objections(Vec<String>),
    Draft,
    Conflicts,
    Protected(String),
    Night(u64),
    OtherTarget(String),
}

impl Lack {
    fn apply(&self, asked: &mut Asked) -> &'static str {
        let list = |items: &[String]| Value::strings(items.iter().cloned());
        let (name, value, policy) = match self {
            Lack::Checks => ("required_checks", Value::List(Vec::new()), "main-has-checks"),
            Lack::Passing(names) => ("checks_missing", list(names), "main-checks-pass"),
            Lack::Review => ("approving_reviewers", Value::List(Vec::new()), "main-is-reviewed"),
            Lack::OwnReview => (
                "approving_reviewers",
                Value::strings(["grace", "feat-writer"]),
                "main-author-is-no-reviewer",
            ),
            Lack::Objections(names) => ("changes_requested_by", list(names), "main-no-changes-requested"),
            Lack::Draft => ("draft", Value::Bool(true), "main-no-drafts"),
            Lack::Conflicts => ("mergeable", Value::Bool(false), "main-merges-cleanly"),
            Lack::Protected(path) => {
                ("changed_paths", Value::strings(["src/x".to_owned(), path.clone()]), "main-protected-paths")
            }
            Lack::OtherTarget(target) => ("target", Value::from(target.as_str()), "main-evidence-fits"),
            Lack::Night(seconds) => {
                // Saturday 00:00 to Monday 09:00 in Berlin, in winter.
                asked.now = super::asked::at("2026-11-27T23:00:00Z").plus(*seconds);
                return "main-business-hours";
            }
        };
        *asked = asked.with_fact(name, value);
        policy
    }
}

fn names() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(any::<String>(), 1..5)
}

fn lack() -> impl Strategy<Value = Lack> {
    let case = prop_oneof![Just(".github/"), Just(".GITHUB/"), Just(".github/workflows/")];
    prop_oneof![
        Just(Lack::Checks),
        names().prop_map(Lack::Passing),
        Just(Lack::Review),
        Just(Lack::OwnReview),
        names().prop_map(Lack::Objections),
        Just(Lack::Draft),
        Just(Lack::Conflicts),
        (case, "[^/]{1,12}(/[^/]{1,12}){0,3}")
            .prop_map(|(folder, rest)| Lack::Protected(format!("{folder}{rest}"))),
        (0_u64..57 * 3600).prop_map(Lack::Night),
        any::<String>().prop_filter("another target", |t| t != "refs/heads/main").prop_map(Lack::OtherTarget),
    ]
}

/// 256 cases, or 20,000 under `BAILIWICK_SOAK=1`, from the seed `BAILIWICK_SEED` or a new one.
fn size() -> ProptestConfig {
    let cases = if std::env::var_os("BAILIWICK_SOAK").is_some_and(|soak| soak == "1") { 20_000 } else { 256 };
    let seed = match std::env::var("BAILIWICK_SEED") {
        Ok(seed) => seed.parse().expect("`BAILIWICK_SEED` is a number"),
        Err(_) => SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").subsec_nanos().into(),
    };
    println!("{cases} cases, BAILIWICK_SEED={seed}");
    ProptestConfig {
        cases,
        rng_seed: RngSeed::Fixed(seed),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(size())]

    /// With any one condition unmet, alone or among others, main does not move, and each is named.
    #[test]
    fn main_never_moves_with_a_condition_unmet(lacks in prop::collection::vec(lack(), 1..6)) {
        let mut asked = good_merge();
        let mut expected: Vec<(std::mem::Discriminant<Lack>, &str)> = Vec::new();
        for lack in &lacks {
            let policy = lack.apply(&mut asked);
            // A later lack of the same fact takes the place of an earlier one.
            expected.retain(|(_, earlier)| {
                *earlier != policy && !(earlier.starts_with("main-is-rev") || earlier.starts_with("main-author"))
                    || *earlier != policy && !(policy.starts_with("main-is-rev") || policy.starts_with("main-author"))
            });
            expected.push((std::mem::discriminant(lack), policy));
        }
        let decision = asked.decided_by(&SHIPPED);
        prop_assert_eq!(decision.outcome, PolicyOutcome::Deny);
        let mut found = refusing(&decision);
        let mut expected: Vec<&str> = expected.into_iter().map(|(_, policy)| policy).collect();
        found.sort_unstable();
        expected.sort_unstable();
        prop_assert_eq!(found, expected);
        for refusal in &decision.refusals {
            prop_assert!(!refusal.missing.is_empty() && !refusal.remedy.is_empty());
        }
    }

    /// Over all facts, times and effects: allowed exactly if the oracle says so.
    #[test]
    fn the_guard_and_the_oracle_agree(
        required in prop::collection::vec("[a-z/]{1,8}", 0..3),
        missing in prop::collection::vec("[a-z/]{1,8}", 0..2),
        approving in prop::collection::vec(prop_oneof![Just("grace"), Just("feat-writer"), Just("alan")], 0..3),
        objecting in prop::collection::vec("[a-z]{1,8}", 0..2),
        draft in any::<bool>(),
        mergeable in any::<bool>(),
        from_fork in any::<bool>(),
        paths in prop::collection::vec(prop_oneof![Just("src/a"), Just(".github/x"), Just("docs/b"), Just("CODEOWNERS")], 0..3),
        target in prop_oneof![4 => Just("refs/heads/main"), 1 => Just("refs/heads/side")],
        moved in prop_oneof![4 => Just(vec!["refs/heads/main"]), 1 => Just(vec!["refs/heads/side"]), 1 => Just(vec!["refs/heads/main", "refs/heads/side"])],
        minute in 0_u64..7 * 24 * 60,
        facts in prop::bool::weighted(0.95),
    ) {
        let mut asked = good_merge()
            .with_fact("required_checks", Value::strings(required.clone()))
            .with_fact("checks_missing", Value::strings(missing.clone()))
            .with_fact("approving_reviewers", Value::strings(approving.clone()))
            .with_fact("changes_requested_by", Value::strings(objecting.clone()))
            .with_fact("draft", draft)
            .with_fact("mergeable", mergeable)
            .with_fact("from_fork", from_fork)
            .with_fact("changed_paths", Value::strings(paths.clone()))
            .with_fact("target", target);
        // Monday 00:00 in Berlin, in summer: two hours before that in UTC.
        asked.now = super::asked::at("2026-07-12T22:00:00Z").plus(minute * 60);
        asked.effects = moved.iter().map(|name| Effect::MovesRef((*name).to_owned())).collect();
        asked.effects.push(Effect::RunsCode);
        if !facts {
            asked.facts = None;
        }

        let open = minute / 1440 < 5 && (540..1050).contains(&(minute % 1440));
        let guarded = facts && moved == ["refs/heads/main"] && target == "refs/heads/main" && open
            && !required.is_empty() && missing.is_empty()
            && !approving.is_empty() && !approving.contains(&"feat-writer") && objecting.is_empty()
            && !draft && mergeable && !paths.contains(&".github/x") && !paths.contains(&"CODEOWNERS");
        let expected = match (guarded, from_fork) {
            (false, _) => PolicyOutcome::Deny,
            (true, true) => PolicyOutcome::NeedsApproval,
            (true, false) => PolicyOutcome::Allow,
        };
        let decision = asked.decided_by(&SHIPPED);
        prop_assert_eq!(decision.outcome, expected, "{:?}", decision);
        prop_assert_eq!(decision.refusals.is_empty(), expected == PolicyOutcome::Allow);
    }
}
