//! The ledger against a real file.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says so by panicking")]

mod store;
mod vectors;
