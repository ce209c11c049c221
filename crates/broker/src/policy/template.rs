//! The sentences of a refusal: written by the policy's author, with places that facts fill.
//!
//! `{merge.checks_missing}` stands for the value at that path. What is filled in is data: it is quoted in
//! backticks, escaped, cut to a length and never read as a template again. `{{` and `}}` are braces.

use bailiwick_authority::{Text, Value};

/// The longest template, in bytes.
const MAX_BYTES: usize = 600;
/// The longest single value, in characters.
const MAX_VALUE: usize = 120;
/// The longest sentence of the engine, in characters.
const MAX_ENGINE: usize = 400;
/// How many items of a list are named before `and N more`.
pub(super) const MAX_ITEMS: usize = 8;

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    Field(Vec<String>),
}

/// A sentence with places to fill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Template(Vec<Piece>);

impl Template {
    /// Reads a template; the error says what is wrong with it.
    pub(super) fn parse(text: &str) -> Result<Template, String> {
        if text.trim().is_empty() || text.len() > MAX_BYTES {
            return Err("a sentence has 1 to 600 bytes".to_owned());
        }
        if !text.chars().all(is_plain) {
            return Err("a sentence has no control, invisible or direction-changing characters".to_owned());
        }
        let mut pieces = Vec::new();
        let mut plain = String::new();
        let mut rest = text.chars().peekable();
        while let Some(character) = rest.next() {
            match character {
                '{' | '}' if rest.peek() == Some(&character) => {
                    rest.next();
                    plain.push(character);
                }
                '{' => {
                    let mut path = String::new();
                    loop {
                        match rest.next() {
                            Some('}') => break,
                            Some('{') | None => return Err("a `{` is not closed; `{{` is a brace".to_owned()),
                            Some(other) => path.push(other),
                        }
                    }
                    if !path.split('.').all(is_field) {
                        return Err(format!("`{{{path}}}` is no path as `{{merge.head}}`"));
                    }
                    pieces.push(Piece::Text(std::mem::take(&mut plain)));
                    pieces.push(Piece::Field(path.split('.').map(str::to_owned).collect()));
                }
                '}' => return Err("a `}` closes nothing; `}}` is a brace".to_owned()),
                other => plain.push(other),
            }
        }
        pieces.push(Piece::Text(plain));
        pieces.retain(|piece| !matches!(piece, Piece::Text(text) if text.is_empty()));
        Ok(Template(pieces))
    }

    /// The paths that it reads.
    pub(super) fn fields(&self) -> impl Iterator<Item = &[String]> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Field(path) => Some(path.as_slice()),
            Piece::Text(_) => None,
        })
    }

    /// One sentence; lists are joined.
    pub(super) fn fill(&self, scene: &Value) -> String {
        self.fill_with(scene, None)
    }

    /// One sentence for each item, if a list of several stands in it; else one.
    pub(super) fn fill_each(&self, scene: &Value) -> Vec<String> {
        let list = self.fields().find_map(|path| match look_up(scene, path) {
            Some(Value::List(items)) if items.len() > 1 => Some((path, items)),
            _ => None,
        });
        let Some((path, items)) = list else { return vec![self.fill(scene)] };
        let mut all: Vec<String> =
            items.iter().take(MAX_ITEMS).map(|item| self.fill_with(scene, Some((path, item)))).collect();
        let more = items.len().saturating_sub(MAX_ITEMS);
        if more > 0 {
            all.push(format!("and {more} more"));
        }
        all
    }

    fn fill_with(&self, scene: &Value, instead: Option<(&[String], &Value)>) -> String {
        let mut out = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Field(path) => match instead {
                    Some((of, item)) if of == path.as_slice() => write_value(item, &mut out),
                    _ => match look_up(scene, path) {
                        Some(value) => write_value(value, &mut out),
                        None => out.push_str("(not known)"),
                    },
                },
            }
        }
        out
    }
}

fn is_field(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
}

fn look_up<'v>(scene: &'v Value, path: &[String]) -> Option<&'v Value> {
    path.iter().try_fold(scene, |value, name| value.get(name))
}

