//! A TCP connection that writes only under a way through the gate.
//!
//! Below TLS and below a proxy's tunnel, so that every outward byte passes here. Reading is free: what
//! was sent before a revocation may still be answered.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use hyper_util::client::legacy::connect::{Connected, Connection};
use parking_lot::Mutex;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::Way;

/// Under what a connection writes now, and how much it wrote.
#[derive(Debug, Default)]
pub(super) struct Slot {
    way: Mutex<Option<Way>>,
    written: AtomicU64,
}

impl Slot {
    /// From now on it writes under `way`; under nothing when there is none.
    pub(super) fn set(&self, way: Option<&Way>) {
        *self.way.lock() = way.cloned();
    }

    /// A mark that is passed by the next byte.
    pub(super) fn mark(self: &Arc<Slot>) -> Mark {
        Mark { at: self.written.load(Ordering::SeqCst), slot: Arc::clone(self) }
    }
}

/// A place in what a connection writes.
#[derive(Debug)]
pub(super) struct Mark {
    slot: Arc<Slot>,
    at: u64,
}

impl Mark {
    /// Whether anything was written after this place.
    pub(super) fn passed(&self) -> bool {
        self.slot.written.load(Ordering::SeqCst) > self.at
    }
}

/// The connection.
#[derive(Debug)]
pub(super) struct Gated {
    stream: TcpStream,
    slot: Arc<Slot>,
}

impl Gated {
    pub(super) fn new(stream: TcpStream, slot: Arc<Slot>) -> Gated {
        Gated { stream, slot }
    }

    fn write(
        &mut self,
        write: impl FnOnce(Pin<&mut TcpStream>) -> Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        let way = self.slot.way.lock().clone();
        let stream = Pin::new(&mut self.stream);
        let written = &self.slot.written;
        // Counted inside the gate: when a closing returns, the count says what was written.
        let counted = || {
            let done = write(stream);
            if let Poll::Ready(Ok(bytes)) = done {
                written.fetch_add(bytes as u64, Ordering::SeqCst);
            }
            done
        };
        match way {
            None => Poll::Ready(Err(io::Error::other("nothing is to be written on an idle connection"))),
            Some(Way::Ungated) => counted(),
            Some(Way::Gated(pass)) => {
                pass.write(counted).unwrap_or_else(|closed| Poll::Ready(Err(io::Error::other(closed))))
            }
        }
    }
}

impl AsyncWrite for Gated {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.get_mut().write(|stream| stream.poll_write(cx, buf))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.get_mut().write(|stream| stream.poll_write_vectored(cx, bufs))
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}

impl AsyncRead for Gated {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_read(cx, buf)
    }
}

impl Connection for Gated {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::{Gate, Pass};
    use bailiwick_authority::Target;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    async fn pair(slot: &Arc<Slot>) -> (Gated, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (near, far) = tokio::join!(TcpStream::connect(address), listener.accept());
        (Gated::new(near.unwrap(), Arc::clone(slot)), far.unwrap().0)
    }

    fn pass() -> (Arc<Gate>, Arc<Pass>) {
        let gate = Gate::new([]);
        let pass = gate.admit([]).unwrap();
        (gate, pass)
    }

    #[tokio::test]
    async fn no_byte_is_written_after_the_gate_closed() {
        let slot = Arc::new(Slot::default());
        let (mut near, mut far) = pair(&slot).await;
        let (gate, pass) = pass();
        slot.set(Some(&Way::Gated(pass)));
        let mark = slot.mark();
        assert!(!mark.passed());
        near.write_all(b"before").await.unwrap();
        assert!(mark.passed());
        let mark = slot.mark();
        gate.close(&Target::Everything);
        assert!(near.write_all(b"after").await.is_err());
        assert!(near.write_vectored(&[io::IoSlice::new(b"after")]).await.is_err());
        assert!(!mark.passed());
        // What destroys is written all the same.
        slot.set(Some(&Way::Ungated));
        near.write_all(b", destroyed").await.unwrap();
        slot.set(None);
        assert!(near.write_all(b"idle").await.is_err());
        drop(near);
        let mut read = String::new();
        far.read_to_string(&mut read).await.unwrap();
        assert_eq!(read, "before, destroyed");
    }
}
