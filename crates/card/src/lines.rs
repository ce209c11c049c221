//! Everything that a payload says, field by field: what a person can read in full before they sign.

use crate::visible::line;
use bailiwick_authority::Value;
use bailiwick_protocol::Line;

/// The lines of a payload, in its order. No value is left out: an empty object or list is one, too.
pub(crate) fn lines(payload: &Value) -> Vec<Line> {
    let mut lines = Vec::new();
    add(&mut lines, String::new(), payload);
    lines
}

fn add(lines: &mut Vec<Line>, field: String, value: &Value) {
    let mut one = |value: String| lines.push(Line { field: field.clone(), value });
    match value {
        Value::Object(members) if members.is_empty() => one("{}".to_owned()),
        Value::List(items) if items.is_empty() => one("[]".to_owned()),
        Value::Object(members) => {
            for (name, value) in members {
                add(lines, member(&field, name), value);
            }
        }
        Value::List(items) => {
            for (index, value) in items.iter().enumerate() {
                add(lines, format!("{field}[{index}]"), value);
            }
        }
        Value::Str(text) => one(line(text)),
        Value::Int(number) => one(number.to_string()),
        Value::Bool(flag) => one(flag.to_string()),
    }
}

/// A member's field; a key that is data is quoted where it could pass for something else.
fn member(field: &str, name: &str) -> String {
    let plain =
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
    let name = if plain { name.to_owned() } else { format!("\"{}\"", line(name).replace('"', "\\\"")) };
    if field.is_empty() { name } else { format!("{field}.{name}") }
}
