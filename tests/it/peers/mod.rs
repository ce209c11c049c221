//! The same broker against programs that we did not write: emulate, and Prism's validators between the
//! broker and the practice range; and a real browser with a key that is touched. They run under the pinned Node 24 that the test set-up installs.

mod emulate;
mod passkey;
pub(crate) mod person;
mod prism;
mod touches;

use serde_json::Value as Json;
use std::path::PathBuf;
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

/// A peer; it ends when this does, by its lifeline.
struct Peer {
    _child: Child,
    /// The one line in which it says where it is.
    says: Json,
}

impl Peer {
    async fn start(script: &str, arguments: &[&str]) -> Peer {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("peers");
        let mut child = Command::new(folder.join("node24"))
            .arg(folder.join(script))
            .args(arguments)
            .arg("--lifeline")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("the pinned Node 24 runs (`setup/setup test` installs it)");
        let mut line = String::new();
        let reading = BufReader::new(child.stdout.take().unwrap());
        let mut reading = reading;
        tokio::time::timeout(crate::stage::PATIENCE, reading.read_line(&mut line))
            .await
            .expect("it starts")
            .unwrap();
        let says =
            serde_json::from_str(&line).unwrap_or_else(|_| panic!("`{script}` did not start: {line:?}"));
        Peer { _child: child, says }
    }

    fn text(&self, name: &str) -> &str {
        self.says[name].as_str().unwrap_or_else(|| panic!("no `{name}` in {}", self.says))
    }

    fn number(&self, name: &str) -> u64 {
        self.says[name].as_u64().unwrap_or_else(|| panic!("no `{name}` in {}", self.says))
    }

    /// The exchanges that it recorded so far.
    fn record(&self) -> Vec<Json> {
        let record = std::fs::read_to_string(self.text("record")).unwrap();
        record.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

/// What Prism's validators objected to on these sides of the exchanges.
fn violations(record: &[Json], sides: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for exchange in record {
        for violation in exchange["violations"].as_array().unwrap() {
            if sides.contains(&violation["location"][0].as_str().unwrap_or("request")) {
                found.push(format!("{} {}: {violation}", exchange["method"], exchange["path"]));
            }
        }
    }
    found
}

/// One request of a plain client: the status, and the body as JSON.
async fn fetch(url: &str, method: &str, path: &str, bearer: &str, body: &Json) -> (u16, Json) {
    let address = url.strip_prefix("http://").unwrap();
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!(
        "{method} {path} HTTP/1.0\r\nhost: {address}\r\nauthorization: Bearer {bearer}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, serde_json::from_str(body).unwrap_or_default())
}
