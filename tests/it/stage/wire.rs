//! HTTP as bytes, for what no client of ours would send.

use std::path::Path;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixStream;

/// An answer.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    /// 0 when there was none: the connection was closed.
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    /// The body as JSON; null when it is none.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    /// The error's code, if this is an error of ours.
    pub(crate) fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }
}

/// Sends bytes and reads until the other side closes or has said nothing for a while.
pub(crate) async fn exchange(socket: &Path, bytes: &[u8]) -> Answer {
    let mut stream = UnixStream::connect(socket).await.unwrap();
    // A broker that refuses in the middle closes; what it said before still counts.
    stream.write_all(bytes).await.ok();
    let mut said = Vec::new();
    let reading = async {
        let mut part = vec![0; 64 * 1024];
        while let Ok(count @ 1..) = stream.read(&mut part).await {
            said.extend_from_slice(&part[..count]);
            if is_complete(&said) {
                break;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(20), reading).await.ok();
    parse(&said)
}

/// One request, with `Connection: close`.
pub(crate) async fn send(socket: &Path, method: &str, route: &str, body: &[u8]) -> Answer {
    let mut bytes = format!(
        "{method} {route} HTTP/1.1\r\nhost: bailiwick\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    )
    .into_bytes();
    bytes.extend_from_slice(body);
    exchange(socket, &bytes).await
}

fn is_complete(said: &[u8]) -> bool {
    let text = String::from_utf8_lossy(said);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
    });
    length.is_some_and(|length| body.len() >= length)
}

fn parse(said: &[u8]) -> Answer {
    let text = String::from_utf8_lossy(said).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    Answer { status, head: head.to_owned(), body: body.to_owned() }
}
