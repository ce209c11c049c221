//! The windows on Linux, in the toolkit that tauri draws its own with.
//!
//! Everything shown is plain text, never markup. *Cancel* is the default and has the focus; *Sign* becomes
//! sensitive half a second after the window is there, and Enter never presses it.

use crate::window::MAIN;
use bailiwick_keystore::{MIN_PASSPHRASE_CHARS, SecretString};
use bailiwick_person::Shown;
use gtk::glib;
use gtk::prelude::*;
use std::cell::RefCell;
use std::path::PathBuf;
use std::sync::mpsc::Sender;
use std::time::Duration;
use tauri::{AppHandle, Manager};

/// So long *Sign* is not to be pressed: a key that was meant for another window.
const ARM_AFTER: Duration = Duration::from_millis(500);

/// The widest line, in characters.
const LINE_CHARS: i32 = 84;

thread_local! {
    /// The window that asks now.
    static ASKS: RefCell<glib::WeakRef<gtk::Dialog>> = RefCell::default();
}

/// Closes the window that asks, which is a no.
pub(super) fn dismiss() {
    if let Some(dialog) = ASKS.with_borrow(glib::WeakRef::upgrade) {
        dialog.response(gtk::ResponseType::Cancel);
    }
}

fn asks(dialog: &impl IsA<gtk::Dialog>) {
    ASKS.with_borrow(|asks| asks.set(Some(dialog.upcast_ref())));
}

fn window(app: &AppHandle, title: &str) -> gtk::Dialog {
    let dialog = gtk::Dialog::new();
    asks(&dialog);
    dialog.set_title(title);
    dialog.set_modal(true);
    dialog.set_position(gtk::WindowPosition::CenterAlways);
    dialog.set_border_width(18);
    dialog.set_resizable(false);
    dialog.set_keep_above(true);
    if let Some(parent) = app.get_webview_window(MAIN).and_then(|window| window.gtk_window().ok())
        && parent.is_visible()
    {
        dialog.set_transient_for(Some(&parent));
        dialog.set_position(gtk::WindowPosition::CenterOnParent);
    }
    dialog.content_area().set_spacing(12);
    dialog
}

fn line(text: &str, class: Option<&str>) -> gtk::Label {
    let label = gtk::Label::new(None);
    // Never `set_markup`: the text may be anybody's.
    label.set_text(text);
    label.set_xalign(0.0);
    label.set_line_wrap(true);
    label.set_line_wrap_mode(gtk::pango::WrapMode::WordChar);
    label.set_max_width_chars(LINE_CHARS);
    if let Some(class) = class {
        label.style_context().add_class(class);
    }
    label
}

fn button(dialog: &gtk::Dialog, label: &str, response: gtk::ResponseType) -> gtk::Button {
    let button = gtk::Button::with_mnemonic(label);
    dialog.add_action_widget(&button, response);
    button
}

/// Enter never presses this one, wherever the focus is.
fn without_enter(button: &gtk::Button) {
    button.set_can_default(false);
    button.connect_key_press_event(|_, event| {
        use gtk::gdk::keys::constants::{ISO_Enter, KP_Enter, Return};
        let key = event.keyval();
        if key == Return || key == KP_Enter || key == ISO_Enter {
            glib::Propagation::Stop
        } else {
            glib::Propagation::Proceed
        }
    });
}

