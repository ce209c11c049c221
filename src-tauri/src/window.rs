//! The main window. It exists only while it is open, and a while after it was closed, so that it comes back
//! at once; after that the web view is destroyed and its memory returned.

use crate::shell::Shell;
use std::sync::atomic::{AtomicU64, Ordering};
use tauri::{AppHandle, Manager, WebviewUrl, WebviewWindow, WebviewWindowBuilder, WindowEvent};

/// The window's label, which `capabilities/main.json` names.
pub(crate) const MAIN: &str = "main";

/// Counts openings and closings, so that a window that was opened again is not destroyed for its last closing.
static TURN: AtomicU64 = AtomicU64::new(0);

/// Opens the main window, or brings it to the front; at `place`, if one is named (`/receipts/sha256:…`).
pub(crate) fn open(app: &AppHandle, place: Option<&str>) -> tauri::Result<()> {
    TURN.fetch_add(1, Ordering::Relaxed);
    if let Some(window) = app.get_webview_window(MAIN) {
        if let Some(place) = place {
            go_to(&window, place)?;
        }
        window.show()?;
        window.unminimize()?;
        return window.set_focus();
    }
    let address = place.map_or_else(|| "index.html".to_owned(), |place| format!("index.html#{place}"));
    let title = app.state::<Shell>().title();
    let window = WebviewWindowBuilder::new(app, MAIN, WebviewUrl::App(address.into()))
        .title(title)
        .inner_size(1280.0, 800.0)
        .min_inner_size(960.0, 600.0)
        // Nothing but the page that was built into this program is ever shown.
        .on_navigation(is_ours)
        .on_new_window(|_, _| tauri::webview::NewWindowResponse::Deny)
        .on_download(|_, _| false)
        .devtools(false)
        .disable_drag_drop_handler()
        // The page keeps how it likes to look, nothing else; the profile's folder holds that too.
        .data_directory(app.state::<Shell>().places().config.join("webview"))
        .build()?;
    close_by_key(&window)?;
    let handle = app.clone();
    window.on_window_event(move |event| {
        if let WindowEvent::CloseRequested { api, .. } = event {
            api.prevent_close();
            close(&handle);
        }
    });
    Ok(())
}

/// Ctrl+W closes the window, as it does everywhere on this desktop; the window sees it before the page.
#[cfg(target_os = "linux")]
fn close_by_key(window: &WebviewWindow) -> tauri::Result<()> {
    use gtk::prelude::WidgetExt;
    let app = window.app_handle().clone();
    window.gtk_window()?.connect_key_press_event(move |_, event| {
        use gtk::gdk::{ModifierType, keys::constants};
        let control = event.state().contains(ModifierType::CONTROL_MASK);
        if control && (event.keyval() == constants::w || event.keyval() == constants::W) {
            close(&app);
            return gtk::glib::Propagation::Stop;
        }
        gtk::glib::Propagation::Proceed
    });
    Ok(())
}

/// Elsewhere the window's menu has it.
#[cfg(not(target_os = "linux"))]
fn close_by_key(_: &WebviewWindow) -> tauri::Result<()> {
    Ok(())
}

/// Hides the window, and destroys it when it was not opened again for a while.
fn close(app: &AppHandle) {
    let Some(window) = app.get_webview_window(MAIN) else { return };
    let turn = TURN.fetch_add(1, Ordering::Relaxed) + 1;
    if let Err(error) = window.hide() {
        tracing::warn!(%error, "the window cannot be hidden");
    }
    let (app, kept) = (app.clone(), app.state::<Shell>().window_kept());
    tauri::async_runtime::spawn(async move {
        tokio::time::sleep(kept).await;
        if TURN.load(Ordering::Relaxed) != turn {
            return;
        }
        if let Some(window) = app.get_webview_window(MAIN)
            && let Err(error) = window.destroy()
        {
            tracing::warn!(%error, "the window cannot be destroyed");
        }
    });
}

/// Whether the person looks at the window now. What the system does not say counts as no.
pub(crate) fn is_watched(app: &AppHandle) -> bool {
    app.get_webview_window(MAIN).is_some_and(|window| {
        window.is_visible().unwrap_or(false)
            && !window.is_minimized().unwrap_or(true)
            && window.is_focused().unwrap_or(false)
    })
}

/// Leads the page to a place; `place` is ours, never a text of an agent's.
fn go_to(window: &WebviewWindow, place: &str) -> tauri::Result<()> {
    let mut address = window.url()?;
    address.set_fragment(Some(place));
    window.navigate(address)
}

fn is_ours(address: &tauri::Url) -> bool {
    match address.scheme() {
        "tauri" => address.host_str() == Some("localhost"),
        // Where the system's web view has no schemes of one's own.
        "http" | "https" => {
            cfg!(any(windows, target_os = "android")) && address.host_str() == Some("tauri.localhost")
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::is_ours;

    #[test]
    fn only_the_page_that_was_built_in_is_shown() {
        let ours = |text: &str| is_ours(&text.parse().unwrap());
        assert!(ours("tauri://localhost/index.html#now"));
        for other in [
            "https://example.org/",
            "http://localhost/",
            "tauri://evil/",
            "file:///etc/passwd",
            "data:text/html,x",
            "about:blank",
            "javascript:alert(1)",
        ] {
            assert!(!ours(other), "{other}");
        }
    }
}
