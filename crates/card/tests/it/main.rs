//! What is shown is what is signed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod complete;
mod request;
mod stand;
