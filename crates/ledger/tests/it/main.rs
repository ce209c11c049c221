//! The ledger against a real file.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says so by panicking")]

mod groups;
mod log;
mod store;
mod vectors;
