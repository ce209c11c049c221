//! A chain of capabilities in a file: `{"chain": [<envelope>, …]}`, root first, each the text of its
//! envelope.
//!
//! Reading checks the format and that each link names the one before; whether a chain holds is the
//! broker's to say. A chain is not secret: it is of no use without its holder's key.

use crate::failure::Failure;
use bailiwick_authority::{Capability, EnvelopeError, MAX_CHAIN, Unverified};
use serde::{Deserialize, Serialize};
use std::io::Write;
use std::path::Path;

/// A chain whose format is good. What it says are claims.
#[derive(Clone, Debug)]
pub struct Chain {
    envelopes: Vec<String>,
    links: Vec<Unverified<Capability>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ChainFile {
    chain: Vec<String>,
}

impl Chain {
    /// Reads the envelopes of a chain, root first.
    pub fn parse(envelopes: Vec<String>) -> Result<Chain, String> {
        if envelopes.is_empty() || envelopes.len() > MAX_CHAIN {
            return Err(format!("a chain has 1 to {MAX_CHAIN} links, this one has {}", envelopes.len()));
        }
        let links: Vec<Unverified<Capability>> = (1..)
            .zip(&envelopes)
            .map(|(number, text)| {
                Unverified::parse(text.as_bytes())
                    .map_err(|why: EnvelopeError| format!("link {number} is not a capability: {why}"))
            })
            .collect::<Result<_, _>>()?;
        let mut above = None;
        for (number, link) in (1..).zip(&links) {
            if link.body().parent != above {
                return Err(format!("link {number} was not made from the link before it"));
            }
            above = Some(link.digest());
        }
        Ok(Chain { envelopes, links })
    }

    /// Reads a chain file.
    pub fn read(path: &Path) -> Result<Chain, Failure> {
        let text = std::fs::read_to_string(path).map_err(|error| Failure::file("read", path, &error))?;
        serde_json::from_str::<ChainFile>(&text)
            .map_err(|error| error.to_string())
            .and_then(|file| Chain::parse(file.chain))
            .map_err(|why| {
                Failure::usage(
                    format!("`{}` is not a chain of capabilities: {why}", path.display()),
                    "use a file that `bailiwick delegate --out`, `attenuate --out` or `agent fetch` wrote",
                )
            })
    }

    /// Writes a chain file, durably; never over another file.
    pub fn write(&self, path: &Path) -> Result<(), Failure> {
        let failed = |error: std::io::Error| Failure::file("write", path, &error);
        let file = ChainFile { chain: self.envelopes.clone() };
        let mut text =
            serde_json::to_string_pretty(&file).map_err(|error| Failure::defect(error.to_string()))?;
        text.push('\n');
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path).map_err(failed)?;
        file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)
    }

    /// The chain with one more link.
    pub fn extended(&self, envelope: String) -> Result<Chain, String> {
        let mut envelopes = self.envelopes.clone();
        envelopes.push(envelope);
        Chain::parse(envelopes)
    }

    /// The envelopes' texts, root first.
    pub fn envelopes(&self) -> &[String] {
        &self.envelopes
    }

    /// The links, root first.
    pub fn links(&self) -> &[Unverified<Capability>] {
        &self.links
    }

    /// The last link.
    #[expect(clippy::expect_used, reason = "`parse` refuses an empty chain")]
    pub fn leaf(&self) -> &Unverified<Capability> {
        self.links.last().expect("a chain has a link")
    }
}
