//! Other people's words inside ours: escaped, cut, in backticks.
//!
//! What a destination says may carry text that an agent wrote. It is data: it must not move or hide the
//! text around it, and must fit into a receipt's sentence.

use bailiwick_authority::Text;

/// The longest quotation, in bytes.
const MAX_BYTES: usize = 160;

/// `text` in backticks, each character that could disturb escaped, cut to [`MAX_BYTES`].
pub(crate) fn quote(text: &str) -> String {
    let mut out = String::from("`");
    let mut buffer = [0; 4];
    for character in text.chars() {
        let plain = character != '`' && character.encode_utf8(&mut buffer).parse::<Text>().is_ok();
        let escaped = if plain { character.to_string() } else { character.escape_unicode().to_string() };
        if out.len() + escaped.len() > MAX_BYTES {
            out.push('…');
            break;
        }
        out.push_str(&escaped);
    }
    out.push('`');
    out
}

/// Several names, each quoted, the first few of them.
pub(crate) fn quote_all<S: AsRef<str>>(names: impl IntoIterator<Item = S>) -> String {
    const MAX_NAMES: usize = 3;
    let names: Vec<String> = names.into_iter().map(|name| quote(name.as_ref())).collect();
    let shown = names.iter().take(MAX_NAMES).cloned().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(MAX_NAMES) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// A message cut to what a receipt's sentence can hold.
pub(crate) fn fit(mut message: String) -> String {
    const ELLIPSIS: &str = "…";
    if message.len() > Text::MAX_BYTES {
        let mut end = Text::MAX_BYTES - ELLIPSIS.len();
        while !message.is_char_boundary(end) {
            end -= 1;
        }
        message.truncate(end);
        message.push_str(ELLIPSIS);
    }
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quotation_cannot_disturb_and_fits_a_receipt() {
        for (text, quoted) in [
            ("Not Found", "`Not Found`"),
            ("a`b", "`a\\u{60}b`"),
            ("\u{1b}[31m", "`\\u{1b}[31m`"),
            ("a\n\u{202e}b", "`a\\u{a}\\u{202e}b`"),
            ("Füchse", "`Füchse`"),
        ] {
            assert_eq!(quote(text), quoted);
        }
        let long = quote(&"ü\u{0}".repeat(10_000));
        assert!(long.len() < 200 && long.ends_with("…`"));
        let message = fit(format!("{long}{}", "é".repeat(600)));
        assert!(message.parse::<Text>().is_ok(), "{message}");
        assert_eq!(quote_all(["a", "b", "c", "d", "e"]), "`a`, `b`, `c` and 2 more");
    }
}
