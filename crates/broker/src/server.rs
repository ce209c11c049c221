//! The two sockets: two listeners, two routers, no route on both.

mod agent;
mod answer;
mod console;
mod status;

use crate::broker::{Broker, StartError};
use crate::process::Peer;
use axum::Router;
use axum::extract::connect_info::Connected;
use axum::serve::IncomingStream;
use std::path::Path;
use std::sync::Arc;
use tokio::net::UnixListener;

/// Serves until the broker ends.
pub(crate) async fn serve(broker: &Arc<Broker>) -> Result<(), StartError> {
    let console = bind(&broker.places.console_socket())?;
    let agent = bind(&broker.places.agent_socket())?;
    tracing::info!(console = %broker.places.console_socket().display(), "serving");
    let (console, agent) = tokio::join!(
        listen(broker, console, console::router(Arc::clone(broker))),
        listen(broker, agent, agent::router(Arc::clone(broker))),
    );
    for socket in [broker.places.console_socket(), broker.places.agent_socket()] {
        std::fs::remove_file(&socket).ok();
    }
    console.and(agent)
}

async fn listen(broker: &Broker, listener: UnixListener, router: Router) -> Result<(), StartError> {
    let ending = broker.ending.clone();
    axum::serve(listener, router.into_make_service_with_connect_info::<Peer>())
        .with_graceful_shutdown(async move { ending.cancelled().await })
        .await
        .map_err(|error| StartError::Folder { path: broker.places.run.clone(), error })
}

impl Connected<IncomingStream<'_, UnixListener>> for Peer {
    fn connect_info(stream: IncomingStream<'_, UnixListener>) -> Peer {
        match stream.io().peer_cred() {
            Ok(credentials) => Peer::new(credentials.uid(), credentials.pid()),
            // Nobody has this id: whoever cannot be told is let through nowhere that looks.
            Err(_) => Peer::new(u32::MAX, None),
        }
    }
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

/// Makes a folder that only its owner enters.
pub(crate) fn make_private_folder(path: &Path) -> Result<(), StartError> {
    let failed = |error| StartError::Folder { path: path.to_owned(), error };
    std::fs::create_dir_all(path).map_err(failed)?;
    private(path, 0o700).map_err(failed)
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
