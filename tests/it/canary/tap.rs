//! A socket before a socket, that writes down both directions.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{UnixListener, UnixStream};

type Recorded = Arc<Mutex<Vec<u8>>>;

pub(super) struct Tap {
    path: PathBuf,
    name: &'static str,
    asked: Recorded,
    answered: Recorded,
}

impl Tap {
    /// Listens at `path` and passes everything on to `to`.
    pub(super) async fn on(to: &Path, path: &Path) -> Tap {
        let listener = UnixListener::bind(path).unwrap();
        let (asked, answered) = (Recorded::default(), Recorded::default());
        let (to, there, back) = (to.to_owned(), Arc::clone(&asked), Arc::clone(&answered));
        let name = if to.to_string_lossy().contains("console") { "console socket" } else { "agent socket" };
        tokio::spawn(async move {
            loop {
                let (near, _) = listener.accept().await.unwrap();
                let (to, there, back) = (to.clone(), Arc::clone(&there), Arc::clone(&back));
                tokio::spawn(async move {
                    let Ok(far) = UnixStream::connect(&to).await else { return };
                    let ((near_read, near_write), (far_read, far_write)) =
                        (near.into_split(), far.into_split());
                    tokio::join!(pass(near_read, far_write, &there), pass(far_read, near_write, &back));
                });
            }
        });
        Tap { path: path.to_owned(), name, asked, answered }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Both directions as they were, named.
    pub(super) fn recorded(&self) -> [(&'static str, Vec<u8>); 2] {
        let names = if self.name == "console socket" {
            ["console socket, asked", "console socket, answered"]
        } else {
            ["agent socket, asked", "agent socket, answered"]
        };
        [(names[0], self.asked.lock().unwrap().clone()), (names[1], self.answered.lock().unwrap().clone())]
    }
}

async fn pass(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, record: &Recorded) {
    let mut part = vec![0; 64 * 1024];
    while let Ok(count @ 1..) = from.read(&mut part).await {
        record.lock().unwrap().extend_from_slice(&part[..count]);
        if to.write_all(&part[..count]).await.is_err() {
            return;
        }
    }
    to.shutdown().await.ok();
}
