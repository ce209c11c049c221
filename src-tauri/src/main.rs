//! `bailiwick-console`: the desktop console, a client of the broker and nothing more.
//!
//! | | |
//! |---|---|
//! | what the page may call, one short file an area | `command/` |
//! | what the core draws itself: the yes to a signature, a passphrase, a file | `asking/` |
//! | the way to the broker, held open, and what is told when something comes | `link.rs`, `tray.rs`, `notice.rs` |
//! | the lock, and what the page is told by the shell itself | `session.rs`, `told.rs` |
//! | the one window | `window.rs` |
//!
//! INVARIANT: the page displays and asks. It holds no key and signs nothing: every signature goes through
//! `bailiwick_person::Steward`, whose asker here is a native window.
//! INVARIANT: no engine, store or destination is linked, and no plugin that reaches files, a shell or the network.

#![cfg_attr(windows, windows_subsystem = "windows")]

mod arguments;
mod asking;
mod command;
mod failure;
mod hardening;
mod link;
mod log;
mod notice;
mod session;
mod shell;
mod told;
mod tray;
mod window;

use arguments::Arguments;
use bailiwick_protocol::Places;
use clap::Parser;
use shell::Shell;
use std::process::ExitCode;
use tauri::{Manager, RunEvent};

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            use std::io::Write;
            // There is nobody to tell when standard error is gone.
            writeln!(std::io::stderr(), "error: {why}").ok();
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> Result<(), String> {
    hardening::harden().map_err(|why| format!("this process cannot be kept from being read: {why}"))?;
    let data_dir = match arguments.data_dir {
        Some(folder) => Some(std::path::absolute(&folder).map_err(|error| error.to_string())?),
        None => None,
    };
    let places = Places::of(data_dir.as_deref()).map_err(|error| error.to_string())?;
    let _log = log::start(&places.log)?;
    let mut context = tauri::generate_context!();
    // One console a profile: the name that it is known by names the profile.
    if data_dir.is_some() {
        let digest = bailiwick_authority::Digest::of(bailiwick_client::profile(&places).as_bytes());
        context.config_mut().identifier = format!("dev.bailiwick.console.p{}", digest.hex());
    }
    let shell = Shell::new(data_dir, places);
    let app = tauri::Builder::default()
        .plugin(tauri_plugin_single_instance::init(|app, _, _| tray::show_window(app)))
        .manage(shell)
        .invoke_handler(command::handler())
        .setup(move |app| {
            let handle = app.handle();
            if let Err(error) = tray::put_up(handle) {
                tracing::warn!(%error, "there is no tray");
            }
            link::hold(handle.clone());
            session::keep(handle.clone());
            if !arguments.hidden {
                window::open(handle, None)?;
            }
            Ok(())
        })
        .build(context)
        .map_err(|error| error.to_string())?;
    app.run(|app, event| match event {
        // The last window is gone and the tray stays; *Quit* ends with a code.
        RunEvent::ExitRequested { api, code: None, .. } => api.prevent_exit(),
        RunEvent::Exit => command::practice::end(&app.state::<Shell>()),
        _ => {}
    });
    Ok(())
}
