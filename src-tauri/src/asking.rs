//! What the core draws itself: the yes to a signature, a passphrase, the choice of a file. The page can neither
//! draw these nor press anything in them.
//!
//! INVARIANT: one at a time. A second question waits until the first is answered; none replaces another.

#[cfg(target_os = "linux")]
#[path = "asking/gtk.rs"]
mod native;
#[cfg(not(target_os = "linux"))]
#[path = "asking/elsewhere.rs"]
mod native;

#[cfg(target_os = "linux")]
mod hand;

use crate::shell::Shell;
use crate::told::{SigningView, Told, tell};
use bailiwick_keystore::SecretString;
use bailiwick_person::{Asker, Failure, Page, Shown};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, LazyLock};
use tauri::{AppHandle, Manager};
use tokio::sync::OwnedMutexGuard;

/// Held while a question is open.
static OPEN: LazyLock<Arc<tokio::sync::Mutex<()>>> = LazyLock::new(Arc::default);

/// A question that is open: who holds it may be asked, and nobody else is meanwhile.
struct Open<T> {
    answer: Receiver<T>,
    _one: OwnedMutexGuard<()>,
}

/// The person, asked by windows of the system's own.
#[derive(Clone)]
pub(crate) struct Windows {
    app: AppHandle,
    /// How often the console had been locked when this was asked for.
    locks: u64,
}

impl Windows {
    pub(crate) fn of(app: &AppHandle) -> Arc<Windows> {
        Arc::new(Windows { app: app.clone(), locks: app.state::<Shell>().session.locks() })
    }

    /// What was asked for before the console was locked is not answered after.
    fn check_lock(&self) -> Result<(), Failure> {
        if self.app.state::<Shell>().session.locks() == self.locks { Ok(()) } else { Err(cancelled()) }
    }

    /// Draws on the main thread, once nothing else is asked.
    fn ask<T: Send + 'static>(
        &self,
        draw: impl FnOnce(&AppHandle, Sender<T>) + Send + 'static,
    ) -> Result<Open<T>, Failure> {
        let one = Arc::clone(&OPEN).blocking_lock_owned();
        self.check_lock()?;
        let (sender, answer) = channel();
        let app = self.app.clone();
        let drawn = self.app.run_on_main_thread(move || draw(&app, sender));
        drawn.map_err(|error| Failure::defect(format!("no window can be drawn: {error}")))?;
        Ok(Open { answer, _one: one })
    }

    /// Draws on the main thread and waits for the answer here.
    fn wait<T: Send + 'static>(
        &self,
        draw: impl FnOnce(&AppHandle, Sender<T>) + Send + 'static,
    ) -> Result<T, Failure> {
        let open = self.ask(draw)?;
        // A window that went away without an answer is a no.
        let answer = open.answer.recv().map_err(|_| cancelled())?;
        self.check_lock()?;
        Ok(answer)
    }
}

impl Asker for Windows {
    fn confirm(&self, shown: &Shown) -> Result<(), Failure> {
        let shown = shown.clone();
        match self.wait(move |app, answer| native::confirm(app, &shown, answer))? {
            true => Ok(()),
            false => Err(cancelled()),
        }
    }

    fn page(&self, page: Page<'_>) {
        let shell = self.app.state::<Shell>();
        let (cancel, signing) = match page {
            Page::Opens { headline, code, cancel, .. } => {
                let key = if code.is_empty() { "a new passkey" } else { "your passkey" };
                let (headline, code) = (headline.to_owned(), code.to_vec());
                (Some(cancel.clone()), Some(SigningView { headline, code, key }))
            }
            Page::Closed => (None, None),
        };
        *shell.touching.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = cancel;
        tell(&self.app, &Told::Signing { signing });
        // It may have been locked before there was anything to cancel.
        if self.check_lock().is_err() {
            break_off(&self.app);
        }
    }

    #[cfg(target_os = "linux")]
    fn hand(&self) -> Option<Box<dyn bailiwick_person::Hand>> {
        Some(Box::new(hand::Windowed::new(self.clone())))
    }

    fn passphrase(&self, key: &Path) -> Result<SecretString, Failure> {
        let line = format!("Passphrase of {}", key.display());
        self.wait(move |app, answer| native::passphrase(app, &line, false, answer))?.ok_or_else(cancelled)
    }

    fn new_passphrase(&self, key: &Path) -> Result<SecretString, Failure> {
        let line = format!("A new passphrase for {}", key.display());
        self.wait(move |app, answer| native::passphrase(app, &line, true, answer))?.ok_or_else(cancelled)
    }
}

/// Ends what is being asked with a no: the window that is open, and the page on which a key is touched.
pub(crate) fn break_off(app: &AppHandle) {
    let touching = app.state::<Shell>().touching.lock().ok().and_then(|mut touching| touching.take());
    if let Some(cancel) = touching {
        cancel.cancel();
    }
    if let Err(error) = app.run_on_main_thread(native::dismiss) {
        tracing::warn!(%error, "no window can be closed");
    }
}

fn cancelled() -> Failure {
    Failure { hint: String::new(), ..Failure::not_confirmed() }
}

/// The system's file chooser; `None` if the person chose none.
pub(crate) async fn choose_file(
    app: &AppHandle,
    title: &'static str,
) -> Result<Option<PathBuf>, crate::failure::Failure> {
    let windows = Windows::of(app);
    let chosen = tauri::async_runtime::spawn_blocking(move || {
        windows.wait(move |app, answer| native::choose_file(app, title, answer))
    });
    let chosen = chosen.await.map_err(|error| crate::failure::Failure::defect(error.to_string()))?;
    Ok(chosen.unwrap_or(None))
}