/// Shows what is to be signed and answers whether the person pressed *Sign*.
pub(super) fn confirm(app: &AppHandle, shown: &Shown, answer: Sender<bool>) {
    let dialog = window(app, &format!("{} — Bailiwick", shown.title));
    let area = dialog.content_area();
    area.add(&line(&shown.title, Some("title-2")));
    let lines = line(&shown.lines.join("\n"), None);
    lines.set_selectable(true);
    lines.set_can_focus(false);
    let scrolled = gtk::ScrolledWindow::new(gtk::Adjustment::NONE, gtk::Adjustment::NONE);
    scrolled.set_policy(gtk::PolicyType::Never, gtk::PolicyType::Automatic);
    scrolled.set_propagate_natural_height(true);
    scrolled.set_propagate_natural_width(true);
    scrolled.set_max_content_height(420);
    scrolled.add(&lines);
    area.add(&scrolled);
    if !shown.flags.is_empty() {
        area.add(&line(&format!("Look closely:\n{}", shown.flags.join("\n")), None));
    }
    if !shown.fields.is_empty() {
        area.add(&everything(&shown.fields));
    }
    if !shown.beside.is_empty() {
        area.add(&line(&shown.beside.join("\n"), Some("dim-label")));
    }
    for code in &shown.codes {
        area.add(&line(&format!("Code  {code}"), Some("dim-label")));
    }
    let cancel = button(&dialog, "_Cancel", gtk::ResponseType::Cancel);
    cancel.set_can_default(true);
    let is_statement = !shown.statements.is_empty();
    let sign = button(&dialog, if is_statement { "_Sign" } else { "_Go on" }, gtk::ResponseType::Accept);
    sign.style_context().add_class("suggested-action");
    sign.set_sensitive(false);
    without_enter(&sign);
    dialog.set_default_response(gtk::ResponseType::Cancel);
    dialog.connect_response(move |dialog, response| {
        // Whoever asked may have gone.
        answer.send(response == gtk::ResponseType::Accept).ok();
        dialog.close();
    });
    dialog.show_all();
    cancel.grab_focus();
    dialog.present();
    glib::timeout_add_local_once(ARM_AFTER, move || sign.set_sensitive(true));
}

/// Every field that is signed, folded away.
fn everything(fields: &[String]) -> gtk::Expander {
    let lines = line(&fields.join("\n"), Some("monospace"));
    let scrolled = gtk::ScrolledWindow::new(gtk::Adjustment::NONE, gtk::Adjustment::NONE);
    scrolled.set_policy(gtk::PolicyType::Never, gtk::PolicyType::Automatic);
    scrolled.set_propagate_natural_height(true);
    scrolled.set_max_content_height(240);
    scrolled.add(&lines);
    let expander = gtk::Expander::new(Some("Everything that is signed"));
    expander.set_resize_toplevel(true);
    expander.add(&scrolled);
    expander
}

/// Asks for a passphrase; twice, if it is a new one.
pub(super) fn passphrase(app: &AppHandle, text: &str, new: bool, answer: Sender<Option<SecretString>>) {
    let dialog = window(app, "Passphrase — Bailiwick");
    let area = dialog.content_area();
    area.add(&line(text, None));
    let entry = || {
        let entry = gtk::Entry::new();
        entry.set_visibility(false);
        entry.set_input_purpose(gtk::InputPurpose::Password);
        entry.set_activates_default(true);
        entry
    };
    let first = entry();
    area.add(&first);
    let second = new.then(entry);
    if let Some(second) = &second {
        area.add(&line("The same again", None));
        area.add(second);
        area.add(&line(&format!("At least {MIN_PASSPHRASE_CHARS} characters."), Some("dim-label")));
    }
    let wrong = line("", None);
    area.add(&wrong);
    button(&dialog, "_Cancel", gtk::ResponseType::Cancel);
    button(&dialog, "_Unlock", gtk::ResponseType::Accept).set_can_default(true);
    dialog.set_default_response(gtk::ResponseType::Accept);
    dialog.connect_response(move |dialog, response| {
        let secret = match (response, &second) {
            (gtk::ResponseType::Accept, Some(again)) if again.text() != first.text() => {
                wrong.set_text("The two differ.");
                return;
            }
            (gtk::ResponseType::Accept, Some(_)) if first.text().chars().count() < MIN_PASSPHRASE_CHARS => {
                wrong.set_text("It is too short.");
                return;
            }
            (gtk::ResponseType::Accept, _) => Some(SecretString::from(first.text().as_str())),
            _ => None,
        };
        first.set_text("");
        if let Some(second) = &second {
            second.set_text("");
        }
        answer.send(secret).ok();
        dialog.close();
    });
    dialog.show_all();
    dialog.present();
}

/// The file chooser.
pub(super) fn choose_file(_: &AppHandle, title: &str, answer: Sender<Option<PathBuf>>) {
    let chooser = gtk::FileChooserDialog::new(Some(title), gtk::Window::NONE, gtk::FileChooserAction::Open);
    asks(&chooser);
    chooser.set_modal(true);
    chooser.add_button("_Cancel", gtk::ResponseType::Cancel);
    chooser.add_button("_Open", gtk::ResponseType::Accept);
    chooser.connect_response(move |chooser, response| {
        let chosen = if response == gtk::ResponseType::Accept { chooser.filename() } else { None };
        answer.send(chosen).ok();
        chooser.close();
    });
    chooser.show_all();
    chooser.present();
}
