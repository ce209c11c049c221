//! The windows on Linux, in the toolkit that tauri draws its own with.
//!
//! Everything shown is plain text, never markup. *Cancel* is the default and has the focus; *Sign* becomes
//! sensitive half a second after the window is there, and Enter never presses it.

#[path = "gtk/keys.rs"]
mod keys;

pub(super) use keys::{choose_key, pin, touch};

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

/// The longest value of a table, and the longest line that is not folded, in characters.
const MOST_CHARS: usize = 600;

/// A folded line's pieces, in characters: narrower than a table's values.
const PIECE_CHARS: usize = 56;

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
    label.set_text(&text.lines().map(folded).collect::<Vec<_>>().join("\n"));
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
    if shown.rows.is_empty() {
        area.add(&scrolled(&line(&shown.lines.join("\n"), None), 420));
    } else {
        area.add(&line(&shown.lines.join("\n"), Some("heading")));
        for code in &shown.codes {
            area.add(&code_line(code));
        }
        area.add(&scrolled(&table(&shown.rows), 330));
    }
    if !shown.flags.is_empty() {
        area.add(&line(&format!("Look closely:\n{}", shown.flags.join("\n")), None));
    }
    if !shown.fields.is_empty() {
        area.add(&everything(&shown.fields));
    }
    if !shown.beside.is_empty() {
        area.add(&line(&shown.beside.join("\n"), Some("dim-label")));
    }
    // Where there is a table, they stand above it.
    for code in shown.codes.iter().filter(|_| shown.rows.is_empty()) {
        area.add(&code_line(code));
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

/// Four words, to be compared with those that somebody else sees.
fn code_line(code: &str) -> gtk::Box {
    let both = gtk::Box::new(gtk::Orientation::Horizontal, 8);
    both.add(&line("Code", Some("dim-label")));
    both.add(&line(code, Some("monospace")));
    both
}

/// What something rests on: names on the left, values on the right.
fn table(rows: &[(String, String)]) -> gtk::Grid {
    let grid = gtk::Grid::new();
    grid.set_column_spacing(14);
    grid.set_row_spacing(3);
    for (place, (name, value)) in (0..).zip(rows) {
        let name = line(name, Some("dim-label"));
        name.set_valign(gtk::Align::Start);
        let value = line(&shortened(value), None);
        value.set_max_width_chars(LINE_CHARS - 20);
        value.set_hexpand(true);
        grid.attach(&name, 0, place, 1, 1);
        grid.attach(&value, 1, place, 1, 1);
    }
    grid
}

/// The toolkit takes minutes to break ten thousand characters into lines, and stands still meanwhile: what is very
/// long comes to it in pieces.
fn folded(line: &str) -> String {
    if line.chars().nth(MOST_CHARS).is_none() {
        return line.to_owned();
    }
    let mut folded = String::new();
    for (place, one) in line.chars().enumerate() {
        if place > 0 && place % PIECE_CHARS == 0 {
            folded.push('\n');
        }
        folded.push(one);
    }
    folded
}

/// What an agent wrote may be very long; here it must not push out what else is to be read.
fn shortened(value: &str) -> String {
    let cut: String = value.chars().take(MOST_CHARS).collect();
    match value.chars().count().saturating_sub(MOST_CHARS) {
        0 => cut,
        more => format!("{cut}… and {more} more characters; all of it is on the card"),
    }
}

/// As high as what is in it, and no higher than this.
fn scrolled(inner: &impl IsA<gtk::Widget>, most: i32) -> gtk::ScrolledWindow {
    let scrolled = gtk::ScrolledWindow::new(gtk::Adjustment::NONE, gtk::Adjustment::NONE);
    scrolled.set_policy(gtk::PolicyType::Never, gtk::PolicyType::Automatic);
    scrolled.set_propagate_natural_height(true);
    scrolled.set_propagate_natural_width(true);
    scrolled.set_max_content_height(most);
    // What lies below the edge shows that it is there.
    scrolled.set_overlay_scrolling(false);
    scrolled.add(inner);
    scrolled
}

/// Every field that is signed, folded away.
fn everything(fields: &[String]) -> gtk::Expander {
    let expander = gtk::Expander::new(Some("Everything that is signed"));
    expander.set_resize_toplevel(true);
    expander.add(&scrolled(&line(&fields.join("\n"), Some("monospace")), 240));
    expander
}

fn secret_entry() -> gtk::Entry {
    let entry = gtk::Entry::new();
    entry.set_visibility(false);
    entry.set_input_purpose(gtk::InputPurpose::Password);
    entry.set_activates_default(true);
    entry
}

/// Asks for a passphrase; twice, if it is a new one.
pub(super) fn passphrase(app: &AppHandle, text: &str, new: bool, answer: Sender<Option<SecretString>>) {
    let dialog = window(app, "Passphrase — Bailiwick");
    let area = dialog.content_area();
    area.add(&line(text, None));
    let first = secret_entry();
    area.add(&first);
    let second = new.then(secret_entry);
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
pub(super) fn choose_file(app: &AppHandle, title: &str, answer: Sender<Option<PathBuf>>) {
    let parent = app.get_webview_window(MAIN).and_then(|window| window.gtk_window().ok());
    let chooser = gtk::FileChooserDialog::new(Some(title), parent.as_ref(), gtk::FileChooserAction::Open);
    chooser.set_default_size(860, 560);
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
