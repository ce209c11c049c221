//! A person's desk: a session bus, a real Secret Service, a terminal, and the shipped program with its
//! default profile, which starts its own broker.

mod locked;
mod security_key;
pub(crate) mod session;
mod tour;
pub(crate) mod usb;

pub(crate) use session::{Keychain, Ran, Session};
