//! The formats, held against their vectors, against generated chains with one fault each, and against
//! properties. `BAILIWICK_SOAK=1` runs the full size; `BAILIWICK_SEED` repeats a run, whose seed every
//! random test prints.

#![allow(dead_code, reason = "the program `formats` uses the other part of the harness")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice)]
#![allow(clippy::print_stdout, reason = "random tests print their seed and what they met")]

#[path = "../../examples/formats/harness/mod.rs"]
mod harness;

mod bits;
mod bounds;
mod chains;
mod covers;
mod ed25519;
mod round_trip;
mod samples;
mod size;
mod vectors;
mod webauthn;
mod wild;
