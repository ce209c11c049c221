//! Keeping other processes of the same user out of the console's memory, where passphrases and App keys pass.

/// Makes this process unreadable to debuggers of the same user, and keeps it from leaving core files.
#[cfg(target_os = "linux")]
pub(crate) fn harden() -> Result<(), String> {
    use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};
    set_dumpable_behavior(DumpableBehavior::NotDumpable).map_err(|error| error.to_string())?;
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    setrlimit(Resource::Core, none).map_err(|error| error.to_string())
}

/// As on Linux, as far as the system lets a process say so: core files only.
#[cfg(all(unix, not(target_os = "linux")))]
pub(crate) fn harden() -> Result<(), String> {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    setrlimit(Resource::Core, none).map_err(|error| error.to_string())
}

/// Windows keeps the memory of a process from other users; from the same user nothing does.
#[cfg(windows)]
pub(crate) fn harden() -> Result<(), String> {
    Ok(())
}
