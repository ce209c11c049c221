//! A security key at USB: which one, its PIN, and the touch, each in a window that the core draws.
//!
//! INVARIANT: the touch is the yes, so what it is for is drawn here, from the bytes that are signed, and stays until the
//! key has answered.

use super::{Open, Windows, native};
use bailiwick_person::{About, CeremonyError, Failure, Hand};
use bailiwick_protocol::Shown;
use std::sync::mpsc::TryRecvError;
use std::sync::{Mutex, MutexGuard, PoisonError};
use zeroize::Zeroizing;

/// What a touch is for, as the windows say it.
#[derive(Clone, Default)]
pub(super) struct Purpose {
    /// What is made or signed.
    pub(super) headline: String,
    /// The statement, where one is signed.
    pub(super) statement: Option<Shown>,
}

/// A person whom windows ask.
pub(super) struct Windowed {
    windows: Windows,
    purpose: Mutex<Purpose>,
    /// The window that stays while the key waits for the touch.
    touched: Mutex<Option<Open<bool>>>,
}

impl Windowed {
    pub(super) fn new(windows: Windows) -> Windowed {
        Windowed { windows, purpose: Mutex::default(), touched: Mutex::default() }
    }

    fn purpose(&self) -> Purpose {
        held(&self.purpose).clone()
    }
}

impl Hand for Windowed {
    fn show(&self, about: About<'_>) -> Result<(), CeremonyError> {
        *held(&self.purpose) = match about {
            About::Making(headline) => Purpose { headline: headline.to_owned(), statement: None },
            About::Signing(shown) => {
                Purpose { headline: shown.headline.clone(), statement: Some(shown.clone()) }
            }
        };
        Ok(())
    }

    fn choose(&self, names: &[String]) -> Result<usize, CeremonyError> {
        let (purpose, names) = (self.purpose(), names.to_vec());
        let chosen = self.windows.wait(move |app, answer| native::choose_key(app, &purpose, &names, answer));
        chosen.map_err(no)?.ok_or(CeremonyError::Declined)
    }

    fn pin(&self, name: &str, left: u8) -> Result<Zeroizing<String>, CeremonyError> {
        let (purpose, name) = (self.purpose(), name.to_owned());
        let pin = self.windows.wait(move |app, answer| native::pin(app, &purpose, &name, left, answer));
        pin.map_err(no)?.ok_or(CeremonyError::Declined)
    }

    fn touch(&self, name: &str) -> Result<(), CeremonyError> {
        let (purpose, name) = (self.purpose(), name.to_owned());
        let open = self.windows.ask(move |app, answer| native::touch(app, &purpose, &name, answer));
        *held(&self.touched) = Some(open.map_err(no)?);
        Ok(())
    }

    fn rest(&self) {
        let Some(open) = held(&self.touched).take() else { return };
        // It is still the one window that asks: nobody else is asked before `open` is gone.
        if let Err(error) = self.windows.app.run_on_main_thread(native::dismiss) {
            tracing::warn!(%error, "the window cannot be closed");
        }
        drop(open);
    }

    fn given_up(&self) -> bool {
        let open = held(&self.touched);
        let asked = open.as_ref().map(|open| open.answer.try_recv());
        !matches!(asked, Some(Err(TryRecvError::Empty))) || self.windows.check_lock().is_err()
    }
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What broke off leaves nothing behind that could be wrong.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A window that was not answered is a no.
fn no(failure: Failure) -> CeremonyError {
    tracing::info!(why = %failure.message, "a security key was not touched");
    CeremonyError::Declined
}