fn write_value(value: &Value, out: &mut String) {
    match value {
        Value::Str(text) => out.push_str(&quoted(text)),
        Value::Int(number) => out.push_str(&number.to_string()),
        Value::Bool(flag) => out.push_str(if *flag { "true" } else { "false" }),
        Value::List(items) if items.is_empty() => out.push_str("(none)"),
        Value::List(items) => {
            for (index, item) in items.iter().take(MAX_ITEMS).enumerate() {
                if index > 0 {
                    out.push_str(", ");
                }
                match item {
                    Value::List(_) | Value::Object(_) => out.push_str("(a list)"),
                    plain => write_value(plain, out),
                }
            }
            let more = items.len().saturating_sub(MAX_ITEMS);
            if more > 0 {
                out.push_str(&format!(" and {more} more"));
            }
        }
        Value::Object(_) => out.push_str("(several values)"),
    }
}

/// Outside text, in backticks: what would move, hide or close the quotation is escaped.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::from("`");
    out.push_str(&shown(text, MAX_VALUE));
    out.push('`');
    out
}

/// Outside text, escaped and cut to so many characters, a backtick escaped too.
fn shown(text: &str, limit: usize) -> String {
    cut(text, limit, |character| character != '`' && is_plain(character))
}

/// A sentence of the policy engine, escaped and cut to so many characters. Its own backticks stay.
pub(super) fn engine_says(text: &str) -> String {
    cut(text, MAX_ENGINE, is_plain)
}

fn cut(text: &str, limit: usize, plain: impl Fn(char) -> bool) -> String {
    let mut out = String::new();
    for (count, character) in text.chars().enumerate() {
        if count >= limit {
            out.push('…');
            break;
        }
        if plain(character) {
            out.push(character);
        } else {
            out.extend(character.escape_unicode());
        }
    }
    out
}

/// Whether a character can stand in a text for people as it is, by the rule for all signed texts.
fn is_plain(character: char) -> bool {
    (' '..='~').contains(&character) || character.encode_utf8(&mut [0; 4]).parse::<Text>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(template: &str, scene: &Value) -> String {
        Template::parse(template).expect("a template").fill(scene)
    }

    #[test]
    fn what_is_no_sentence_is_refused() {
        let long = "x".repeat(601);
        for bad in [
            "",
            "  ",
            "{",
            "}",
            "a {b",
            "a }b",
            "{}",
            "{a.}",
            "{.a}",
            "{a b}",
            "{a{b}}",
            "{a\"}",
            "a\nb",
            "a\u{202e}b",
            &long,
        ] {
            assert!(Template::parse(bad).is_err(), "accepted `{bad}`");
        }
    }

    #[test]
    fn braces_double() {
        let scene = Value::object([("a", Value::from("x"))]);
        assert_eq!(filled("{{a}} {a} }}{{", &scene), "{a} `x` }{");
    }

    #[test]
    fn what_is_filled_in_is_never_read_again() {
        let scene = Value::object([("a", Value::from("{b} {{ }")), ("b", Value::from("secret"))]);
        assert_eq!(filled("{a}", &scene), "`{b} {{ }`");
    }

    #[test]
    fn values_of_every_type() {
        let scene = Value::object([
            ("list", Value::strings((0..10).map(|n| n.to_string()))),
            ("none", Value::List(Vec::new())),
            ("number", Value::Int(-7)),
            ("flag", Value::Bool(true)),
            ("object", Value::object::<String>([])),
        ]);
        assert_eq!(filled("{list}", &scene), "`0`, `1`, `2`, `3`, `4`, `5`, `6`, `7` and 2 more");
        assert_eq!(
            filled("{none} {number} {flag} {object} {absent} {list.x}", &scene),
            "(none) -7 true (several values) (not known) (not known)"
        );
        let each = Template::parse("{list}!").expect("a template").fill_each(&scene);
        assert_eq!(
            (each.len(), each.first().map(String::as_str), each.last().map(String::as_str)),
            (9, Some("`0`!"), Some("and 2 more"))
        );
    }

    #[test]
    fn outside_text_stays_inside_its_quotation() {
        assert_eq!(quoted("a`b\n\u{1b}[31m\u{202e}é"), "`a\\u{60}b\\u{a}\\u{1b}[31m\\u{202e}é`");
        let long = quoted(&"x".repeat(10_000));
        assert_eq!(long.chars().count(), MAX_VALUE + 3);
        assert!(long.ends_with("…`"));
    }
}
