//! A USB at which security keys in software are. The program that is tested is the shipped one: it finds them where the
//! kernel lists devices, in a mount namespace in which these are the only ones, and talks to them by 64-byte reports.
//! Terminals stand in for the devices.

use bailiwick_testkit::{Habits, SoftwareSecurityKey};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{OptionalActions, QueueSelector, tcflush, tcgetattr, tcsetattr};
use std::fs::{File, Permissions};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::JoinHandle;

/// A report, with its number before it as programs write it.
const NUMBERED: usize = 65;

/// A report descriptor of the usage page FIDO.
const DESCRIPTOR: [u8; 5] = [0x06, 0xd0, 0xf1, 0x09, 0x01];

/// How often a key that waits for its touch says so.
const KEEPALIVE: Timespec = Timespec { tv_sec: 0, tv_nsec: 50_000_000 };

const NOW: Timespec = Timespec { tv_sec: 0, tv_nsec: 0 };

/// The keys, and where they are plugged in.
pub(crate) struct Usb {
    listed: PathBuf,
    plugged: Vec<Plugged>,
    ends: Arc<AtomicBool>,
}

struct Plugged {
    key: Arc<Mutex<SoftwareSecurityKey>>,
    device: PathBuf,
    serving: Option<JoinHandle<()>>,
}

/// A key that waits until a test touches it.
pub(crate) fn untouched() -> SoftwareSecurityKey {
    SoftwareSecurityKey::new(Habits { touched: false, ..Habits::default() })
}

impl Usb {
    /// A USB with these keys; `folder` is for what the kernel would list.
    pub(crate) fn with(folder: &Path, keys: Vec<SoftwareSecurityKey>) -> Usb {
        let mut usb = Usb { listed: folder.to_owned(), plugged: Vec::new(), ends: Arc::default() };
        std::fs::create_dir_all(folder).unwrap();
        for (number, key) in keys.into_iter().enumerate() {
            let device = folder.join(format!("hidraw{number}/device"));
            std::fs::create_dir_all(&device).unwrap();
            std::fs::write(device.join("report_descriptor"), DESCRIPTOR).unwrap();
            std::fs::write(device.join("uevent"), format!("HID_NAME=Soft Key {}\n", number + 1)).unwrap();
            usb.plug(key);
        }
        usb
    }

    fn plug(&mut self, key: SoftwareSecurityKey) {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let device = PathBuf::from(ptsname(&master, Vec::new()).unwrap().into_string().unwrap());
        // Held open, so that the terminal stays as it is set while no program has it.
        let line = File::options().read(true).write(true).open(&device).unwrap();
        let mut settings = tcgetattr(&line).unwrap();
        settings.make_raw();
        tcsetattr(&line, OptionalActions::Now, &settings).unwrap();
        let key = Arc::new(Mutex::new(key));
        let (served, ends) = (Arc::clone(&key), Arc::clone(&self.ends));
        let serving = std::thread::spawn(move || serve(&File::from(master), &line, &served, &ends));
        self.plugged.push(Plugged { key, device, serving: Some(serving) });
    }

    /// A key, to look at or to touch.
    pub(crate) fn key(&self, number: usize) -> MutexGuard<'_, SoftwareSecurityKey> {
        self.plugged[number].key.lock().unwrap()
    }

    /// From now on nobody may open this key's device.
    pub(crate) fn forbid(&self, number: usize) {
        std::fs::set_permissions(&self.plugged[number].device, Permissions::from_mode(0o000)).unwrap();
    }

    /// The command line that runs a program where these keys are.
    pub(crate) fn wrapper(&self) -> Vec<String> {
        let mut words: Vec<String> =
            ["bwrap", "--dev-bind", "/", "/", "--dev", "/dev", "--bind"].map(str::to_owned).into();
        words.extend([self.listed.display().to_string(), "/sys/class/hidraw".to_owned()]);
        for (number, plugged) in self.plugged.iter().enumerate() {
            let device = plugged.device.display().to_string();
            words.extend(["--dev-bind".to_owned(), device, format!("/dev/hidraw{number}")]);
        }
        words
    }
}

impl Drop for Usb {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::SeqCst);
        for plugged in &mut self.plugged {
            plugged.serving.take().unwrap().join().ok();
        }
    }
}

/// Carries reports between a key and whoever has its device open.
fn serve(mut device: &File, line: &File, key: &Mutex<SoftwareSecurityKey>, ends: &AtomicBool) {
    while !ends.load(Ordering::SeqCst) {
        let mut ready = [PollFd::new(&device, PollFlags::IN)];
        if poll(&mut ready, Some(&KEEPALIVE)).unwrap() > 0 {
            let mut numbered = [0; NUMBERED];
            device.read_exact(&mut numbered).unwrap();
            let (_, report) = numbered.split_first().unwrap();
            // Whoever opens a device hears nothing of what was said before.
            if report.starts_with(&[0xff; 4]) {
                tcflush(line, QueueSelector::IFlush).unwrap();
            }
            key.lock().unwrap().take(report.try_into().unwrap());
        }
        // One that waits would say so for ever.
        let mut key = key.lock().unwrap();
        while let Some(report) = key.give() {
            // Nobody may read any more: what is said then is lost.
            if poll(&mut [PollFd::new(&device, PollFlags::OUT)], Some(&NOW)).unwrap() > 0 {
                device.write_all(&report).unwrap();
            }
            if key.waits() {
                break;
            }
        }
    }
}
