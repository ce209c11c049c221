//! The process at the other end of a socket, as the system shows it. Recorded, never trusted: a name
//! and a folder say nothing about who wrote the program.

use bailiwick_authority::Value;
use std::os::fd::OwnedFd;
use std::sync::Arc;

/// What the system says about a peer.
#[derive(Clone, Debug)]
pub(crate) struct Peer {
    /// The user id.
    pub(crate) uid: u32,
    /// The process id, where the system tells it.
    pub(crate) pid: Option<i32>,
    /// A handle on that very process, so that a reused number is not mistaken for it.
    pub(crate) handle: Option<Arc<OwnedFd>>,
}

/// How many ancestors are looked at.
const ANCESTORS: usize = 6;

/// The longest name that is recorded, in characters.
#[cfg(target_os = "linux")]
const NAME_CHARACTERS: usize = 200;

impl Peer {
    /// The peer with these credentials, seen now.
    pub(crate) fn new(uid: u32, pid: Option<i32>) -> Peer {
        Peer { uid, pid, handle: pid.and_then(handle_on).map(Arc::new) }
    }

    /// `{"uid", "pid"?, "executable"?, "folder"?, "ancestry"?: [executables]}`, read now.
    pub(crate) fn observe(&self) -> Value {
        let mut members = vec![("uid", Value::from(self.uid))];
        if let Some(pid) = self.pid.filter(|_| self.is_there()) {
            members.push(("pid", Value::Int(i64::from(pid))));
            members.extend(link(pid, "exe").map(|name| ("executable", Value::Str(name))));
            members.extend(link(pid, "cwd").map(|name| ("folder", Value::Str(name))));
            let ancestry = ancestors(pid);
            if !ancestry.is_empty() {
                members.push(("ancestry", Value::strings(ancestry)));
            }
        }
        if !self.is_there() {
            // The process ended while it was looked at: what was read may be another's.
            members.truncate(1);
        }
        Value::object(members)
    }

    #[cfg(target_os = "linux")]
    fn is_there(&self) -> bool {
        use rustix::event::{PollFd, PollFlags, Timespec, poll};
        let now = Timespec { tv_sec: 0, tv_nsec: 0 };
        let Some(handle) = &self.handle else { return false };
        // A process handle becomes readable when its process ends.
        poll(&mut [PollFd::new(handle.as_ref(), PollFlags::IN)], Some(&now)) == Ok(0)
    }

    #[cfg(not(target_os = "linux"))]
    fn is_there(&self) -> bool {
        self.pid.is_some()
    }
}

#[cfg(target_os = "linux")]
fn handle_on(pid: i32) -> Option<OwnedFd> {
    let pid = rustix::process::Pid::from_raw(pid)?;
    rustix::process::pidfd_open(pid, rustix::process::PidfdFlags::empty()).ok()
}

#[cfg(not(target_os = "linux"))]
fn handle_on(_: i32) -> Option<OwnedFd> {
    None
}

fn ancestors(pid: i32) -> Vec<String> {
    let mut names = Vec::new();
    let mut current = pid;
    while let Some(parent) = parent_of(current).filter(|parent| *parent > 0 && names.len() < ANCESTORS) {
        names.extend(link(parent, "exe"));
        current = parent;
        if parent == 1 {
            break;
        }
    }
    names
}

#[cfg(target_os = "linux")]
fn link(pid: i32, what: &str) -> Option<String> {
    let target = std::fs::read_link(format!("/proc/{pid}/{what}")).ok()?;
    Some(printable(&target.to_string_lossy()))
}

#[cfg(not(target_os = "linux"))]
fn link(_: i32, _: &str) -> Option<String> {
    None
}

#[cfg(target_os = "linux")]
fn parent_of(pid: i32) -> Option<i32> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    status.lines().find_map(|line| line.strip_prefix("PPid:"))?.trim().parse().ok()
}

#[cfg(not(target_os = "linux"))]
fn parent_of(_: i32) -> Option<i32> {
    None
}

/// A file name is the peer's to choose: what disturbs is escaped, the rest is cut.
#[cfg(target_os = "linux")]
fn printable(name: &str) -> String {
    let mut out = String::new();
    for character in name.chars().take(NAME_CHARACTERS) {
        crate::record::push_printable(&mut out, character);
    }
    out
}
