//! Destinations: systems that operations act on. One module each, over one way to the outside.
//!
//! INVARIANT: no byte of an operation leaves except through [`http::Way`]: under its pass through the
//! gate, or ungated for destroying a credential and for finding out what became of a request.

pub mod github;
pub mod http;
