//! Programs that change the keychain take turns.
//!
//! No system's keychain can "store only if absent" everywhere; the Secret Service replaces
//! or duplicates. So looking and storing happen under a lock file of this user, which the
//! system releases when a program dies. It orders our own programs only: it protects from
//! accidents, not from an attacker under the same user.

use std::fs::{File, OpenOptions};
use std::path::PathBuf;

use super::KeychainError;

/// Held while looking and storing.
pub(super) struct Turn {
    _lock: File,
}

/// Waits for the turn. The caller's time limit bounds the waiting.
pub(super) fn take() -> Result<Turn, KeychainError> {
    let path = lock_path();
    let failed = |e: std::io::Error| KeychainError::Other {
        detail: format!("the lock file `{}` cannot be had: {e}", path.display()),
    };
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600).custom_flags(nofollow());
    }
    let file = options.open(&path).map_err(failed)?;
    file.lock().map_err(failed)?;
    Ok(Turn { _lock: file })
}

#[cfg(unix)]
fn nofollow() -> i32 {
    let bits = rustix::fs::OFlags::NOFOLLOW.union(rustix::fs::OFlags::CLOEXEC);
    i32::try_from(bits.bits()).unwrap_or(0)
}

#[cfg(unix)]
fn lock_path() -> PathBuf {
    let uid = rustix::process::getuid().as_raw();
    std::env::var_os("XDG_RUNTIME_DIR")
        .map(PathBuf::from)
        .filter(|folder| folder.is_absolute())
        .unwrap_or_else(std::env::temp_dir)
        .join(format!("bailiwick-keychain-{uid}.lock"))
}

#[cfg(not(unix))]
fn lock_path() -> PathBuf {
    std::env::temp_dir().join("bailiwick-keychain.lock")
}
