//! The broker's integration tests, in one binary.

#[path = "../engine/mod.rs"]
mod engine;
#[path = "../github/mod.rs"]
mod github;
#[path = "../policy/mod.rs"]
mod policy;
