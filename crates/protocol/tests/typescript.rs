//! The console's bindings, `ui/src/bindings/protocol.ts`, are what these types say.
//!
//! With `WRITE_BINDINGS=1` the file is written; without, a difference fails.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use bailiwick_protocol as wire;
use std::path::Path;
use ts_rs::{Config, TS};

const HEAD: &str = "// Written by crates/protocol/tests/typescript.rs from the wire types. Do not edit:\n\
                    // WRITE_BINDINGS=1 cargo test -p bailiwick-protocol --features typescript\n";

/// One exported type, with its documentation.
fn export<T: TS>(config: &Config) -> String {
    let docs = T::docs().unwrap_or_default();
    format!("\n{docs}export {}\n", T::decl(config))
}

#[test]
fn the_bindings_are_current() {
    let config = Config::new().with_large_int("number");
    let mut text = String::from(HEAD);
    // What a destination or a statement says, as JSON.
    text.push_str(
        "\nexport type JsonValue = number | string | boolean | null | JsonValue[] | { [key: string]: JsonValue };\n",
    );
    macro_rules! every { ($($name:ident),* $(,)?) => { $( text.push_str(&export::<wire::$name>(&config)); )* }; }
    every!(
        ErrorCode,
        ApiError,
        Stage,
        ResourceView,
        PolicyRefusal,
        CredentialView,
        OperationView,
        Status,
        Numbers,
        ConnectionView,
        ConnectionCheck,
        Admitted,
        TargetView,
        PauseView,
        Stopped,
        StoppedOperation,
        StoppedCredential,
        CapabilityView,
        AlarmView,
        GrantView,
        LedgerEntry,
        LedgerPage,
        Pending,
        AskView,
        AnswerView,
        Waiting,
        Diff,
        DiffFile,
        StandingView,
        Backtest,
        Fatigue,
        Shown,
        Line,
        Flag,
        CardView,
        Crumb,
        EvidenceLine,
        Event,
        PolicyTexts,
        RuleView,
        PolicyProblemView,
        PolicyCheck,
        PolicyVersion,
        PolicySource,
        PolicyQuestion,
        PolicySubject,
        PolicyTry,
        RuleName,
        ObligationView,
        PolicyAnswer,
        PolicyThen,
        PolicyDiffRequest,
        RuleChange,
        PolicyDiff,
        PolicyBacktest,
        BacktestCase,
        ProofView,
    );
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ui/src/bindings/protocol.ts");
    if std::env::var_os("WRITE_BINDINGS").is_some() {
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, &text).unwrap();
    }
    let committed = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(committed == text, "ui/src/bindings/protocol.ts is out of date; its head says how to write it");
}
