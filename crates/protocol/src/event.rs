//! What the broker tells consoles while it happens.

use crate::operation::OperationView;
use serde::{Deserialize, Serialize};

/// One event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// An operation came a step further.
    Operation {
        /// As it is now.
        operation: Box<OperationView>,
    },
    /// A statement entered the ledger.
    Statement {
        /// Its place.
        sequence: u64,
        /// Its kind.
        kind: String,
        /// Its digest.
        digest: String,
    },
    /// Something waits for persons, or what it waits for changed.
    Pending {
        /// As it is now.
        pending: Box<crate::Pending>,
    },
    /// Something waits no longer.
    Settled {
        /// What was waited for.
        target: String,
        /// `approved`, `denied`, `expired`, `void`, `halted`.
        how: String,
    },
    /// The client was too slow and missed events: it must read everything again.
    Missed {
        /// How many.
        count: u64,
    },
}
