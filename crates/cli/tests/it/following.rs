//! `operations --follow`: steps as they happen, and across a restart of the broker.

use crate::stand::{PATIENCE, Stand};
use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Instant;

/// A follower and the lines that it has written.
struct Follower {
    child: Child,
    lines: Receiver<String>,
}

impl Follower {
    fn start(stand: &Stand) -> Follower {
        let mut child = stand
            .command()
            .args(["--json", "operations", "--follow"])
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let (sender, lines) = channel();
        let output = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Follower { child, lines }
    }

    /// Waits for a line about an operation that ended so.
    fn sees(&self, outcome: &str, sentence: &str) {
        let started = Instant::now();
        loop {
            let left = PATIENCE.saturating_sub(started.elapsed());
            let line =
                self.lines.recv_timeout(left).unwrap_or_else(|_| panic!("never saw {outcome} {sentence}"));
            let operation: serde_json::Value = serde_json::from_str(&line).unwrap();
            if operation["outcome"] == outcome && operation["sentence"] == sentence {
                return;
            }
        }
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

#[test]
fn a_follower_sees_everything_also_across_a_restart() {
    let mut stand = Stand::delegated();
    stand.script("$ bailiwick request github.comment --repo acme/backend issue=1 body=before");
    let mut follower = Follower::start(&stand);
    follower.sees("succeeded", "comment on #1 of acme/backend");
    stand.script("$ bailiwick request github.deploy --repo acme/backend ref=main environment=staging");
    follower.sees("succeeded", "deploy main of acme/backend to staging");
    stand.stop_broker();
    stand.start_broker();
    stand.script("$ bailiwick request github.merge --repo acme/backend branch=feat-123 target=main");
    follower.sees("succeeded", "merge feat-123 into main of acme/backend");
    assert!(follower.child.try_wait().unwrap().is_none(), "it goes on");
    let pid = rustix::process::Pid::from_child(&follower.child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    assert_eq!(follower.child.wait().unwrap().code(), Some(130));
}
