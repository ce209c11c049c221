//! Where the entries of a ledger come from: page by page from the broker, or line by line from an export.

use crate::failure::Failure;
use bailiwick_client::Console;
use bailiwick_protocol::LedgerEntry;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

/// How many entries are asked for at once: with the largest envelopes they fit the client's limit.
const PAGE: u64 = 200;

/// The longest line of an export, in bytes: an entry with the largest envelope, escaped.
const MAX_LINE_BYTES: u64 = 1024 * 1024;

/// The first line of an export.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// Always `bailiwick-ledger`.
    pub format: String,
    /// Always 1.
    pub version: u64,
    /// The realm.
    pub realm: Option<String>,
    /// The broker's public key.
    pub broker_key: String,
    /// How many entries follow.
    pub entries: u64,
    /// The head after the last.
    pub head: String,
}

impl Header {
    /// What every export says first.
    pub const FORMAT: &str = "bailiwick-ledger";
}

/// An entry as it stands in an export. Read strictly: an envelope that a changed key hides must not
/// count as one that was erased.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    sequence: u64,
    kind: String,
    statement: String,
    envelope_digest: String,
    time: u64,
    head: String,
    #[serde(deserialize_with = "Option::deserialize")]
    envelope: Option<String>,
}

impl From<Line> for LedgerEntry {
    fn from(line: Line) -> LedgerEntry {
        let Line { sequence, kind, statement, envelope_digest, time, head, envelope } = line;
        LedgerEntry { sequence, kind, statement, envelope_digest, time, head, envelope }
    }
}

/// A source of entries, in order.
pub enum LedgerSource {
    /// The broker: the ledger as long as it was when reading began.
    Broker {
        /// The broker.
        console: Console,
        /// The next entry to ask for.
        next: u64,
        /// How many there were when reading began.
        size: u64,
        /// What was answered and not handed out yet.
        page: std::vec::IntoIter<LedgerEntry>,
    },
    /// An export.
    File {
        /// The export.
        path: PathBuf,
        /// What is left of it.
        lines: BufReader<File>,
        /// The last line that was read.
        number: u64,
    },
}

impl LedgerSource {
    /// The first `size` entries of the broker's ledger.
    pub fn broker(console: Console, size: u64) -> LedgerSource {
        LedgerSource::Broker { console, next: 0, size, page: Vec::new().into_iter() }
    }

    /// An export and its header.
    pub fn file(path: &Path) -> Result<(LedgerSource, Header), Failure> {
        let file = File::open(path).map_err(|error| Failure::file("read", path, &error))?;
        let mut source = LedgerSource::File { path: path.to_owned(), lines: BufReader::new(file), number: 0 };
        let header: Header = source.line()?.ok_or_else(|| {
            Failure::usage(
                format!("`{}` is empty", path.display()),
                "use a file that `bailiwick export` wrote",
            )
        })?;
        if header.format != Header::FORMAT || header.version != 1 {
            return Err(Failure::usage(
                format!("`{}` is not an export of version 1", path.display()),
                "use a file that `bailiwick export` wrote, with a program of the same version",
            ));
        }
        Ok((source, header))
    }

    /// The next entry; `None` at the end.
    pub async fn next(&mut self) -> Result<Option<LedgerEntry>, Failure> {
        let LedgerSource::Broker { console, next, size, page } = self else {
            return Ok(self.line::<Line>()?.map(LedgerEntry::from));
        };
        if let Some(entry) = page.next() {
            return Ok(Some(entry));
        }
        if next >= size {
            return Ok(None);
        }
        let entries = console.ledger(*next, PAGE.min(*size - *next)).await?.entries;
        if entries.is_empty() {
            return Err(Failure::unverified(
                format!("the ledger should have {size} entries and ends after {next}"),
                "its end was cut off: compare with an export, or restore the data folder",
            ));
        }
        *next += u64::try_from(entries.len()).unwrap_or(u64::MAX);
        *page = entries.into_iter();
        Ok(page.next())
    }

    /// The next line of an export, read as `T`.
    fn line<T: serde::de::DeserializeOwned>(&mut self) -> Result<Option<T>, Failure> {
        let LedgerSource::File { path, lines, number } = self else {
            return Err(Failure::defect("only an export has lines"));
        };
        let mut line = String::new();
        let read = lines.by_ref().take(MAX_LINE_BYTES).read_line(&mut line);
        if read.map_err(|error| Failure::file("read", path, &error))? == 0 {
            return Ok(None);
        }
        *number += 1;
        serde_json::from_str(&line).map(Some).map_err(|error| {
            Failure::unverified(
                format!("line {number} of `{}` is not an entry: {error}", path.display()),
                "the file was changed or cut off: export the ledger again",
            )
        })
    }
}
