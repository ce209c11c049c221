//! Where vectors and generated cases are written.

use super::case::Case;
use super::fault::line;
use super::faults::{faulty, fine};
use super::json::{compact, pretty};
use super::keys::{NAMES, PASSKEYS, id, public, seed};
use super::random::Random;
use super::vectors::vectors;
use bailiwick_authority::{Algorithm, Digest, Value};
use std::collections::BTreeMap;
use std::fs;
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::thread;

/// `spec/vectors`.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../spec/vectors")
}

/// Every vector's file, relative to the folder, and its text.
pub(crate) fn expected() -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    for vector in vectors() {
        let name = format!("{}/{}.json", vector.folder, vector.name);
        assert!(files.insert(name.clone(), pretty(&vector.to_value())).is_none(), "`{name}` twice");
    }
    files
}

/// Every file that is there.
pub(crate) fn present(folder: &Path) -> io::Result<BTreeMap<String, String>> {
    let mut files = BTreeMap::new();
    for format in fs::read_dir(folder)? {
        let format = format?;
        for file in fs::read_dir(format.path())? {
            let file = file?;
            let name = format!("{}/{}", format.file_name().display(), file.file_name().display());
            files.insert(name, fs::read_to_string(file.path())?);
        }
    }
    Ok(files)
}

/// The keys of the vectors, for `spec/keys.json`: seeds and public halves, so that anybody can make a
/// vector again.
pub(crate) fn keys() -> String {
    let members = |name: &str| {
        vec![
            ("name", Value::from(name)),
            ("seed", Digest::from_bytes(seed(name)).hex().into()),
            ("public", public(name).into()),
            ("id", id(name).into()),
        ]
    };
    let touched = |name: &str, algorithm: Algorithm| {
        let more = [("suite", Value::from("webauthn")), ("algorithm", Value::from(algorithm.as_str()))];
        Value::object(members(name).into_iter().chain(more))
    };
    let plain = NAMES.iter().map(|name| Value::object(members(name)));
    let passkeys = PASSKEYS.iter().map(|(name, algorithm, _)| touched(name, *algorithm));
    pretty(&Value::List(plain.chain(passkeys).collect()))
}

/// Writes every vector and removes what is none.
pub(crate) fn write_vectors(folder: &Path) -> io::Result<usize> {
    let expected = expected();
    fs::write(folder.join("../keys.json"), keys())?;
    for name in present(folder)?.keys().filter(|name| !expected.contains_key(*name)) {
        fs::remove_file(folder.join(name))?;
    }
    for (name, text) in &expected {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap())?;
        fs::write(path, text)?;
    }
    Ok(expected.len())
}

/// The `number`th generated case of a seed: one in six is good. Its name, itself, and how its verdict
/// must begin.
pub(crate) fn generated(seed: u64, number: usize) -> (&'static str, Case, String) {
    let mut random = Random::new(seed ^ (u64::try_from(number).unwrap() << 32));
    if number % 6 == 5 {
        let (name, case) = fine(number / 6, &mut random);
        return (name, case, "accepted".into());
    }
    faulty(number - number / 6, &mut random)
}

/// Writes `count` generated cases, one a line, with what the seeded fault must lead to and what this
/// crate says. `spec/verify.py chains` reads the same lines.
pub(crate) fn write_cases(path: &Path, seed: u64, count: usize) -> io::Result<()> {
    let mut out = BufWriter::new(fs::File::create(path)?);
    in_parallel(count, |number| case_line(seed, number), |text| writeln!(out, "{text}"))?;
    out.flush()
}

/// Writes `count` cases whose verdict nobody decided on, one a line, with what this crate says.
pub(crate) fn write_wild(path: &Path, seed: u64, count: usize) -> io::Result<()> {
    let mut out = BufWriter::new(fs::File::create(path)?);
    in_parallel(count, |number| super::wild::line(seed, number), |text| writeln!(out, "{text}"))?;
    out.flush()
}

fn case_line(seed: u64, number: usize) -> String {
    let (name, case, expected) = generated(seed, number);
    let mut members = case.to_members();
    members.push(("fault", Value::from(name)));
    members.push(("seeded", Value::from(expected)));
    members.push(("rust", Value::from(line(&case.judge()))));
    compact(&Value::object(members))
}

/// Makes `count` things on every core and hands them on in order.
pub(crate) fn in_parallel<T: Send, E>(
    count: usize,
    make: impl Fn(usize) -> T + Sync,
    mut take: impl FnMut(T) -> Result<(), E>,
) -> Result<(), E> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let lot = 64 * cores;
    for start in (0..count).step_by(lot) {
        let numbers: Vec<usize> = (start..count.min(start + lot)).collect();
        let share = numbers.len().div_ceil(cores);
        let made: Vec<T> = thread::scope(|scope| {
            let make = &make;
            let workers: Vec<_> = numbers
                .chunks(share)
                .map(|part| scope.spawn(move || part.iter().map(|number| make(*number)).collect::<Vec<T>>()))
                .collect();
            workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
        });
        made.into_iter().try_for_each(&mut take)?;
    }
    Ok(())
}
