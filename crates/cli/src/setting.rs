//! What every command is given: the profile and how to print.

use crate::failure::Failure;
use crate::output::Output;
use crate::unlock::{Terminal, UnlockArguments};
use bailiwick_authority::Digest;
use bailiwick_client::{Console, Started};
use bailiwick_person::{Profile, Steward};
use bailiwick_protocol::Status;
use std::sync::Arc;

/// The setting of a command.
#[derive(Debug)]
pub(crate) struct Setting {
    /// The profile: places, configuration, and the way to the broker.
    pub(crate) profile: Profile,
    /// Where the profile's folder was named: `default`, `flag` or `environment`.
    pub(crate) data_dir_from: &'static str,
    /// What is wrong with the configuration file, for the verbs that bear it.
    pub(crate) config_error: Option<String>,
    /// How to print.
    pub(crate) output: Output,
}

impl Setting {
    /// The broker's console socket and its state; starts the broker when none runs and that is allowed.
    /// The pins are compared.
    pub(crate) async fn console(&self) -> Result<(Console, Status), Failure> {
        let (console, status) = self.console_unpinned().await?;
        self.profile.check_pins(&status)?;
        Ok((console, status))
    }

    /// As [`Setting::console`], for a realm that has been founded.
    pub(crate) async fn realm(&self) -> Result<(Console, Status, Digest), Failure> {
        let (console, status) = self.console().await?;
        let realm = self.profile.realm_of(&status)?;
        Ok((console, status, realm))
    }

    /// The broker as it is, before anything was pinned.
    pub(crate) async fn console_unpinned(&self) -> Result<(Console, Status), Failure> {
        let (console, status, started) = self.profile.console_unpinned().await?;
        self.remark_start(started);
        Ok((console, status))
    }

    /// Says that a broker was started, if one was.
    pub(crate) fn remark_start(&self, started: Started) {
        if let Started::Now(pid) = started {
            self.output.remark(format_args!("started the broker of this profile (process {pid})"));
        }
    }

    /// The person of this profile, who is asked on the terminal; `yes` is an answer that was given beforehand.
    pub(crate) fn steward(&self, unlock: &UnlockArguments, yes: bool) -> Result<Steward, Failure> {
        Ok(Steward::of(&self.profile, Arc::new(Terminal::new(self.output, unlock.clone(), yes)))?)
    }
}
