//! End to end: the shipped `bailiwick`, a broker process of its own for every test, and counterparts
//! that are as real as they can be had. `docs/testing.md` says what is shown where.
//!
//! Linux only: what is tested here beyond the crates' own tests is processes, sockets and namespaces.

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

mod canary;
mod crash;
mod desk;
mod desktop;
mod faults;
mod peers;
mod refused;
mod stage;
mod story;
mod surface;
