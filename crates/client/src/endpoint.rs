//! The local endpoint itself: a Unix socket, or on Windows a named pipe of the same split.
//!
//! Nothing else in this crate knows which of the two it is.

use std::io;
use std::path::Path;

#[cfg(unix)]
pub(crate) type Stream = tokio::net::UnixStream;

#[cfg(windows)]
pub(crate) type Stream = tokio::net::windows::named_pipe::NamedPipeClient;

/// Connects to the socket at `path`.
#[cfg(unix)]
pub(crate) async fn connect(path: &Path) -> io::Result<Stream> {
    tokio::net::UnixStream::connect(path).await
}

/// Connects to the pipe that stands for `path`: `\\.\pipe\` and the path with its separators replaced.
#[cfg(windows)]
pub(crate) async fn connect(path: &Path) -> io::Result<Stream> {
    let name = path.to_string_lossy().replace(['\\', '/', ':'], "-");
    tokio::net::windows::named_pipe::ClientOptions::new().open(format!(r"\\.\pipe\{name}"))
}
