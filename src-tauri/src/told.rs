//! What the page is told beside the broker's own events.

use crate::failure::Failure;
use crate::session::SessionView;
use serde::Serialize;
use tauri::{AppHandle, Emitter};

/// The one event that the page listens to.
const EVENT: &str = "bailiwick";

/// What the shell itself tells.
#[derive(Clone, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub(crate) enum Told {
    /// The way to the broker.
    Link { state: &'static str, failure: Option<Failure> },
    /// A key waits for its person, or no longer does.
    Signing { signing: Option<SigningView> },
    /// Somebody signed in, or the console was locked.
    Session { session: SessionView },
}

/// A key that waits for its person on a page in the browser.
#[derive(Clone, Serialize)]
pub(crate) struct SigningView {
    pub(crate) headline: String,
    pub(crate) code: Vec<String>,
    pub(crate) key: &'static str,
}

/// Tells the page, if there is one.
pub(crate) fn tell(app: &AppHandle, what: &(impl Serialize + Clone)) {
    if let Err(error) = app.emit(EVENT, what.clone()) {
        tracing::warn!(%error, "the page cannot be told");
    }
}
