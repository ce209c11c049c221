//! The tray: how many operations run and how many wait, and the things that must be at hand at once.

use crate::command::stop;
use crate::window;
use tauri::image::Image;
use tauri::menu::{Menu, MenuItem, PredefinedMenuItem};
use tauri::tray::{TrayIcon, TrayIconBuilder, TrayIconEvent};
use tauri::{AppHandle, Manager, Wry};

/// The tray's icon and the line that is rewritten.
pub(crate) struct Tray {
    icon: TrayIcon,
    state: MenuItem<Wry>,
}

/// What the tray says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Said {
    /// The broker cannot be reached.
    Away,
    /// Everything is halted.
    Halted,
    /// Everything is paused.
    Paused,
    /// So much waits for a person.
    Waiting(usize),
    /// So many operations are under way.
    Running(usize),
}

impl Said {
    fn line(&self) -> String {
        match self {
            Said::Away => "The broker does not answer".to_owned(),
            Said::Halted => "Halted: every capability has ended".to_owned(),
            Said::Paused => "Paused: nothing new starts".to_owned(),
            Said::Waiting(1) => "1 request waits for you".to_owned(),
            Said::Waiting(count) => format!("{count} requests wait for you"),
            Said::Running(0) => "Nothing is running".to_owned(),
            Said::Running(1) => "1 operation is running".to_owned(),
            Said::Running(count) => format!("{count} operations are running"),
        }
    }

    /// What stands beside the icon, where the system shows it.
    fn title(&self) -> Option<String> {
        match self {
            Said::Running(0) => None,
            Said::Running(count) | Said::Waiting(count) => Some(count.to_string()),
            Said::Away | Said::Halted | Said::Paused => Some("!".to_owned()),
        }
    }
}

/// Puts the tray up. A desktop without one is told of in the log; everything is in the window, too.
pub(crate) fn put_up(app: &AppHandle) -> tauri::Result<()> {
    let state = MenuItem::with_id(app, "state", Said::Away.line(), false, None::<&str>)?;
    let open = MenuItem::with_id(app, "open", "Open Bailiwick", true, None::<&str>)?;
    let pause = MenuItem::with_id(
        app,
        "pause",
        "Pause all agents — nothing new starts; your signature lifts it",
        true,
        None::<&str>,
    )?;
    let halt = MenuItem::with_id(
        app,
        "halt",
        "Halt everything… — every capability ends, for good",
        true,
        None::<&str>,
    )?;
    let quit = MenuItem::with_id(app, "quit", "Quit the console — the broker goes on", true, None::<&str>)?;
    let line = || PredefinedMenuItem::separator(app);
    let menu = Menu::with_items(app, &[&state, &open, &line()?, &pause, &halt, &line()?, &quit])?;
    let icon = TrayIconBuilder::with_id("bailiwick")
        .icon(Image::from_bytes(include_bytes!("../../icons/tray.png"))?)
        .icon_as_template(true)
        .tooltip("Bailiwick")
        .menu(&menu)
        .show_menu_on_left_click(false)
        .on_menu_event(|app, event| chosen(app, event.id().as_ref()))
        .on_tray_icon_event(|tray, event| {
            // Linux tells of no clicks, only of its menu.
            if let TrayIconEvent::Click { .. } = event {
                show_window(tray.app_handle());
            }
        })
        .build(app)?;
    app.manage(Tray { icon, state });
    Ok(())
}

/// Rewrites the tray's line.
pub(crate) fn say(app: &AppHandle, said: &Said) {
    let Some(tray) = app.try_state::<Tray>() else { return };
    let written = tray
        .state
        .set_text(said.line())
        .and_then(|()| tray.icon.set_title(said.title()))
        .and_then(|()| tray.icon.set_tooltip(Some(format!("Bailiwick: {}", said.line()))));
    if let Err(error) = written {
        tracing::warn!(%error, "the tray cannot be written");
    }
}

fn chosen(app: &AppHandle, item: &str) {
    match item {
        "open" => show_window(app),
        "pause" => stop::pause_from_tray(app),
        "halt" => stop::halt_from_tray(app),
        "quit" => app.exit(0),
        _ => {}
    }
}

/// Opens the window; what keeps it from opening is in the log.
pub(crate) fn show_window(app: &AppHandle) {
    if let Err(error) = window::open(app, None) {
        tracing::error!(%error, "the window cannot be opened");
    }
}
