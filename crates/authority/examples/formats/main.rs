//! Writes the vectors in `spec/vectors`, and generated chains for two verifiers to be compared on.
//!
//! `formats vectors` writes every vector; a test proves that they are current.
//! `formats chains FILE COUNT SEED` writes generated cases, one a line, most with one seeded fault.
//! `formats wild FILE COUNT SEED` writes vectors and chains with random changes, whatever they come to.

#![allow(dead_code, reason = "the tests use the other part of the harness")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice)]
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program for developers, run by hand or by spec/compare"
)]

mod harness;

use harness::files;
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match arguments.as_slice() {
        ["vectors"] => {
            files::write_vectors(&files::folder()).map(|count| println!("{count} vectors written"))
        }
        [what @ ("chains" | "wild"), file, count, seed] => match (count.parse(), seed.parse()) {
            (Ok(count), Ok(seed)) if *what == "chains" => files::write_cases(Path::new(file), seed, count),
            (Ok(count), Ok(seed)) => files::write_wild(Path::new(file), seed, count),
            _ => return usage(),
        },
        _ => return usage(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn usage() -> ExitCode {
    eprintln!("usage: formats vectors | formats chains FILE COUNT SEED | formats wild FILE COUNT SEED");
    ExitCode::from(2)
}
