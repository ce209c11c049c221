//! The practice range from outside: a plain HTTP client and the real git against a running range.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test's helper fails its test; the lints know only the test functions themselves"
)]

mod access;
mod checks;
mod client;
mod control;
mod deployments;
mod direct;
mod environments;
mod faults;
mod git;
mod merging;
mod pages;
mod pulls;
mod repositories;
mod routes;
mod tokens;
