//! Something moves after each single answer of the destination: nothing is carried out on other facts than those
//! that were evaluated. The range's log says what came before what.

use super::sign::Holder;
use super::stage::BACKEND;
use super::{Stage, times};
use bailiwick_authority::Argument;
use bailiwick_practice::{Act, Callback, Conditions, Fault, NewCommit};
use bailiwick_protocol::OperationView;
use std::sync::Arc;

/// What moves.
#[derive(Clone, Copy, Debug)]
enum Moves {
    Head,
    Base,
    Review,
    Check,
}

/// Makes it move. `number` and `head` are the pull request's.
fn moving(what: Moves, branch: &str, number: u64, head: bailiwick_practice::Sha) -> Callback {
    let branch = branch.to_owned();
    Arc::new(move |control| {
        let (branch, head) = (branch.clone(), head.clone());
        Box::pin(async move {
            match what {
                Moves::Head => {
                    let swap =
                        NewCommit::by("ada").message("Swap").write(".github/workflows/x.yml", "on: push\n");
                    control.commit(BACKEND, &branch, swap).await.map(drop)
                }
                Moves::Base => {
                    let late = NewCommit::by("grace").message("Late").write(&format!("late/{branch}"), "x\n");
                    control.commit(BACKEND, "main", late).await.map(drop)
                }
                Moves::Review => control.dismiss_reviews(BACKEND, number),
                Moves::Check => {
                    control.check(BACKEND, &head, "acme-ci", ("ci/test", Some("failure"))).map(drop)
                }
            }
            .unwrap();
        })
    })
}

/// One merge during which it moves after the n-th answer; whether there was an n-th answer.
async fn one(stage: &Stage, bot: &Holder, what: Moves, (run, n): (usize, u64)) -> bool {
    let branch = format!("moving/{run}/{what:?}/{n}").to_lowercase();
    let control = stage.control();
    let pull = control.prepare_pull(BACKEND, &branch, Conditions::met()).await.unwrap();
    control.clear_requests();
    let callback = moving(what, &branch, pull.number, pull.head.clone());
    control.inject(Fault::on("*", "/repos/**", Act::After(callback)).after(n));
    let arguments = [("branch", Argument::Str(branch.clone())), ("target", Argument::Str("main".to_owned()))];
    let view = stage.agents.ask(&stage.request(bot, "pulls/merge", &arguments)).await.unwrap();
    control.clear_faults();
    let seen = control.requests();
    let moved = seen.iter().position(|one| one.fault.is_some());
    let acted = seen.iter().position(|one| one.method == "PUT");
    let merged = control.pull(BACKEND, pull.number).unwrap();
    let context = format!("{what:?} after answer {n}: {view:?}");
    if view.outcome.as_deref() != Some("succeeded") {
        assert!(merged.merged_as.is_none(), "{context}");
        assert!(matches!(view.outcome.as_deref(), Some("denied" | "failed")), "{context}");
        return moved.is_some();
    }
    assert!(merged.merged_as.is_some(), "{context}");
    let fact = |view: &OperationView, name: &str| view.facts.as_ref().unwrap()[name].clone();
    assert_eq!(fact(&view, "head"), merged.head_sha.as_str(), "{context}");
    match what {
        // GitHub merges onto whatever the target is by then: that is named and compared.
        Moves::Base => {
            let output = view.output.as_ref().unwrap();
            if let Some(onto) = output.get("onto") {
                assert_eq!(output["onto_as_evaluated"], fact(&view, "base") == *onto, "{context}");
            }
        }
        _ => assert!(moved.is_none() || moved >= acted, "{context}"),
    }
    moved.is_some()
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_carried_out_on_other_facts() {
    let stage = Stage::new().await;
    let bot = stage.delegate(|_| ()).await;
    let mut runs = 0;
    for run in 0..times(1, 12) {
        for what in [Moves::Head, Moves::Base, Moves::Review, Moves::Check] {
            // Every third answer here, each kind at others; every one at full size.
            let step = times(3, 1);
            for n in (what as u64 % step as u64..).step_by(step) {
                runs += 1;
                if !one(&stage, &bot, what, (run, n)).await {
                    assert!(n > 15, "{n} answers");
                    break;
                }
            }
        }
    }
    println!("{runs} merges, something moved after an answer of each: 0 executed on other facts");
    stage.assert_nothing_alive();
    stage.verify_ledger().await;
}
