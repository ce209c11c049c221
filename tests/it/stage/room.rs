//! A mount namespace of the test's own, in which a folder is a small file system: an ordinary user makes
//! it (user namespaces), so nothing has to run as root. A system that forbids that fails the test.

use super::Launch;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::process::{Child, Command};

/// The namespace, for as long as this lives.
pub(crate) struct Room {
    holder: Child,
    pid: u32,
}

impl Room {
    /// A namespace in which `folder` is a tmpfs of `size` (as mount takes it).
    pub(crate) async fn with_tmpfs(folder: &Path, size: &str) -> Room {
        let script = r#"mount -t tmpfs -o "size=$2,mode=0700" none "$1" && echo ready && exec cat"#;
        let mut holder = Command::new("unshare")
            .args(["--user", "--map-root-user", "--mount", "sh", "-c", script, "room"])
            .arg(folder)
            .arg(size)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("unshare (package util-linux) runs");
        let mut line = String::new();
        BufReader::new(holder.stdout.as_mut().unwrap()).read_line(&mut line).await.unwrap();
        if line.trim() != "ready" {
            let mut why = String::new();
            holder.stderr.take().unwrap().read_to_string(&mut why).await.unwrap();
            panic!(
                "no file system of the test's own could be mounted, so a full disk was NOT shown: {why}\
                 (user namespaces must be allowed: `sysctl kernel.unprivileged_userns_clone=1`)"
            );
        }
        let pid = holder.id().unwrap();
        Room { holder, pid }
    }

    /// Starts programs inside.
    pub(crate) fn launch(&self) -> Launch {
        let pid = self.pid.to_string();
        Launch::through(["nsenter", "--target", &pid, "--user", "--mount", "--preserve-credentials", "--"])
    }

    /// A path inside, as it is reached from outside.
    pub(crate) fn path(&self, inside: &Path) -> PathBuf {
        PathBuf::from(format!("/proc/{}/root{}", self.pid, inside.display()))
    }

    /// Runs a command inside; it must succeed.
    pub(crate) async fn run(&self, command: &[&str]) {
        let output = self.launch().command(Path::new(command[0])).args(&command[1..]).output().await.unwrap();
        assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// Takes all the space that is left on the file system of `folder` (inside).
    pub(crate) fn fill(&self, folder: &Path) {
        use std::io::Write as _;
        let mut ballast = std::fs::File::create(self.path(&folder.join("ballast"))).unwrap();
        for size in [64 * 1024, 4096, 1] {
            let part = vec![b'x'; size];
            while ballast.write_all(&part).is_ok() {}
        }
    }

    /// Gives the space back.
    pub(crate) fn free(&self, folder: &Path) {
        std::fs::remove_file(self.path(&folder.join("ballast"))).unwrap();
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        self.holder.start_kill().ok();
    }
}
