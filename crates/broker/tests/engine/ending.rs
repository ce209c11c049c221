//! The end of a broker and the start of the next: nothing is lost in between, and nothing of another
//! broker's is taken for its own.

use super::Stage;
use super::sign::{self, fresh_key};
use bailiwick_broker::StartError;
use bailiwick_practice::{Act, Fault};
use bailiwick_protocol::ErrorCode;
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn what_is_under_way_is_finished_and_answered_and_nothing_new_begins() {
    let stage = Stage::new().await;
    let bot = stage.delegate(|_| ()).await;
    let (first, second) = (stage.comment_request(&bot, "begun"), stage.comment_request(&bot, "too late"));
    let slow = Act::Delay(Duration::from_millis(700));
    stage.control().inject(Fault::on("POST", "/repos/*/*/issues/*/comments", slow));
    let agents = stage.agents.clone();
    let asking = tokio::spawn(async move { agents.ask(&first).await });
    stage.control().wait_for(|seen| seen.iter().any(|one| one.path.ends_with("/comments"))).await;
    stage.broker.end();
    let late = stage.agents.ask(&second).await.unwrap_err();
    assert_eq!(late.code, ErrorCode::NoBroker, "{late:?}");
    let view = asking.await.unwrap().unwrap();
    assert_eq!(view.outcome.as_deref(), Some("succeeded"), "{view:?}");
    let stage = stage.restart().await;
    assert_eq!(stage.comments(), ["begun"]);
    assert_eq!(stage.verify_ledger().await.receipts, 1);
    stage.assert_nothing_alive();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_that_another_key_signed_is_not_continued() {
    let stage = Stage::new().await;
    let bot = stage.delegate(|_| ()).await;
    stage.comment(&bot, "with a receipt").await.unwrap();
    let error = stage.restart_with_another_key().await;
    assert!(matches!(error, StartError::OtherKey), "{error:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_that_the_store_refused_is_written_by_the_next_broker_which_answers_meanwhile() {
    let stage = Stage::new().await;
    let bot = stage.delegate(|capability| capability.max_uses = Some(3)).await;
    stage.refuse("BEFORE INSERT ON leaf WHEN NEW.kind = 'receipt'");
    let mut request = stage.comment_request(&bot, "without a receipt yet");
    request.wait_ms = 1_500;
    let view = stage.agents.ask(&request).await.unwrap();
    assert_eq!((view.outcome.as_deref(), view.receipt), (None, None));
    // Whoever delegated leaves the roster; what they allowed before is told all the same.
    let successor = fresh_key();
    let mut left = sign::person("steward", &stage.steward);
    left.roles.clear();
    let without = sign::roster(Some(stage.realm), vec![left, sign::person("other", &successor)]);
    stage.submit(without).await.unwrap();
    let stage = stage.restart().await;
    assert!(stage.console.status().await.is_ok());
    stage.mend();
    let written = "SELECT COUNT(*) FROM operation WHERE live = 0 AND outcome = 'succeeded'";
    stage.until("the receipt is written", || stage.count(written) == 1).await;
    let view = stage.agents.operation(&view.id, 0).await.unwrap();
    assert!(view.receipt.is_some());
    assert_eq!(stage.count("SELECT reserved * 10 + committed FROM capability"), 1);
    assert_eq!(stage.verify_ledger().await.receipts, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_has_one_broker_even_if_somebody_takes_its_lock_for_a_stale_one() {
    let stage = Stage::new().await;
    for _ in 0..2 {
        let second = stage.open_another().err().expect("a second broker on the same folder");
        assert!(matches!(second, StartError::AlreadyRunning(_)), "{second:?}");
        std::fs::remove_file(stage.places.data.join("broker.lock")).unwrap();
    }
    assert!(stage.console.status().await.is_ok());
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn nobody_else_reads_or_enters_what_the_broker_makes() {
    use std::os::unix::fs::PermissionsExt as _;
    let stage = Stage::new().await;
    let bot = stage.delegate(|_| ()).await;
    stage.comment(&bot, "so that there is something").await.unwrap();
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let sockets = [stage.places.console_socket(), stage.places.agent_socket()];
    let folders = [&stage.places.data, sockets[0].parent().unwrap(), sockets[1].parent().unwrap()];
    let mut files = 0;
    for folder in folders {
        assert_eq!(mode(folder), 0o700, "{}", folder.display());
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            assert_eq!(mode(&path), 0o600, "{}", path.display());
            files += 1;
        }
    }
    assert_eq!(files, 6, "ledger, log, index, lock and two sockets");
}
