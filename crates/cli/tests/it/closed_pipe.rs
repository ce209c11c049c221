//! A reader that goes away is no reason to fail, and never a panic.

use crate::stand::Stand;
use std::process::Stdio;

#[test]
fn a_reader_that_goes_away_ends_a_command_quietly() {
    let stand = Stand::bare();
    for arguments in [
        &["--help"][..],
        &["config", "show"],
        &["--json", "config", "show"],
        &["completions", "zsh"],
        &["agent", "list"],
    ] {
        let mut child =
            stand.command().args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {errors}");
        assert!(errors.is_empty(), "{arguments:?}: {errors}");
    }
}
