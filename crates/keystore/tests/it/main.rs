//! The keystore against a real Secret Service, real files and OpenSSL.
//!
//! Keychain tests need `dbus-daemon`, `gnome-keyring-daemon`, `secret-tool`, and for GNOME's
//! own prompt `Xvfb`, `xdotool` and `gcr-prompter` (Debian packages dbus-daemon,
//! gnome-keyring, libsecret-tools, xvfb, xdotool, gcr); file tests need `openssl`. A missing
//! program fails the test that needs it.

#![cfg(target_os = "linux")]
// The whole binary is tests; clippy sees that only of the functions marked so.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout
)]

mod agent_key;
mod bus;
mod desktop;
mod hostile;
mod key_file;
mod keychain;
mod locked;
mod person_key;
mod root_fingerprint;
mod root_store;
