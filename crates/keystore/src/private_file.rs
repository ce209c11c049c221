//! Files that only their owner may read: written once, durably, and refused when exposed.
//!
//! Checks look at the opened file itself, and at its mode bits rather than at whether
//! opening succeeds, so that they hold for root too. It must never write over a file.
//! A known gap: on Windows there are no mode bits; the folder's access list is trusted.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

/// Larger than any key file; reading stops there.
pub(crate) const MAX_BYTES: u64 = 64 * 1024;

/// Why a private file was not read or written.
#[derive(Debug, thiserror::Error)]
pub enum PrivateFileError {
    /// There is no such file.
    #[error("there is no file `{}`", .path.display())]
    Absent {
        /// The path asked for.
        path: PathBuf,
    },
    /// There is such a file already; it was left as it is.
    #[error("`{}` exists already; it was left as it is", .path.display())]
    Exists {
        /// The path that was to be written.
        path: PathBuf,
    },
    /// Others than its owner may read or write it.
    #[error("`{}` has mode {mode:04o}: others than its owner may use it", .path.display())]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// It belongs to somebody else.
    #[error("`{}` belongs to user {owner}, not to you", .path.display())]
    ForeignOwner {
        /// The file.
        path: PathBuf,
        /// The owner's user number.
        owner: u32,
    },
    /// It is a folder, a pipe or a device.
    #[error("`{}` is not an ordinary file", .path.display())]
    NotAFile {
        /// The path.
        path: PathBuf,
    },
    /// It is larger than any such file can be.
    #[error("`{}` is larger than {MAX_BYTES} bytes", .path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
    },
    /// The system refused.
    #[error("cannot {action} `{}`: {source}", .path.display())]
    Io {
        /// What was tried, such as `read`.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The system's words.
        source: io::Error,
    },
}

impl PrivateFileError {
    /// What the person can do.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Absent { .. } => "check the path, or make the key first",
            Self::Exists { .. } => "choose another path; a key is never written over",
            Self::Exposed { .. } => {
                "whoever could read it may have copied it: make a new key if in doubt, \
                 otherwise `chmod 600` it"
            }
            Self::ForeignOwner { .. } => "use a key file of your own",
            Self::NotAFile { .. } | Self::TooLarge { .. } => "check the path",
            Self::Io { .. } => "check the disk and the folder's permissions",
        }
    }
}

/// Who may read a file besides its owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Audience {
    /// Nobody. For key files.
    OwnerOnly,
    /// The group's bits are not looked at: systemd grants a service access to its
    /// credentials by an access list, whose mask shows in the group's bits.
    NotEveryone,
}

/// Writes a new file with mode 0600. When this returns, file and name are durable.
///
/// The bytes go to a draft first, which is then linked to its name: a crash leaves the
/// whole file or none, never a torn one, and an existing file stays. At worst a draft
/// (`.name.….new`, mode 0600 too) is left beside it.
pub(crate) fn create(path: &Path, bytes: &[u8]) -> Result<(), PrivateFileError> {
    let folder = folder_of(path);
    let failed = |action, source| PrivateFileError::Io { action, path: path.to_owned(), source };
    let draft = draft_name(path).map_err(|e| failed("name", e))?;
    let written = write_new(&draft, bytes).map_err(|e| failed("write", e));
    let linked = written.and_then(|()| match fs::hard_link(&draft, path) {
        Ok(()) => Ok(()),
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {
            Err(PrivateFileError::Exists { path: path.to_owned() })
        }
        Err(e) => Err(failed("create", e)),
    });
    // The draft is secret too; it goes whatever happened.
    let removed = match fs::remove_file(&draft) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(failed("tidy up after", e)),
        _ => Ok(()),
    };
    linked?;
    removed?;
    sync_folder(folder).map_err(|source| PrivateFileError::Io {
        action: "make durable",
        path: folder.to_owned(),
        source,
    })
}

