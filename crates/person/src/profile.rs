//! A profile: its places and configuration, and the way to its broker.
//!
//! INVARIANT: a client talks to the broker and the realm that were pinned, or says that it does not.

use crate::failure::Failure;
use bailiwick_authority::Digest;
use bailiwick_client::{Config, Console, Started, start_broker};
use bailiwick_protocol::{Places, Status};
use std::path::PathBuf;

/// A profile as it was when it was read.
#[derive(Clone, Debug)]
pub struct Profile {
    /// The profile's folder, if one was named.
    pub data_dir: Option<PathBuf>,
    /// Where the profile keeps what.
    pub places: Places,
    /// The configuration file.
    pub config: Config,
    /// Whether a broker may be started when none runs.
    pub start: bool,
}

impl Profile {
    /// The broker's console socket, its state, and whether it was started for this. Nothing is compared.
    pub async fn console_unpinned(&self) -> Result<(Console, Status, Started), Failure> {
        // A broker that has its roots from elsewhere is not ours to start.
        let elsewhere = self.config.broker.roots.as_deref().is_some_and(|roots| roots != "keychain");
        if !self.start || self.config.broker.start == Some(false) || elsewhere {
            let (console, status) = Console::connect_with_status(&self.places).await?;
            return Ok((console, status, Started::Before));
        }
        let (console, started) = start_broker(&self.places, self.data_dir.as_deref()).await?;
        let status = console.status().await?;
        Ok((console, status, started))
    }

    /// The realm of a broker that has one.
    pub fn realm_of(&self, status: &Status) -> Result<Digest, Failure> {
        status.realm.as_ref().and_then(|realm| realm.parse().ok()).ok_or_else(|| {
            Failure::not_set_up("this broker has no realm yet", "found one with `bailiwick init`")
        })
    }

    /// Whether the broker is the one that was pinned.
    pub fn check_pins(&self, status: &Status) -> Result<(), Failure> {
        let hint = "if you replaced the broker yourself, use another `--data-dir`; if not, somebody else did";
        if let Some(pinned) = &self.config.pins.broker_key
            && *pinned != status.broker_key
        {
            return Err(Failure::unverified(
                format!("the broker has the key `{}`, and `{pinned}` was pinned", status.broker_key),
                hint,
            ));
        }
        if let Some(pinned) = &self.config.pins.genesis
            && status.realm.as_ref() != Some(pinned)
        {
            let has = status.realm.as_deref().unwrap_or("none");
            return Err(Failure::unverified(
                format!("the broker's realm is {has}, and {pinned} was pinned"),
                hint,
            ));
        }
        Ok(())
    }

    /// As [`Profile::check_pins`], where a broker without a realm is not yet wrong.
    pub(crate) fn check_pins_or_none(&self, status: &Status) -> Result<(), Failure> {
        if status.realm.is_none() { Ok(()) } else { self.check_pins(status) }
    }
}
