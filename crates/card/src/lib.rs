//! What a person is shown before they sign: rendered from the bytes that will be signed, complete, and the
//! same in the console, on a terminal and on the ceremony's page.
//!
//! INVARIANT: pure. No input or output, no clock; nothing is fetched, so that nothing is shown but what is there.
//! INVARIANT: every field of a statement is shown, whatever its kind; and every text is made visible first.
//! INVARIANT: no sentence of an agent's is part of a headline.

mod code;
mod evidence;
mod headline;
mod hops;
mod lines;
mod look_alike;
mod request;
mod shown;
mod visible;

pub use code::{code, code_text};
pub use request::{Grounds, answer, card};
pub use shown::{NotShown, shown};
pub use visible::{identifier, line};
