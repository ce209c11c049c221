//! The security keys at this machine's USB: Linux's hidraw devices of the usage page FIDO.

use super::report::{REPORT_BYTES, Report, Reports};
use super::{CtapKey, Plugged};
use crate::error::CeremonyError;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::ffi::OsStr;
use std::fs::File;
use std::io::{ErrorKind, Read as _, Write as _};
use std::path::Path;
use std::time::Duration;

/// Where the kernel lists the devices.
const LISTED: &str = "/sys/class/hidraw";
const DEVICES: &str = "/dev";

/// A report descriptor that begins with this is of the usage page FIDO, 0xf1d0 (HID 1.11, 6.2.2.7).
const FIDO: [u8; 3] = [0x06, 0xd0, 0xf1];

/// The keys that are plugged in. One that may not be opened is said to be there.
pub(super) fn plugged_in() -> Result<Vec<Box<dyn Plugged>>, CeremonyError> {
    found(Path::new(LISTED), Path::new(DEVICES))
}

fn found(listed: &Path, devices: &Path) -> Result<Vec<Box<dyn Plugged>>, CeremonyError> {
    // Without a driver there is no such folder, and no key.
    let entries = match std::fs::read_dir(listed) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(system)?,
    };
    let mut names: Vec<_> = entries.flatten().map(|entry| entry.file_name()).collect();
    names.sort();
    let mut keys: Vec<Box<dyn Plugged>> = Vec::new();
    let mut closed = None;
    for name in names.into_iter().filter(|name| is_fido(&listed.join(name))) {
        match open(&listed.join(&name), &devices.join(&name), &name) {
            Ok(Some(key)) => keys.push(Box::new(key)),
            Ok(None) => {}
            Err(error) => closed = Some(error),
        }
    }
    match closed {
        Some(error) if keys.is_empty() => Err(error),
        _ => Ok(keys),
    }
}

fn is_fido(device: &Path) -> bool {
    std::fs::read(device.join("device/report_descriptor")).is_ok_and(|bytes| bytes.starts_with(&FIDO))
}

fn open(listed: &Path, device: &Path, name: &OsStr) -> Result<Option<CtapKey>, CeremonyError> {
    let file = File::options().read(true).write(true).open(device).map_err(|error| match error.kind() {
        ErrorKind::PermissionDenied => CeremonyError::NotYours(device.display().to_string()),
        _ => system(error),
    })?;
    let model = std::fs::read_to_string(listed.join("device/uevent")).unwrap_or_default();
    let model = model.lines().find_map(|line| line.strip_prefix("HID_NAME=")).unwrap_or("security key");
    // Two of one model are told apart by where they are.
    CtapKey::open(format!("{model} ({})", name.display()), Box::new(Hidraw(file)))
}

struct Hidraw(File);

impl Reports for Hidraw {
    fn send(&self, report: &Report) -> Result<(), CeremonyError> {
        // The number of the report stands before it: these devices have one, without a number.
        let numbered = [&[0], report.as_slice()].concat();
        (&self.0).write_all(&numbered).map_err(gone)
    }

    fn receive(&self, within: Duration) -> Result<Option<Report>, CeremonyError> {
        let mut ready = [PollFd::new(&self.0, PollFlags::IN)];
        let within = Timespec::try_from(within).map_err(|_| gone(ErrorKind::TimedOut.into()))?;
        match poll(&mut ready, Some(&within)) {
            Ok(0) | Err(rustix::io::Errno::INTR) => return Ok(None),
            Ok(_) => {}
            Err(error) => return Err(gone(error.into())),
        }
        let mut report = [0; REPORT_BYTES];
        (&self.0).read_exact(&mut report).map_err(gone)?;
        Ok(Some(report))
    }
}

fn gone(error: std::io::Error) -> CeremonyError {
    CeremonyError::System(format!("the security key went away: {error}"))
}

fn system(error: std::io::Error) -> CeremonyError {
    CeremonyError::System(format!("security keys cannot be looked for: {error}"))
}

#[cfg(test)]
mod tests;
