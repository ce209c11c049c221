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

use bailiwick_keystore::SecretString;
use bailiwick_person::{Asker, Failure, Shown};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use tauri::AppHandle;

/// Held while a question is open.
static OPEN: Mutex<()> = Mutex::new(());

/// The person, asked by windows of the system's own.
#[derive(Clone)]
pub(crate) struct Windows {
    app: AppHandle,
}

impl Windows {
    pub(crate) fn of(app: &AppHandle) -> Arc<Windows> {
        Arc::new(Windows { app: app.clone() })
    }

    /// Draws on the main thread and waits for the answer here.
    fn wait<T: Send + 'static>(
        &self,
        draw: impl FnOnce(&AppHandle, Sender<T>) + Send + 'static,
    ) -> Result<T, Failure> {
        // A question that broke off leaves nothing behind that could be wrong.
        let _one = OPEN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let (sender, answer) = channel();
        let app = self.app.clone();
        let drawn = self.app.run_on_main_thread(move || draw(&app, sender));
        drawn.map_err(|error| Failure::defect(format!("no window can be drawn: {error}")))?;
        // A window that went away without an answer is a no.
        answer.recv().map_err(|_| cancelled())
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

    fn passphrase(&self, key: &Path) -> Result<SecretString, Failure> {
        let line = format!("Passphrase of {}", key.display());
        self.wait(move |app, answer| native::passphrase(app, &line, false, answer))?.ok_or_else(cancelled)
    }

    fn new_passphrase(&self, key: &Path) -> Result<SecretString, Failure> {
        let line = format!("A new passphrase for {}", key.display());
        self.wait(move |app, answer| native::passphrase(app, &line, true, answer))?.ok_or_else(cancelled)
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
