//! Bad input: each line of it has a clear error of its own, reaches no destination, and loses nothing.

mod chain;
mod name;
mod replay;
mod repository;
mod series;
mod size;
mod time;

use crate::stage::{Holder, Stage};
use bailiwick_authority::{Argument, Digest, Envelope, Invocation};
use bailiwick_protocol::{ApiError, Ask, ErrorCode, OperationView};

/// A request that must be refused.
struct Case {
    what: String,
    ask: Ask,
    code: ErrorCode,
    /// A part of what the error says.
    says: &'static str,
}

impl Case {
    fn new(what: impl Into<String>, ask: Ask, code: ErrorCode, says: &'static str) -> Case {
        Case { what: what.into(), ask, code, says }
    }
}

/// Every case is refused with its code and its words, nothing is asked of the destination and nothing
/// minted, a refusal that is somebody's has its receipt, and afterwards a good request goes through.
async fn all_refused(stage: &Stage, cases: Vec<Case>) {
    assert!(!cases.is_empty());
    let agent = stage.agent().await;
    let before = (stage.control().requests().len(), stage.control().minted().len());
    let mut receipts = 0;
    for case in &cases {
        let answer = agent.ask(&case.ask).await;
        receipts += u64::from(answer.as_ref().is_ok_and(|view| view.receipt.is_some()));
        let error =
            refusal(answer).unwrap_or_else(|view| panic!("{}: it was carried out: {view:?}", case.what));
        assert_eq!(error.code, case.code, "{}: {error:?}", case.what);
        assert!(error.message.contains(case.says), "{}: it says {error:?}", case.what);
        is_clear(&case.what, &error);
    }
    let after = (stage.control().requests().len(), stage.control().minted().len());
    assert_eq!(before, after, "a refused request reached the destination");
    assert_eq!(stage.verify().await.receipts, receipts, "every refusal that is somebody's has its receipt");
    still_works(stage).await;
    println!("{} cases refused, {receipts} of them with a receipt", cases.len());
}

/// The refusal in an answer, however it came.
fn refusal(answer: Result<OperationView, ApiError>) -> Result<ApiError, Box<OperationView>> {
    match answer {
        Err(error) => Ok(error),
        Ok(view) if view.outcome.as_deref() == Some("succeeded") => Err(Box::new(view)),
        Ok(view) => view.reason.clone().ok_or(Box::new(view)),
    }
}

/// A sentence that begins lower-case and says what to do, without anything that acts on a terminal.
fn is_clear(what: &str, error: &ApiError) {
    for words in [&error.message, &error.hint] {
        assert!(!words.trim().is_empty(), "{what}: {error:?}");
        assert!(!words.chars().any(char::is_control), "{what}: control characters in {error:?}");
    }
    let first = error.message.chars().next().unwrap();
    assert!(!first.is_uppercase() || error.message.starts_with("GitHub"), "{what}: {error:?}");
    assert!(error.message.len() < 2_000, "{what}: {} bytes", error.message.len());
}

/// A good request by a fresh agent goes through.
async fn still_works(stage: &Stage) {
    let holder = stage.delegate().await;
    let view = stage.comment(&holder, "all is well").await.unwrap();
    assert_eq!(view.outcome.as_deref(), Some("succeeded"), "{:?}", view.reason);
    stage.verify().await;
}

fn comment(body: &str) -> [(&'static str, Argument); 2] {
    crate::stage::comment_arguments(body)
}

/// What `holder` would sign to comment.
async fn invocation(stage: &Stage, holder: &Holder) -> Invocation {
    stage.invocation(holder, "issues/create-comment", &comment("never seen")).await
}

/// The digest of a statement in an envelope that may be no good.
fn digest_of(envelope: &str) -> Digest {
    Envelope::parse(envelope.as_bytes()).unwrap().statement_digest()
}
