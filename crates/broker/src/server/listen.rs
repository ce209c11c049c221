//! One listener: a bounded number of connections, each with bounded patience.
//!
//! The sockets have places of their own, so that agents that take all of theirs keep nobody from
//! stopping them. Ending waits for what was begun and for nobody who merely stays connected.

use crate::broker::Broker;
use crate::process::Peer;
use axum::Router;
use axum::extract::ConnectInfo;
use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1::Builder;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower_service::Service as _;

/// How long a request's head may take to arrive, the first as every later one.
const HEAD_LIMIT: Duration = Duration::from_secs(10);

/// How long an answer may take to leave once the broker has nothing left to do.
const LINGER: Duration = Duration::from_secs(2);

/// How long to wait when the system gives no connection, for want of descriptors.
const BREATH: Duration = Duration::from_millis(50);

/// What one socket allows.
#[derive(Clone, Copy)]
pub(super) struct Bounds {
    /// Connections at once; the next ones wait in the system's queue.
    pub(super) at_once: usize,
    /// How long a connection may last, whatever it does; none for those that listen to events.
    pub(super) life: Option<Duration>,
}

/// Takes connections until the broker ends, then lets what was begun come to its end.
pub(super) async fn listen(broker: &Broker, listener: UnixListener, router: Router, bounds: Bounds) {
    let places = Arc::new(Semaphore::new(bounds.at_once));
    let (connections, cut) = (TaskTracker::new(), CancellationToken::new());
    loop {
        let next = async {
            let place = Arc::clone(&places).acquire_owned().await;
            (place, listener.accept().await)
        };
        let (place, accepted) = tokio::select! {
            next = next => next,
            () = broker.ending.cancelled() => break,
        };
        let Ok((stream, _)) = accepted else {
            tokio::time::sleep(BREATH).await;
            continue;
        };
        let serving = serve(stream, router.clone(), bounds.life, broker.ending.clone());
        let cut = cut.clone();
        connections.spawn(async move {
            let _place = place;
            tokio::select! {
                () = serving => {}
                () = cut.cancelled() => {}
            }
        });
    }
    drop(listener);
    broker.tasks.close();
    broker.tasks.wait().await;
    connections.close();
    if tokio::time::timeout(LINGER, connections.wait()).await.is_err() {
        cut.cancel();
        connections.wait().await;
    }
}

async fn serve(stream: UnixStream, router: Router, life: Option<Duration>, ending: CancellationToken) {
    let peer = peer_of(&stream);
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer.clone()));
        router.clone().call(request)
    });
    let mut connection = pin!(
        Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_LIMIT)
            .serve_connection(TokioIo::new(stream), service)
    );
    let mut over = pin!(async {
        match life {
            Some(life) => tokio::time::sleep(life).await,
            None => std::future::pending().await,
        }
    });
    let mut closing = false;
    loop {
        tokio::select! {
            done = connection.as_mut() => {
                if let Err(error) = done {
                    tracing::debug!(%error, "a connection ended badly");
                }
                return;
            }
            () = over.as_mut() => return,
            () = ending.cancelled(), if !closing => {
                closing = true;
                connection.as_mut().graceful_shutdown();
            }
        }
    }
}

fn peer_of(stream: &UnixStream) -> Peer {
    match stream.peer_cred() {
        Ok(credentials) => Peer::new(credentials.uid(), credentials.pid()),
        // Nobody has this id: whoever cannot be told is let through nowhere that looks.
        Err(_) => Peer::new(u32::MAX, None),
    }
}
