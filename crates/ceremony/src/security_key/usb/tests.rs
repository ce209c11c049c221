//! Devices as the kernel lists them, in a folder; and a software key behind a terminal's two ends, which are
//! opened, read and written like a device.

use super::super::Verification;
use super::*;
use bailiwick_testkit::{Habits, SoftwareSecurityKey};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use tempfile::TempDir;

const KEYBOARD: [u8; 4] = [0x05, 0x01, 0x09, 0x06];

fn listed(folder: &TempDir, name: &str, descriptor: &[u8]) {
    let device = folder.path().join("sys").join(name).join("device");
    std::fs::create_dir_all(&device).unwrap();
    std::fs::write(device.join("report_descriptor"), [descriptor, &[0x09, 0x01]].concat()).unwrap();
    std::fs::write(device.join("uevent"), "HID_ID=0003:00001050:00000407\nHID_NAME=Maker's Key\n").unwrap();
    std::fs::create_dir_all(folder.path().join("dev")).unwrap();
}

fn look(folder: &TempDir) -> Result<Vec<Box<dyn Plugged>>, CeremonyError> {
    found(&folder.path().join("sys"), &folder.path().join("dev"))
}

/// Plugs a software key in, at this device.
fn plug(folder: &TempDir, name: &str) {
    let main = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&main).unwrap();
    unlockpt(&main).unwrap();
    let other = ptsname(&main, Vec::new()).unwrap();
    let other = Path::new(other.to_str().unwrap());
    let end = File::options().read(true).write(true).open(other).unwrap();
    let mut raw = rustix::termios::tcgetattr(&end).unwrap();
    raw.make_raw();
    rustix::termios::tcsetattr(&end, rustix::termios::OptionalActions::Now, &raw).unwrap();
    symlink(other, folder.path().join("dev").join(name)).unwrap();
    std::thread::spawn(move || {
        let mut key = SoftwareSecurityKey::new(Habits::default());
        let mut main = File::from(main);
        let mut numbered = [0; REPORT_BYTES + 1];
        // Its end of the line stays open as long as it is plugged in.
        let _end = end;
        while main.read_exact(&mut numbered).is_ok() {
            assert_eq!(numbered[0], 0, "the number of a report without a number");
            key.take(numbered[1..].try_into().unwrap());
            while let Some(report) = key.give() {
                main.write_all(&report).unwrap();
            }
        }
    });
}

#[test]
fn only_fido_devices_are_opened_and_named_by_model_and_place() {
    let folder = tempfile::tempdir().unwrap();
    assert!(look(&folder).unwrap().is_empty(), "a machine without such devices");
    listed(&folder, "hidraw0", &KEYBOARD);
    listed(&folder, "hidraw1", &FIDO);
    listed(&folder, "hidraw2", &FIDO);
    for name in ["hidraw1", "hidraw2"] {
        plug(&folder, name);
    }
    let keys = look(&folder).unwrap();
    let names: Vec<String> = keys.iter().map(|key| key.name()).collect();
    assert_eq!(names, ["Maker's Key (hidraw1)", "Maker's Key (hidraw2)"]);
    assert!(matches!(keys[0].verification(), Ok(Verification::Pin { left: 8 })));
    assert!(!keys[1].holds(&[7; 32]).unwrap());
}

#[test]
fn a_key_that_may_not_be_opened_is_said_to_be_there() {
    let folder = tempfile::tempdir().unwrap();
    listed(&folder, "hidraw0", &FIDO);
    let device = folder.path().join("dev/hidraw0");
    std::fs::write(&device, "").unwrap();
    std::fs::set_permissions(&device, std::fs::Permissions::from_mode(0o000)).unwrap();
    // Permissions bind everybody but root, who is told that it is no device.
    let error = look(&folder).err().unwrap();
    let root = rustix::process::geteuid().is_root();
    assert_eq!(matches!(error, CeremonyError::NotYours(_)), !root, "{error}");
    // One that can be opened is not hidden by one that cannot.
    listed(&folder, "hidraw1", &FIDO);
    plug(&folder, "hidraw1");
    assert_eq!(look(&folder).unwrap().len(), 1);
}
