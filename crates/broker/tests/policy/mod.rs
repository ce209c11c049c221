//! The policy half of the broker, from its texts to its answers.

// All of this is tests; clippy sees that only of the functions marked so.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::string_slice
)]

mod asked;
mod catalogue;
mod difference;
mod effects;
mod errors;
mod hostile;
mod load;
mod meetable;
mod properties;
mod shipped;
mod soften;
mod tables;
