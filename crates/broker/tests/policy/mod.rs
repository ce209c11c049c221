//! The policy half of the broker, from its texts to its answers.

mod asked;
mod tables;