/// Reads a whole file after checking that nobody else could.
pub(crate) fn read(path: &Path, audience: Audience) -> Result<Zeroizing<Vec<u8>>, PrivateFileError> {
    let failed = |source: io::Error| match source.kind() {
        io::ErrorKind::NotFound => PrivateFileError::Absent { path: path.to_owned() },
        _ => PrivateFileError::Io { action: "read", path: path.to_owned(), source },
    };
    let file = open_without_waiting(path).map_err(failed)?;
    let about = file.metadata().map_err(failed)?;
    if !about.is_file() {
        return Err(PrivateFileError::NotAFile { path: path.to_owned() });
    }
    check_owner_and_mode(path, &about, audience)?;
    // Room for all of it at once: a buffer that grows leaves copies behind.
    let room = usize::try_from(about.len().min(MAX_BYTES)).unwrap_or(0) + 1;
    let mut bytes = Zeroizing::new(Vec::with_capacity(room));
    (&file).take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(PrivateFileError::TooLarge { path: path.to_owned() });
    }
    Ok(bytes)
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

fn draft_name(path: &Path) -> io::Result<PathBuf> {
    let mut random = [0_u8; 8];
    getrandom::fill(&mut random).map_err(io::Error::other)?;
    let Some(file) = path.file_name() else {
        return Err(io::Error::from(io::ErrorKind::InvalidInput));
    };
    let mut name = OsString::from(".");
    name.push(file);
    name.push(format!(".{:016x}.new", u64::from_ne_bytes(random)));
    Ok(folder_of(path).join(name))
}

fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Windows has no way to sync a folder; NTFS journals the name.
#[cfg(not(unix))]
fn sync_folder(_folder: &Path) -> io::Result<()> {
    Ok(())
}

/// A pipe in the file's place must not make us wait for its writer.
#[cfg(unix)]
fn open_without_waiting(path: &Path) -> io::Result<File> {
    let flags =
        rustix::fs::OFlags::RDONLY.union(rustix::fs::OFlags::NONBLOCK).union(rustix::fs::OFlags::CLOEXEC);
    let file = rustix::fs::open(path, flags, rustix::fs::Mode::empty())?;
    Ok(File::from(file))
}

#[cfg(not(unix))]
fn open_without_waiting(path: &Path) -> io::Result<File> {
    File::open(path)
}

#[cfg(unix)]
fn check_owner_and_mode(
    path: &Path,
    about: &fs::Metadata,
    audience: Audience,
) -> Result<(), PrivateFileError> {
    use std::os::unix::fs::MetadataExt;
    let me = rustix::process::geteuid().as_raw();
    judge(path, about.uid(), about.mode(), me, audience)
}

/// Root's own files are fit for everyone to use: whoever is root needs no trick.
#[cfg(unix)]
fn judge(path: &Path, owner: u32, mode: u32, me: u32, audience: Audience) -> Result<(), PrivateFileError> {
    let path = path.to_owned();
    let mode = mode & 0o7777;
    let forbidden = match audience {
        Audience::OwnerOnly => 0o077,
        Audience::NotEveryone => 0o007,
    };
    if mode & forbidden != 0 {
        return Err(PrivateFileError::Exposed { path, mode });
    }
    if owner != me && owner != 0 && me != 0 {
        return Err(PrivateFileError::ForeignOwner { path, owner });
    }
    Ok(())
}

#[cfg(not(unix))]
fn check_owner_and_mode(
    _path: &Path,
    _about: &fs::Metadata,
    _audience: Audience,
) -> Result<(), PrivateFileError> {
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn owner_and_mode_decide_alone() {
        let judged = |owner, mode, me, audience| judge(Path::new("k"), owner, mode, me, audience);
        for (owner, mode, me) in [(7, 0o100_600, 7), (7, 0o100_400, 7), (0, 0o400, 7), (7, 0o600, 0)] {
            judged(owner, mode, me, Audience::OwnerOnly).unwrap();
        }
        for mode in [0o640, 0o604, 0o620, 0o602, 0o610, 0o601, 0o777, 0o444] {
            for me in [7, 0] {
                let exposed = judged(7, mode, me, Audience::OwnerOnly);
                assert!(matches!(exposed, Err(PrivateFileError::Exposed { .. })), "{mode:o}");
            }
        }
        let foreign = judged(8, 0o600, 7, Audience::OwnerOnly);
        assert!(matches!(foreign, Err(PrivateFileError::ForeignOwner { owner: 8, .. })));
        judged(7, 0o440, 7, Audience::NotEveryone).unwrap();
        assert!(judged(7, 0o444, 7, Audience::NotEveryone).is_err());
    }
}
