//! One HTTP/1.1 connection, for one request at a time.

use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::http1::{Builder, SendRequest};

use super::connect::Connector;
use super::gated::{Mark, Slot};
use super::{MAX_HEAD_BYTES, MAX_HEADERS, NoAnswer, Way};

/// A connection. Dropping it ends it.
#[derive(Debug)]
pub(super) struct Line {
    sender: SendRequest<Full<Bytes>>,
    slot: Arc<Slot>,
}

impl Line {
    /// Connects, TLS included, under `way`.
    pub(super) async fn open(connector: &Connector, way: &Way) -> Result<Line, NoAnswer> {
        let slot = Arc::new(Slot::default());
        slot.set(Some(way));
        let io = connector.connect(&slot).await?;
        let (sender, connection) = Builder::new()
            .max_headers(MAX_HEADERS)
            .max_header_size(MAX_HEAD_BYTES)
            .handshake(io)
            .await
            .map_err(|_| NoAnswer::HungUp)?;
        // It ends when the sender is dropped or the other side hangs up; the sender hears of errors.
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection to the destination ended");
            }
        });
        Ok(Line { sender, slot })
    }

    /// From now on it writes under `way`.
    pub(super) fn take_up(&self, way: &Way) {
        self.slot.set(Some(way));
    }

    /// From now on it writes nothing.
    pub(super) fn put_down(&self) {
        self.slot.set(None);
    }

    pub(super) fn is_usable(&self) -> bool {
        !self.sender.is_closed()
    }

    pub(super) fn mark(&self) -> Mark {
        self.slot.mark()
    }

    /// Sends a request and reads the answer's head.
    pub(super) async fn send(
        &mut self,
        request: Request<Full<Bytes>>,
    ) -> Result<Response<Incoming>, NoAnswer> {
        self.sender.ready().await.map_err(|_| NoAnswer::HungUp)?;
        self.sender.send_request(request).await.map_err(|error| {
            if error.is_parse_too_large() {
                NoAnswer::TooLarge
            } else if error.is_parse() {
                NoAnswer::NotHttp
            } else {
                NoAnswer::HungUp
            }
        })
    }
}
