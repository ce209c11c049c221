//! Another user of the machine: cannot connect to either socket, cannot enter the folders.
//!
//! Becoming another user takes root. Where the tests run as an ordinary user, what the system checks is
//! checked instead: who owns each folder on the way and each socket, and what their modes let others do.

use crate::stage::Stage;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::path::Path;

/// Nobody: the user id that owns nothing.
const NOBODY: &str = "65534";

#[tokio::test(flavor = "multi_thread")]
async fn gets_nowhere() {
    let stage = Stage::start().await;
    stage.delegate().await;
    let own = rustix::process::geteuid().as_raw();
    for socket in [stage.places().console_socket(), stage.places().agent_socket()] {
        let file = std::fs::symlink_metadata(&socket).unwrap();
        assert!(file.file_type().is_socket());
        assert_eq!((file.uid(), file.mode() & 0o777), (own, 0o600), "{}", socket.display());
        let folder = socket.parent().unwrap().metadata().unwrap();
        assert_eq!((folder.uid(), folder.mode() & 0o777), (own, 0o700), "{}", socket.display());
    }
    let data = stage.places().data.metadata().unwrap();
    assert_eq!((data.uid(), data.mode() & 0o777), (own, 0o700));
    if own == 0 {
        let data = stage.places().data;
        let secret = data.join("ledger.sqlite");
        // The test's own temporary folder is closed to others; open it, so that the broker's own modes decide.
        let open: std::fs::Permissions = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(&stage.folder, open).unwrap();
        for socket in [stage.places().console_socket(), stage.places().agent_socket()] {
            let said = as_nobody(&[
                "curl",
                "--silent",
                "--show-error",
                "--unix-socket",
                path(&socket),
                "http://x/console/v1/status",
            ]);
            assert!(said.is_err(), "another user connected to {}: {said:?}", socket.display());
        }
        assert!(as_nobody(&["cat", path(&secret)]).is_err(), "another user read the ledger");
        assert!(as_nobody(&["ls", path(&data)]).is_err(), "another user listed the data folder");
        println!("as root: user {NOBODY} was refused at both sockets, the ledger and the data folder");
    } else {
        println!(
            "as user {own}: owners and modes were checked; that user {NOBODY} is refused is shown when run as root"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn is_refused_even_if_the_modes_were_opened() {
    let stage = Stage::start().await;
    let socket = stage.places().console_socket();
    let own = rustix::process::geteuid().as_raw();
    let open = |file: &Path, mode: u32| {
        std::fs::set_permissions(file, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
    };
    for folder in [stage.folder.as_path(), stage.places().run.as_path(), socket.parent().unwrap()] {
        open(folder, 0o755);
    }
    open(&socket, 0o666);
    if own == 0 {
        let said =
            as_nobody(&["curl", "--silent", "--unix-socket", path(&socket), "http://x/console/v1/status"])
                .unwrap();
        assert!(said.contains("not-permitted"), "another user reads the console: {said}");
        println!(
            "as root: with its modes opened, the console socket refused user {NOBODY} by its credentials"
        );
    } else {
        // The owner still gets in, so what refuses others is the peer's id and not the mode.
        stage.console().await.status().await.unwrap();
        println!("as user {own}: shown when run as root");
    }
    // The next start closes them again.
    let mut stage = stage;
    stage.kill().await;
    stage.raise().await;
    let mode = |file: &Path| std::fs::symlink_metadata(file).unwrap().mode() & 0o777;
    assert_eq!((mode(&socket), mode(socket.parent().unwrap())), (0o600, 0o700));
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn as_nobody(command: &[&str]) -> Result<String, String> {
    let output = std::process::Command::new("setpriv")
        .args(["--reuid", NOBODY, "--regid", NOBODY, "--clear-groups", "--"])
        .args(command)
        .output()
        .expect("setpriv (package util-linux) runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
}
