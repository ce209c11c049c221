//! The windows about a security key: which one, its PIN, and the touch that it waits for.

use super::{MOST_CHARS, button, code_line, everything, line, scrolled, secret_entry, table, window};
use crate::asking::hand::Purpose;
use gtk::prelude::*;
use std::sync::mpsc::Sender;
use tauri::AppHandle;
use zeroize::Zeroizing;

/// What every statement has; it stands with everything else that is signed, folded away.
const OF_EVERY: [&str; 4] = ["issued", "issuer", "nonce", "realm"];

/// So many rows need no scrolling.
const FEW_ROWS: usize = 10;

/// What a touch is for: one line, and where something is signed its four words and every field.
fn purpose(area: &gtk::Box, purpose: &Purpose) {
    area.add(&line(&purpose.headline, Some("heading")));
    let Some(shown) = &purpose.statement else { return };
    area.add(&code_line(&shown.code.join("-")));
    let own = shown.lines.iter().filter(|line| !OF_EVERY.contains(&line.field.as_str()));
    let rows: Vec<(String, String)> = own.map(|line| (line.field.clone(), line.value.clone())).collect();
    // A scrolled place is never low: what is short stands without.
    let chars: usize = rows.iter().map(|(_, value)| value.chars().count()).sum();
    if rows.len() <= FEW_ROWS && chars <= MOST_CHARS {
        area.add(&table(&rows));
    } else {
        area.add(&scrolled(&table(&rows), 330));
    }
    if !shown.flags.is_empty() {
        let flags = shown.flags.iter().map(|flag| format!("{}: {}", flag.field, flag.why));
        area.add(&line(&format!("Look closely:\n{}", flags.collect::<Vec<_>>().join("\n")), None));
    }
    let fields = shown.lines.iter().map(|line| format!("{}  {}", line.field, line.value));
    area.add(&everything(&fields.collect::<Vec<_>>()));
}

/// Says that a key waits for its touch. The answer comes only if the person calls it off.
pub(in crate::asking) fn touch(app: &AppHandle, about: &Purpose, name: &str, answer: Sender<bool>) {
    let dialog = window(app, "Touch your key now — Bailiwick");
    let area = dialog.content_area();
    area.add(&line("Touch your key now", Some("title-2")));
    area.add(&line(&format!("{name} waits for you. One touch, and nothing else is signed with it."), None));
    purpose(&area, about);
    let cancel = button(&dialog, "_Cancel", gtk::ResponseType::Cancel);
    dialog.connect_response(move |dialog, _| {
        // Whoever asked may have gone.
        answer.send(false).ok();
        dialog.close();
    });
    dialog.show_all();
    cancel.grab_focus();
    dialog.present();
}

/// Asks for the PIN of a security key.
pub(in crate::asking) fn pin(
    app: &AppHandle,
    about: &Purpose,
    name: &str,
    left: u8,
    answer: Sender<Option<Zeroizing<String>>>,
) {
    let dialog = window(app, "PIN of your security key — Bailiwick");
    let area = dialog.content_area();
    area.add(&line("Enter the key's PIN", Some("title-2")));
    let tries = if left < 8 { format!(" Tries left: {left}.") } else { String::new() };
    area.add(&line(&format!("{name} wants to know who touches it.{tries}"), None));
    purpose(&area, about);
    let entry = secret_entry();
    area.add(&entry);
    button(&dialog, "_Cancel", gtk::ResponseType::Cancel);
    button(&dialog, "_Go on", gtk::ResponseType::Accept).set_can_default(true);
    dialog.set_default_response(gtk::ResponseType::Accept);
    let field = entry.clone();
    dialog.connect_response(move |dialog, response| {
        let pin = Zeroizing::new(entry.text().to_string());
        entry.set_text("");
        answer.send((response == gtk::ResponseType::Accept).then_some(pin)).ok();
        dialog.close();
    });
    dialog.show_all();
    // What is to be read above it takes the keyboard otherwise.
    field.grab_focus();
    dialog.present();
}

/// Asks which of several security keys to use.
pub(in crate::asking) fn choose_key(
    app: &AppHandle,
    about: &Purpose,
    names: &[String],
    answer: Sender<Option<usize>>,
) {
    let dialog = window(app, "Which security key? — Bailiwick");
    let area = dialog.content_area();
    area.add(&line("Which security key?", Some("title-2")));
    purpose(&area, about);
    let mut keys: Vec<gtk::RadioButton> = Vec::new();
    for name in names {
        let key = match keys.first() {
            Some(first) => gtk::RadioButton::with_label_from_widget(first, name),
            None => gtk::RadioButton::with_label(name),
        };
        area.add(&key);
        keys.push(key);
    }
    button(&dialog, "_Cancel", gtk::ResponseType::Cancel);
    button(&dialog, "_Go on", gtk::ResponseType::Accept).set_can_default(true);
    dialog.set_default_response(gtk::ResponseType::Accept);
    dialog.connect_response(move |dialog, response| {
        let chosen = keys.iter().position(|key| key.is_active());
        answer.send(chosen.filter(|_| response == gtk::ResponseType::Accept)).ok();
        dialog.close();
    });
    dialog.show_all();
    dialog.present();
}
