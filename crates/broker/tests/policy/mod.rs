//! The policy half of the broker, from its texts to its answers.
#![allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::print_stdout)] // it is a test

mod asked;
mod catalogue;

mod effects;
mod errors;
mod hostile;
mod load;
mod properties;
mod shipped;
mod soften;
mod tables;
