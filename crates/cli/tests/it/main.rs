//! The command line as its users meet it: the real executable, against the real broker and the practice
//! range. What a command is given and what it must answer is data in `scripts/`.

#![cfg(target_os = "linux")]
// The whole binary is tests; clippy sees that only of the functions marked so.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stdout
)]

mod approving;
mod catalogue;
mod closed_pipe;
mod confirmation;
mod dependencies;
mod following;
mod in_flight;
mod keychain;
mod ledger;
mod modes;
mod persons;
mod policy;
mod script;
mod stand;
mod story;
mod terminal;
