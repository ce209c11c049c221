//! The broker's integration tests, in one binary.

#[path = "../policy/mod.rs"]
mod policy;
