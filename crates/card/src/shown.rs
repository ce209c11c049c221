//! Any statement, as it is shown before it is signed or answered.

use crate::code::code;
use crate::headline::headline;
use crate::lines::lines;
use crate::look_alike::suspicion;
use bailiwick_authority::{Envelope, FormatError, Kind, Value};
use bailiwick_protocol::{Flag, Shown};

/// Why a statement is not shown. What cannot be shown must not be signed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotShown {
    /// It is none of ours.
    #[error("it is no statement of a kind that this version knows")]
    UnknownKind,
    /// It is not well-formed.
    #[error("it is not well-formed: {0}")]
    Format(#[from] FormatError),
}

/// A statement as it is shown: what signing it does in a sentence of ours, and everything that it says.
pub fn shown(envelope: &Envelope) -> Result<Shown, NotShown> {
    let kind = Kind::of(envelope).ok_or(NotShown::UnknownKind)?;
    let digest = envelope.statement_digest();
    let payload = Value::parse(envelope.payload())?;
    Ok(Shown {
        digest: digest.to_string(),
        kind: kind.as_str().to_owned(),
        headline: headline(kind, envelope)?,
        code: code(&digest).map(str::to_owned).to_vec(),
        lines: lines(&payload),
        flags: flags(&payload),
    })
}

/// Every text of a payload that may not be what it looks like.
fn flags(payload: &Value) -> Vec<Flag> {
    let mut flags = Vec::new();
    flag(&mut flags, String::new(), payload);
    flags
}

fn flag(flags: &mut Vec<Flag>, field: String, value: &Value) {
    match value {
        Value::Str(text) => {
            let why = suspicion(text).or_else(|| {
                let acts = crate::line(text) != text.replace('\\', "\\\\");
                acts.then_some(
                    "holds characters that cannot be seen, or that act on other text; they are written out",
                )
            });
            flags.extend(why.map(|why| Flag { field, why: why.to_owned() }));
        }
        Value::List(items) => {
            for (index, item) in items.iter().enumerate() {
                flag(flags, format!("{field}[{index}]"), item);
            }
        }
        Value::Object(members) => {
            for (name, member) in members {
                let field = if field.is_empty() {
                    crate::line(name)
                } else {
                    format!("{field}.{}", crate::line(name))
                };
                if let Some(why) = suspicion(name) {
                    flags.push(Flag { field: field.clone(), why: why.to_owned() });
                }
                flag(flags, field, member);
            }
        }
        Value::Int(_) | Value::Bool(_) => {}
    }
}
