//! The network between the broker and its destination: open, closed, or a black hole.

use rustix::net::{AddressFamily, SocketType};
use std::net::{Ipv4Addr, SocketAddr, TcpStream as StdStream};
use std::os::fd::OwnedFd;
use std::sync::Arc;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Mutex;
use tokio::task::JoinHandle;

/// A port on 127.0.0.1 that leads to another one, or nowhere.
pub(crate) struct Line {
    address: SocketAddr,
    to: SocketAddr,
    state: Mutex<State>,
}

enum State {
    Open(JoinHandle<()>),
    Closed,
    BlackHole { _listener: OwnedFd, _queue: Vec<StdStream> },
}

impl Line {
    /// A line to `url` (`http://127.0.0.1:port`), open.
    pub(crate) async fn to(url: &str) -> Arc<Line> {
        let to: SocketAddr = url.strip_prefix("http://").unwrap().parse().unwrap();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = Mutex::new(State::Open(tokio::spawn(forward(listener, to))));
        Arc::new(Line { address, to, state })
    }

    /// Its address.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Connections are refused from now on, and those that stood are cut.
    pub(crate) async fn close(&self) {
        let mut state = self.state.lock().await;
        if let State::Open(forwarding) = &*state {
            forwarding.abort();
        }
        *state = State::Closed;
        // The port is free once the aborted task is gone.
        super::until("the port is closed", async || {
            TcpStream::connect(self.address).await.is_err().then_some(())
        })
        .await;
    }

    /// Leads on again.
    pub(crate) async fn open(&self) {
        let mut state = self.state.lock().await;
        *state = State::Closed;
        let listener =
            super::until("the port can be bound", async || TcpListener::bind(self.address).await.ok()).await;
        *state = State::Open(tokio::spawn(forward(listener, self.to)));
    }

    /// Connections are neither accepted nor refused from now on.
    pub(crate) async fn swallow(&self) {
        self.close().await;
        let mut state = self.state.lock().await;
        let listener = rustix::net::socket(AddressFamily::INET, SocketType::STREAM, None).unwrap();
        rustix::net::sockopt::set_socket_reuseaddr(&listener, true).unwrap();
        rustix::net::bind(&listener, &self.address).unwrap();
        rustix::net::listen(&listener, 0).unwrap();
        // What is never accepted fills the queue; whatever comes then gets no answer at all.
        let mut queue = Vec::new();
        while let Ok(stream) =
            StdStream::connect_timeout(&self.address, std::time::Duration::from_millis(200))
        {
            queue.push(stream);
            assert!(queue.len() < 64, "the system's queue does not fill");
        }
        *state = State::BlackHole { _listener: listener, _queue: queue };
    }
}

async fn forward(listener: TcpListener, to: SocketAddr) {
    let mut connections = tokio::task::JoinSet::new();
    loop {
        let Ok((mut near, _)) = listener.accept().await else { continue };
        connections.spawn(async move {
            if let Ok(mut far) = TcpStream::connect(to).await {
                tokio::io::copy_bidirectional(&mut near, &mut far).await.ok();
            }
        });
    }
}
