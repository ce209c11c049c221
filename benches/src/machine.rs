//! What the figures were measured on: they hold for this machine in this run.

use crate::Failed;
use std::path::Path;

/// What built this program.
const LOCK: &str = include_str!("../../Cargo.lock");

/// The packages whose versions a figure depends on.
const NAMED: [&str; 7] = [
    "ed25519-dalek",
    "curve25519-dalek",
    "libsqlite3-sys",
    "rusqlite",
    "cedar-policy",
    "tenuo",
    "biscuit-auth",
];

/// The machine and the versions, a fact a line.
pub(crate) fn facts(folder: &Path) -> Result<Vec<String>, Failed> {
    let cores = std::thread::available_parallelism()?;
    let processor = field("/proc/cpuinfo", "model name");
    let kernel = read("/proc/sys/kernel/osrelease");
    let versions: Vec<String> = NAMED.iter().map(|name| format!("{name} {}", locked(name))).collect();
    Ok(vec![
        format!("machine: {cores} cores, {processor}, Linux {kernel}"),
        format!("ledgers on: {}", file_system(folder)),
        format!("built: release with thin LTO, overflow checks on, SQLite {}", rusqlite::version()),
        format!("versions: {}", versions.join(", ")),
    ])
}

/// The load averages over 1, 5 and 15 minutes.
pub(crate) fn load() -> String {
    let text = read("/proc/loadavg");
    text.split(' ').take(3).collect::<Vec<_>>().join(" ")
}

fn read(path: &str) -> String {
    std::fs::read_to_string(path).map_or_else(|_| "unknown".to_owned(), |text| text.trim().to_owned())
}

fn field(path: &str, name: &str) -> String {
    let text = read(path);
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.trim_start().strip_prefix(':'));
    line.map_or_else(|| "unknown processor".to_owned(), |value| value.trim().to_owned())
}

/// The versions of a package in the lock file; several where a peer brings another.
fn locked(name: &str) -> String {
    let wanted = format!("name = \"{name}\"");
    let mut lines = LOCK.lines();
    let mut versions = Vec::new();
    while lines.by_ref().any(|line| line == wanted) {
        let version = lines.next().and_then(|line| line.strip_prefix("version = \""));
        versions.extend(version.map(|version| version.trim_end_matches('"').to_owned()));
    }
    versions.join(" and ")
}

/// The file system that `folder` lies on: the mount with the longest path above it.
fn file_system(folder: &Path) -> String {
    let mounts = read("/proc/self/mounts");
    let above = mounts.lines().filter_map(|line| {
        let mut fields = line.split(' ');
        let (_, at, kind, options) = (fields.next()?, fields.next()?, fields.next()?, fields.next()?);
        folder.starts_with(at).then(|| (at.len(), format!("{kind} ({options})")))
    });
    above.max_by_key(|(length, _)| *length).map_or_else(|| "unknown".to_owned(), |(_, kind)| kind)
}
