//! Server-sent events (WHATWG HTML, section 9.2) as a stream that survives a broker's restart.
//!
//! Events are not replayed: whoever was away is told so and reads everything again.

use crate::transport::Transport;
use bailiwick_protocol::{ApiError, ErrorCode, Event, route};
use bytes::Bytes;
use futures_util::Stream;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// The longest line of an event, in bytes: an operation with its facts.
const MAX_LINE_BYTES: usize = 4 * 1024 * 1024;

/// The longest wait between two attempts to connect again.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Events as they happen. Ends when it is dropped, or, if it was asked to, when the connection is lost.
///
/// After the connection was lost and found again the stream says [`Event::Missed`] with a count of 0,
/// since nobody knows how many there were.
#[derive(Debug)]
pub struct EventStream {
    events: mpsc::Receiver<Event>,
    reader: JoinHandle<()>,
}

impl EventStream {
    pub(crate) async fn open(transport: Transport) -> Result<EventStream, ApiError> {
        let body = transport.open(route::EVENTS).await?;
        let (sender, events) = mpsc::channel(256);
        let reader = tokio::spawn(follow(transport, body, sender));
        Ok(EventStream { events, reader })
    }

    /// As [`EventStream::open`], ending when the connection is lost.
    pub(crate) async fn open_once(transport: Transport) -> Result<EventStream, ApiError> {
        let mut body = transport.open(route::EVENTS).await?;
        let (sender, events) = mpsc::channel(256);
        let reader = tokio::spawn(async move {
            // Either way nobody is left to tell: the receiver sees the end.
            read_all(&mut body, &sender).await.ok();
        });
        Ok(EventStream { events, reader })
    }

    /// The next event.
    pub async fn next(&mut self) -> Option<Event> {
        self.events.recv().await
    }
}

impl Stream for EventStream {
    type Item = Event;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Event>> {
        self.events.poll_recv(context)
    }
}

impl Drop for EventStream {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

async fn follow(transport: Transport, mut body: Incoming, sender: mpsc::Sender<Event>) {
    loop {
        if read_all(&mut body, &sender).await.is_err() {
            return;
        }
        body = connect_again(&transport).await;
        if sender.send(Event::Missed { count: 0 }).await.is_err() {
            return;
        }
    }
}

async fn connect_again(transport: &Transport) -> Incoming {
    let mut pause = Duration::from_millis(50);
    loop {
        if let Ok(body) = transport.open(route::EVENTS).await {
            return body;
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// The receiver is gone.
struct Unheard;

async fn read_all(body: &mut Incoming, sender: &mpsc::Sender<Event>) -> Result<(), Unheard> {
    let mut lines = Lines::default();
    while let Some(Ok(frame)) = body.frame().await {
        let Ok(data) = frame.into_data() else { continue };
        let Ok(events) = lines.take(&data) else { return Ok(()) };
        for event in events {
            sender.send(event).await.map_err(|_| Unheard)?;
        }
    }
    Ok(())
}

/// Bytes that have come in and the fields of the event that they have not completed yet.
#[derive(Default)]
struct Lines {
    unfinished: Vec<u8>,
    data: String,
}

impl Lines {
    /// The events that `bytes` complete. What is not an event of ours is left out: a newer broker may
    /// say more than we know.
    fn take(&mut self, bytes: &Bytes) -> Result<Vec<Event>, ApiError> {
        self.unfinished.extend_from_slice(bytes);
        let mut events = Vec::new();
        while let Some(end) = self.unfinished.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.unfinished.drain(..=end).collect();
            events.extend(self.line(String::from_utf8_lossy(&line).trim_end_matches(['\n', '\r'])));
        }
        if self.unfinished.len() + self.data.len() > MAX_LINE_BYTES {
            return Err(ApiError::new(ErrorCode::TooLarge, "an event is too long", "update this program"));
        }
        Ok(events)
    }

    fn line(&mut self, line: &str) -> Option<Event> {
        if line.is_empty() {
            return serde_json::from_str(&std::mem::take(&mut self.data)).ok();
        }
        let value = line.strip_prefix("data:")?;
        if !self.data.is_empty() {
            self.data.push('\n');
        }
        self.data.push_str(value.strip_prefix(' ').unwrap_or(value));
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_come_out_whole_however_they_were_cut() {
        let text = "event: x\ndata: {\"event\":\"missed\",\ndata: \"count\":3}\n\n: ping\n\n\
                    data: {\"event\":\"from-tomorrow\"}\n\n\
                    data:{\"event\":\"statement\",\"sequence\":1,\"kind\":\"halt\",\"digest\":\"d\"}\r\n\r\n";
        for size in 1..=text.len() {
            let mut lines = Lines::default();
            let events: Vec<Event> = text
                .as_bytes()
                .chunks(size)
                .flat_map(|chunk| lines.take(&Bytes::copy_from_slice(chunk)).unwrap())
                .collect();
            let expected = [
                Event::Missed { count: 3 },
                Event::Statement { sequence: 1, kind: "halt".into(), digest: "d".into() },
            ];
            assert_eq!(events, expected, "cut every {size} bytes");
        }
    }
}
