//! What broker and clients say to each other: routes, bodies, error codes, limits, and where the
//! sockets are. The only crate whose types are serialised for the wire.
//!
//! Statements travel as the text of their envelopes, so that nothing between signer and verifier
//! re-serialises them.

mod agent;
mod approval;
mod card;
mod console;
mod error;
mod event;
mod operation;
mod places;
mod policy;
mod roster;
pub mod route;

pub use agent::{AgentGreeting, Ask, FetchAnswer, FetchRequest, Revoke};
pub use approval::{
    AnswerView, AskView, Backtest, Diff, DiffFile, Fatigue, Hold, Pending, StandingView, Waiting,
};
pub use card::{CardView, Crumb, EvidenceLine, Flag, Line, Shown};
pub use console::{
    Admitted, CapabilityView, ConnectionCheck, ConnectionView, GrantView, LedgerEntry, LedgerPage, Numbers,
    PauseRequest, PauseView, PolicyTexts, Status, Stopped, StoppedCredential, StoppedOperation, Submission,
    TargetView,
};
pub use error::{ApiError, ErrorCode};
pub use event::Event;
pub use operation::{CredentialView, OperationView, PolicyRefusal, ResourceView, Stage};
pub use places::{Places, PlacesError};
pub use policy::{
    BacktestCase, FACTS, ObligationView, PolicyAnswer, PolicyBacktest, PolicyCheck, PolicyDiff,
    PolicyDiffRequest, PolicyProblemView, PolicyQuestion, PolicySource, PolicySubject, PolicyThen, PolicyTry,
    PolicyVersion, ProofView, RuleChange, RuleName, RuleView,
};
pub use roster::{AlarmView, KeyUse, RosterInForce, SignedEntry};

/// The version of this protocol. Broker and client must agree.
pub const PROTOCOL: u32 = 1;

/// The largest request body on either socket, in bytes: a chain of eight envelopes and an invocation.
pub const MAX_BODY_BYTES: usize = 1024 * 1024;

/// The longest that the broker holds an answer back for a client that waits, in milliseconds.
pub const MAX_WAIT_MS: u64 = 60_000;
