//! The two sockets: two listeners, two routers, no route on both.

mod agent;
mod answer;
mod approval;
mod console;
mod listen;
mod past;
mod policy;
mod status;

use crate::broker::{Broker, StartError};
use bailiwick_protocol::MAX_WAIT_MS;
use listen::{Bounds, listen};
use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::UnixListener;

/// Agents wait for outcomes, and not longer than this with everything around it.
const AGENTS: Bounds = Bounds { at_once: 256, life: Some(Duration::from_millis(MAX_WAIT_MS + 30_000)) };

/// Consoles listen to events for as long as they like.
const CONSOLES: Bounds = Bounds { at_once: 128, life: None };

/// Serves until the broker ends and everything that was begun has come to its end.
pub(crate) async fn serve(broker: &Arc<Broker>) -> Result<(), StartError> {
    let console = bind(&broker.places.console_socket())?;
    let agent = bind(&broker.places.agent_socket())?;
    tracing::info!(console = %broker.places.console_socket().display(), "serving");
    tokio::join!(
        listen(broker, console, console::router(Arc::clone(broker)), CONSOLES),
        listen(broker, agent, agent::router(Arc::clone(broker)), AGENTS),
    );
    for socket in [broker.places.console_socket(), broker.places.agent_socket()] {
        std::fs::remove_file(&socket).ok();
    }
    Ok(())
}

/// Binds a socket, 0600 in a folder of its own, 0700. The lock on the data folder is held, so a socket
/// that is there was left by a broker that is gone.
fn bind(path: &Path) -> Result<UnixListener, StartError> {
    let failed = |error| StartError::Folder { path: path.to_owned(), error };
    if let Some(folder) = path.parent() {
        make_private_folder(folder)?;
    }
    match std::fs::remove_file(path) {
        Ok(()) => {}
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(failed(error)),
    }
    let listener = UnixListener::bind(path).map_err(failed)?;
    private(path, 0o600).map_err(failed)?;
    Ok(listener)
}

/// Makes a folder that only its owner enters, which must be us: whoever owns it decides what is in it.
pub(crate) fn make_private_folder(path: &Path) -> Result<(), StartError> {
    let failed = |error| StartError::Folder { path: path.to_owned(), error };
    std::fs::create_dir_all(path).map_err(failed)?;
    check_owner(path).map_err(failed)?;
    private(path, 0o700).map_err(failed)
}

/// Opens a file for writing, made if it is absent, that only its owner reads.
pub(crate) fn make_private_file(path: &Path) -> Result<File, StartError> {
    let failed = |error| StartError::Folder { path: path.to_owned(), error };
    let mut options = File::options();
    options.create(true).truncate(false).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path).map_err(failed)?;
    private(path, 0o600).map_err(failed)?;
    Ok(file)
}

#[cfg(unix)]
fn check_owner(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::MetadataExt as _;
    let owner = std::fs::metadata(path)?.uid();
    if owner == rustix::process::geteuid().as_raw() {
        return Ok(());
    }
    Err(std::io::Error::new(
        std::io::ErrorKind::PermissionDenied,
        format!("it belongs to the user {owner}, not to the one that the broker runs under"),
    ))
}

#[cfg(not(unix))]
fn check_owner(_: &Path) -> std::io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn private(path: &Path, mode: u32) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn private(_: &Path, _: u32) -> std::io::Result<()> {
    Ok(())
}
