//! On a terminal a person is shown what is signed and asked; `script` (util-linux) gives the terminal.

use crate::stand::{BAILIWICK, Stand};
use std::io::Write;
use std::process::{Command, Stdio};

/// Runs a command on a terminal and types `keys`.
fn typed(stand: &Stand, arguments: &str, keys: &str) -> (i32, String) {
    let plain = stand.command();
    let mut command = Command::new("script");
    command.args(["--quiet", "--return", "--flush", "--echo", "never", "--command"]);
    command.arg(format!("{BAILIWICK} {arguments}")).arg("/dev/null").env_clear();
    for (name, value) in plain.get_envs() {
        command.env(name, value.unwrap_or_default());
    }
    command.env("SHELL", "/bin/sh").env("TERM", "xterm").current_dir(plain.get_current_dir().unwrap());
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .expect("script (package bsdutils) starts");
    child.stdin.take().unwrap().write_all(keys.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    (output.status.code().unwrap(), String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn a_person_is_shown_what_is_signed_quiet_or_not() {
    let stand = Stand::delegated();
    let before = stand.run(["--json", "status"]).json()["entries"].clone();
    for flag in ["", "--quiet", "--json"] {
        let delegate = format!(
            "{flag} delegate --to ci-bot --allow github.merge --repo acme/backend --arg target=release \
             --for 1h --passphrase-from pass"
        );
        for keys in ["n\n", "\n", "yess\n"] {
            let (code, said) = typed(&stand, &delegate, keys);
            assert!(said.contains("where branch is any branch, target is release"), "{flag}: {said}");
            assert!(said.contains("Sign this? [y/N]"), "{flag}: {said}");
            assert_eq!(code, 3, "{flag} {keys:?}: {said}");
            assert!(said.contains("nothing was signed or sent"), "{flag}: {said}");
        }
    }
    assert_eq!(stand.run(["--json", "status"]).json()["entries"], before, "something was signed");
    let (code, said) = typed(
        &stand,
        "delegate --to ci-bot --allow github.merge --repo acme/backend --arg target=release --for 1h",
        "y\ncorrect horse battery staple\n",
    );
    assert_eq!(code, 0, "{said}");
    assert!(!said.contains("correct horse"), "the passphrase was echoed: {said}");
    assert_ne!(stand.run(["--json", "status"]).json()["entries"], before);
}
