//! A process of the broker's own user: cannot read its memory, its environment, its descriptors, cannot
//! attach to it, and gets no core file from it.

use crate::stage::{Broker, Launch, Plan, Stage, sized, until};
use rustix::process::Signal;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The user that attacks and that the broker runs as: this one, or an ordinary one where this is root,
/// because root may read everything.
fn ordinary() -> Vec<String> {
    if rustix::process::geteuid().is_root() {
        let words = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "--"];
        return words.map(str::to_owned).to_vec();
    }
    Vec::new()
}

/// A broker under that user, with its secrets read.
async fn broker_of_an_ordinary_user(through: &[&str]) -> (Stage, Broker) {
    let stage = Stage::bare(Plan::default()).await;
    if rustix::process::geteuid().is_root() {
        let nobody = Some(65_534);
        std::os::unix::fs::chown(&stage.folder, nobody, nobody).unwrap();
    }
    let words = ordinary().into_iter().chain(through.iter().map(|word| (*word).to_owned()));
    let launch = Launch::through(words);
    let broker = Broker::start(&launch, &stage.folder, &stage.secrets).await;
    // Root is not the broker's user, so it is not let in; that it is refused is an answer, too.
    until("the broker serves", async || {
        let socket = stage.places().console_socket();
        // The file is there a moment before anybody listens on it.
        tokio::net::UnixStream::connect(stage.places().console_socket()).await.ok()?;
        let answer = crate::stage::send(&socket, "GET", "/console/v1/status", b"").await;
        (answer.status != 0).then_some(())
    })
    .await;
    (stage, broker)
}

fn run(words: &[String]) -> Output {
    Command::new(&words[0]).args(&words[1..]).output().unwrap_or_else(|error| panic!("{}: {error}", words[0]))
}

/// Attaches and reads by the system calls that debuggers use; exits with 0 if anything was had.
const DEBUGGER: &str = r"
import ctypes, os, sys
pid = int(sys.argv[1])
libc = ctypes.CDLL(None, use_errno=True)
class iovec(ctypes.Structure):
    _fields_ = [('base', ctypes.c_void_p), ('len', ctypes.c_size_t)]
got = []
for name, request in (('attach', 16), ('seize', 0x4206)):
    if libc.ptrace(request, pid, 0, 0) == 0:
        got.append(name)
buffer = ctypes.create_string_buffer(64)
local, remote = iovec(ctypes.addressof(buffer), 64), iovec(0x10000, 64)
if libc.process_vm_readv(pid, ctypes.byref(local), 1, ctypes.byref(remote), 1, 0) >= 0 or ctypes.get_errno() not in (1,):
    got.append('process_vm_readv: errno %d' % ctypes.get_errno())
try:
    fd = os.pidfd_open(pid)
    if libc.syscall(438, fd, 0, 0) >= 0:
        got.append('pidfd_getfd')
except OSError:
    pass
print(got)
sys.exit(0 if got else 1)
";

#[tokio::test(flavor = "multi_thread")]
async fn cannot_be_read_by_its_own_user() {
    let (_stage, broker) = broker_of_an_ordinary_user(&[]).await;
    let pid = broker.pid().as_raw_nonzero().get();
    let (files, rounds) = (
        [
            "mem",
            "environ",
            "maps",
            "auxv",
            "stack",
            "syscall",
            "io",
            "fd",
            "map_files",
            "root",
            "cwd",
            "exe",
            "pagemap",
        ],
        sized(10, 1_000),
    );
    let (mut attempts, mut got) = (0, Vec::new());
    for _ in 0..rounds {
        for name in files {
            let path = format!("/proc/{pid}/{name}");
            let look = match name {
                "fd" | "map_files" => format!("ls -l '{path}' && cat '{path}'/0"),
                "root" | "cwd" | "exe" => format!("readlink '{path}'"),
                "mem" => format!("dd if='{path}' bs=1 skip=65536 count=1 2>/dev/null || exec 3<'{path}'"),
                _ => format!("cat '{path}'"),
            };
            let words: Vec<String> = ordinary().into_iter().chain(["sh".into(), "-c".into(), look]).collect();
            let output = run(&words);
            attempts += 1;
            if output.status.success() && !output.stdout.is_empty()
                || (name == "mem" && output.status.success())
            {
                got.push(format!("{name}: {}", String::from_utf8_lossy(&output.stdout)));
            }
        }
        let words = ["python3", "-c", DEBUGGER, &pid.to_string()].map(str::to_owned);
        let output = run(&ordinary().into_iter().chain(words).collect::<Vec<_>>());
        attempts += 4;
        if output.status.success() {
            got.push(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        assert!(got.is_empty(), "read from the broker: {got:?}");
    }
    println!("{attempts} attempts to read the broker's memory, environment and descriptors: 0 got anything");
    attempt_on_an_open_process();
    broker.kill().await;
}

/// The same attempts on a process that is not hardened get everything: they are real attempts.
fn attempt_on_an_open_process() {
    let mut words = ordinary();
    words.extend(["sleep", "60"].map(str::to_owned));
    let mut open = Command::new(&words[0]).args(&words[1..]).env("CANARY", "seen").spawn().unwrap();
    let pid = open.id();
    let environ = |pid: u32| {
        let look = format!("cat /proc/{pid}/environ");
        run(&ordinary().into_iter().chain(["sh".into(), "-c".into(), look]).collect::<Vec<_>>())
    };
    // setpriv becomes sleep in a moment.
    while std::fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default().trim() != "sleep" {
        std::thread::yield_now();
    }
    let seen = environ(pid);
    open.kill().unwrap();
    open.wait().unwrap();
    assert!(
        String::from_utf8_lossy(&seen.stdout).contains("CANARY=seen"),
        "the attempt itself does not work"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn leaves_no_core_file() {
    let through = ["bash", "-c", "cd \"$1\" && ulimit -c unlimited && shift && exec \"$@\"", "bash"];
    let scratch = tempfile::tempdir().unwrap();
    std::fs::set_permissions(scratch.path(), std::os::unix::fs::PermissionsExt::from_mode(0o777)).unwrap();
    let folder = scratch.path().to_str().unwrap();
    let words: Vec<&str> = through.iter().copied().chain([folder]).collect();
    let (stage, mut broker) = broker_of_an_ordinary_user(&words).await;
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", broker.pid().as_raw_nonzero())).unwrap();
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    assert!(core.split_whitespace().filter(|word| *word == "0").count() == 2, "{core}");
    broker.signal(Signal::ABORT);
    let ended = broker.ended().await;
    assert_eq!(ended.signal(), Some(Signal::ABORT.as_raw()), "{ended:?}");
    assert!(!ended.core_dumped());
    let cores: Vec<PathBuf> = [scratch.path(), stage.folder.as_path(), Path::new(".")]
        .into_iter()
        .flat_map(|folder| std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()))
        .filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("core")))
        .filter(|path| path.is_file())
        .collect();
    assert!(cores.is_empty(), "{cores:?}");
}
