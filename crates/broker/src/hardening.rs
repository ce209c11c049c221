//! Keeping other processes of the same user out of the broker's memory.

/// Why the process could not be hardened. It must not run then.
#[derive(Debug, thiserror::Error)]
#[error("the process cannot be kept from being read or dumped: {0}")]
pub struct HardeningError(String);

/// Makes this process unreadable to debuggers of the same user, and keeps it from leaving core files.
/// Call it before the first secret is read.
#[cfg(target_os = "linux")]
pub fn harden() -> Result<(), HardeningError> {
    use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};
    let failed = |error: rustix::io::Errno| HardeningError(error.to_string());
    set_dumpable_behavior(DumpableBehavior::NotDumpable).map_err(failed)?;
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) }).map_err(failed)
}

/// As on Linux, as far as the system lets a process say so: core files only.
#[cfg(all(unix, not(target_os = "linux")))]
pub fn harden() -> Result<(), HardeningError> {
    use rustix::process::{Resource, Rlimit, setrlimit};
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })
        .map_err(|error| HardeningError(error.to_string()))
}

/// Windows keeps the memory of a process from other users; from the same user nothing does.
#[cfg(windows)]
pub fn harden() -> Result<(), HardeningError> {
    Ok(())
}
