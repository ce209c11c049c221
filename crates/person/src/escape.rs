//! Text from agents, destinations and files, made safe for a terminal.
//!
//! INVARIANT: nothing that comes from outside reaches a terminal but through here. Characters that move,
//! hide, reorder or colour other text are written out as `\u{…}`, so that what is shown is what is there.

/// One line: line breaks and tabs are written out too.
pub fn line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            _ if disturbs(character) => out.extend(character.escape_unicode()),
            _ => out.push(character),
        }
    }
    out
}

/// JSON that means the same and acts on no terminal: JSON lets most such characters stand as they are.
pub fn json(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if disturbs(character) {
            // Outside strings JSON is plain ASCII, so this stands in one.
            let mut units = [0; 2];
            out.extend(character.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")));
        } else {
            out.push(character);
        }
    }
    out
}

/// Controls, bidirectional formatting, separators, annotations and what cannot be seen: the characters
/// that a text in a statement may not have either.
fn disturbs(character: char) -> bool {
    if character.is_ascii() {
        return character.is_ascii_control();
    }
    character.to_string().parse::<bailiwick_authority::Text>().is_err()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_acts_on_the_terminal() {
        assert_eq!(
            line("a\u{1b}[31mb\r\nc\u{202e}d\u{200b}\u{7f}\u{9b}2J"),
            "a\\u{1b}[31mb\\r\\nc\\u{202e}d\\u{200b}\\u{7f}\\u{9b}2J"
        );
        assert_eq!(line("Füchse & Söhne, 東京 ✓"), "Füchse & Söhne, 東京 ✓");
    }

    #[test]
    fn json_means_the_same() {
        let hostile = "a\u{1b}[31m\u{202e}\u{9b}\u{e0041}\n\"é";
        let text = json(&serde_json::to_string(hostile).unwrap());
        assert!(!text.chars().any(disturbs), "{text}");
        assert_eq!(serde_json::from_str::<String>(&text).unwrap(), hostile);
    }

    #[test]
    fn every_character_comes_out_harmless() {
        for character in (0..=0x10_ffff).filter_map(char::from_u32) {
            for out in line(&character.to_string()).chars() {
                assert!(!out.is_control() && !disturbs(out), "{character:?} comes out as {out:?}");
            }
        }
    }
}
