//! Text from agents, destinations and files, made visible: what is shown is what is there.
//!
//! INVARIANT: what comes out moves, hides, reorders and styles no other text, and says which text went in:
//! `\` is doubled, so that an escape cannot be forged.

use bailiwick_authority::Text;

/// A line of text: what acts on other text, line breaks among it, is written out.
pub fn line(text: &str) -> String {
    visible(text, disturbs)
}

/// An identifier: whatever is not printable ASCII is written out.
pub fn identifier(text: &str) -> String {
    visible(text, |character| !matches!(character, ' '..='~'))
}

fn visible(text: &str, written_out: impl Fn(char) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            _ if written_out(character) => out.extend(character.escape_unicode()),
            _ => out.push(character),
        }
    }
    out
}

/// Controls, bidirectional formatting, separators, annotations and what cannot be seen: the characters that
/// a text in a statement may not have either. A combining mark may sit on what is before it, so that it too
/// is written out.
fn disturbs(character: char) -> bool {
    if character.is_ascii() {
        return character.is_ascii_control();
    }
    unicode_normalization::char::is_combining_mark(character)
        || character.to_string().parse::<Text>().is_err()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_acts_on_what_is_around_it() {
        for character in (0..=0x10_ffff).filter_map(char::from_u32) {
            let out = line(&character.to_string());
            assert!(
                !out.chars().any(|one| one.is_control() || disturbs(one)),
                "{character:?} comes out as {out:?}"
            );
            assert!(identifier(&character.to_string()).is_ascii(), "{character:?}");
        }
    }

    #[test]
    fn an_escape_cannot_be_forged() {
        assert_eq!(line("a\u{202e}b"), "a\\u{202e}b");
        assert_eq!(line("a\\u{202e}b"), "a\\\\u{202e}b");
        assert_eq!(line("Füchse, 東京"), "Füchse, 東京");
        assert_eq!(identifier("fe\u{430}t"), "fe\\u{430}t");
    }
}
