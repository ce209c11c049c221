//! What the console holds while it runs: which profile it is for, and what waits for a second call.
//!
//! INVARIANT: an App's key that a person chose stays in here under a handle; the page gets the handle only.

use crate::command::practice::Running;
use crate::failure::Failure;
use crate::session::Session;
use bailiwick_authority::Digest;
use bailiwick_client::{Config, Console};
use bailiwick_keystore::SecretString;
use bailiwick_person::{Cancel, Profile, configured};
use bailiwick_protocol::{Places, Status};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Mutex;
use std::time::Duration;
use tokio::sync::watch;

/// The console's state.
pub(crate) struct Shell {
    data_dir: Option<PathBuf>,
    places: Places,
    /// Apps' keys that were chosen and not used yet, by handle.
    pub(crate) chosen: Mutex<BTreeMap<String, SecretString>>,
    /// Cancels the verification that runs, if one does.
    pub(crate) verifying: Mutex<Option<watch::Sender<bool>>>,
    /// Whether somebody is signed in.
    pub(crate) session: Session,
    /// Ends the waiting for a key that is to be touched, if one is.
    pub(crate) touching: Mutex<Option<Cancel>>,
    /// The practice range that this console started.
    pub(crate) practice: tokio::sync::Mutex<Option<Running>>,
}

impl Shell {
    pub(crate) fn new(data_dir: Option<PathBuf>, places: Places) -> Shell {
        Shell {
            data_dir,
            places,
            chosen: Mutex::default(),
            verifying: Mutex::default(),
            session: Session::default(),
            touching: Mutex::default(),
            practice: tokio::sync::Mutex::default(),
        }
    }

    pub(crate) fn places(&self) -> &Places {
        &self.places
    }

    /// The profile's folder, if it is not the default one.
    pub(crate) fn data_dir(&self) -> Option<&PathBuf> {
        self.data_dir.as_ref()
    }

    /// The profile as it is on disk now.
    pub(crate) fn profile(&self) -> Result<Profile, Failure> {
        let config = Config::read(&self.places)?;
        Ok(Profile { data_dir: self.data_dir.clone(), places: self.places.clone(), config, start: true })
    }

    /// The broker that runs, which is the one that was pinned. None is started for this.
    pub(crate) async fn console(&self) -> Result<(Console, Status), Failure> {
        let profile = self.profile()?;
        let (console, status) = Console::connect_with_status(&self.places).await?;
        profile.check_pins(&status)?;
        Ok((console, status))
    }

    /// As [`Shell::console`], for a realm that has been founded.
    pub(crate) async fn realm(&self) -> Result<(Console, Status, Digest), Failure> {
        let (console, status) = self.console().await?;
        let realm = self.profile()?.realm_of(&status)?;
        Ok((console, status, realm))
    }

    /// Whether what this profile's broker says may be read here now. Before the first run has ended there is
    /// nothing to read, and nobody to sign in.
    pub(crate) fn is_open(&self) -> bool {
        self.session.left(self.idle()).is_some()
            || self.profile().is_ok_and(|profile| profile.config.pins.genesis.is_none())
    }

    /// How long nobody need touch the console until it locks.
    pub(crate) fn idle(&self) -> Duration {
        Duration::from_secs(configured::lock_after_seconds(&Config::read(&self.places).unwrap_or_default()))
    }

    /// Makes a running verification end.
    pub(crate) fn end_verification(&self) {
        if let Ok(verifying) = self.verifying.lock()
            && let Some(running) = &*verifying
        {
            running.send_replace(true);
        }
    }

    /// The window's title; a profile of its own is named in it.
    pub(crate) fn title(&self) -> String {
        match &self.data_dir {
            None => "Bailiwick".to_owned(),
            Some(folder) => {
                format!("Bailiwick — {}", bailiwick_person::escape::line(&folder.display().to_string()))
            }
        }
    }

    /// How long a closed window is kept.
    pub(crate) fn window_kept(&self) -> Duration {
        let config = Config::read(&self.places).unwrap_or_default();
        Duration::from_secs(configured::keep_window_minutes(&config).saturating_mul(60))
    }
}
