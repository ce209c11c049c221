//! The append-only ledger of all statements.
//!
//! The pure half ([`Leaf`], [`Head`], [`Verification`]) says what an entry is, how heads chain, and
//! whether a ledger holds together; consoles link only that. The feature `store` adds the SQLite store
//! that the broker writes.
//!
//! INVARIANT: entries are only ever added at the end.

mod leaf;
#[cfg(feature = "store")]
mod store;
mod verification;

pub use leaf::{Head, Leaf};
#[cfg(feature = "store")]
pub use store::{Entry, Store, StoreError, Transaction};
pub use verification::{Broken, Summary, Verification};
