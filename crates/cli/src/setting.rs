//! What every command is given: the profile's places and configuration, and the way to its broker.
//!
//! INVARIANT: a client talks to the broker and the realm that `init` pinned, or says that it does not.

use crate::failure::Failure;
use crate::output::Output;
use bailiwick_authority::{Digest, Payload, Signed};
use bailiwick_client::{Config, Console, Started, start_broker};
use bailiwick_protocol::{Admitted, Places, PolicyTexts, Status, Submission};
use std::path::PathBuf;

/// The setting of a command.
#[derive(Debug)]
pub(crate) struct Setting {
    /// The profile's folder, if one was named.
    pub(crate) data_dir: Option<PathBuf>,
    /// Where that folder's name came from: `default`, `flag` or `environment`.
    pub(crate) data_dir_from: &'static str,
    /// Where the profile keeps what.
    pub(crate) places: Places,
    /// The configuration file.
    pub(crate) config: Config,
    /// What is wrong with the configuration file, for the verbs that bear it.
    pub(crate) config_error: Option<String>,
    /// Whether a broker may be started when none runs.
    pub(crate) start: bool,
    /// How to print.
    pub(crate) output: Output,
}

impl Setting {
    /// The broker's console socket and its state; starts the broker when none runs and that is allowed.
    /// The pins are compared.
    pub(crate) async fn console(&self) -> Result<(Console, Status), Failure> {
        let (console, status) = self.console_unpinned().await?;
        self.check_pins(&status)?;
        Ok((console, status))
    }

    /// As [`Setting::console`], for a realm that has been founded.
    pub(crate) async fn realm(&self) -> Result<(Console, Status, Digest), Failure> {
        let (console, status) = self.console().await?;
        let realm = status.realm.as_ref().and_then(|realm| realm.parse().ok()).ok_or_else(|| {
            Failure::not_set_up("this broker has no realm yet", "found one with `bailiwick init`")
        })?;
        Ok((console, status, realm))
    }

    /// The broker as it is, before anything was pinned.
    pub(crate) async fn console_unpinned(&self) -> Result<(Console, Status), Failure> {
        // A broker that has its roots from elsewhere is not ours to start.
        let elsewhere = self.config.broker.roots.as_deref().is_some_and(|roots| roots != "keychain");
        if !self.start || self.config.broker.start == Some(false) || elsewhere {
            return Ok(Console::connect_with_status(&self.places).await?);
        }
        let (console, started) = start_broker(&self.places, self.data_dir.as_deref()).await?;
        if let Started::Now(pid) = started {
            self.output.remark(format_args!("started the broker of this profile (process {pid})"));
        }
        let status = console.status().await?;
        Ok((console, status))
    }

    /// Whether the broker is the one that was pinned.
    pub(crate) fn check_pins(&self, status: &Status) -> Result<(), Failure> {
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
}

/// Hands a signed statement in.
pub(crate) async fn submit<T: Payload>(
    console: &Console,
    statement: &Signed<T>,
    policy: Option<PolicyTexts>,
) -> Result<Admitted, Failure> {
    let envelope = envelope_text(statement)?;
    Ok(console.submit(&Submission { envelope, policy, chain: Vec::new() }).await?)
}

/// The text of a statement's envelope.
pub(crate) fn envelope_text<T>(statement: &Signed<T>) -> Result<String, Failure> {
    String::from_utf8(statement.envelope().to_bytes())
        .map_err(|_| Failure::defect("an envelope of our own is not text"))
}
