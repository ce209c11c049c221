//! The policy that is shipped, as `init` signs it.
//!
//! Whether it loads is the broker's to say; nothing here evaluates policy.

use bailiwick_authority::{Digest, PolicySet};
use bailiwick_protocol::PolicyTexts;

/// The calendars and protected paths that are shipped.
pub const SHIPPED_DATA: &str = include_str!("../../../policies/ship-to-main/data.json");

/// The same with a calendar that is always open, for the practice range.
pub const PRACTICE_DATA: &str = include_str!("../../../policies/practice/data.json");

/// The shipped texts, with `data` instead of the shipped calendars and protected paths if given.
pub fn texts(data: Option<String>) -> PolicyTexts {
    PolicyTexts {
        guard: include_str!("../../../policies/ship-to-main/guard.cedar").to_owned(),
        ask: include_str!("../../../policies/ship-to-main/ask.cedar").to_owned(),
        schema: include_str!("../../../policies/schema.cedarschema").to_owned(),
        data: data.unwrap_or_else(|| SHIPPED_DATA.to_owned()),
    }
}

/// The statement about `texts` that follows `previous`.
pub fn statement(texts: &PolicyTexts, previous: Option<Digest>) -> PolicySet {
    PolicySet {
        previous,
        guard: Digest::of(texts.guard.as_bytes()),
        ask: Digest::of(texts.ask.as_bytes()),
        schema: Digest::of(texts.schema.as_bytes()),
        data: Digest::of(texts.data.as_bytes()),
    }
}
