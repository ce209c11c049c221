//! Letters that pass for others.

use unicode_normalization::UnicodeNormalization as _;
use unicode_script::{Script, UnicodeScript as _};

/// Scripts with letters that pass for Latin ones.
const PASSING: &[Script] =
    &[Script::Cyrillic, Script::Greek, Script::Armenian, Script::Cherokee, Script::Coptic, Script::Lisu];

/// Cyrillic and Greek letters that look like Latin ones (from the confusables of Unicode TR39).
const FOR_LATIN: &str = "аеорсухіјѕһԁԛԝАВЕКМНОРСТУХІЈЅѴνοαρυικΑΒΕΖΗΙΚΜΝΟΡΤΥΧ";

/// Why a text may not be what it looks like; `None` if nothing suggests so.
pub(crate) fn suspicion(text: &str) -> Option<&'static str> {
    text.split(|character: char| character.is_whitespace() || ",;:()[]{}\"'`".contains(character))
        .filter(|word| !word.is_ascii())
        .find_map(of_word)
}

fn of_word(word: &str) -> Option<&'static str> {
    let latin = word.chars().any(|letter| letter.script() == Script::Latin);
    let passing = word.chars().any(|letter| PASSING.contains(&letter.script()));
    if latin && passing {
        return Some("mixes letters of several scripts that look alike");
    }
    if passing && word.chars().all(|letter| FOR_LATIN.contains(letter) || letter.is_ascii()) {
        return Some("is written in letters that look like Latin ones");
    }
    let folded: String = word.nfkc().collect();
    (folded.is_ascii() && folded != word).then_some("uses styled letters that look like plain ones")
}

#[cfg(test)]
mod tests {
    use super::suspicion;

    #[test]
    fn what_passes_for_something_else_is_suspected() {
        for text in ["m\u{430}in", "refs/heads/m\u{430}in", "о\u{440}\u{435}", "ｍａｉｎ", "a fine pаyload"]
        {
            assert!(suspicion(text).is_some(), "{text}");
        }
        for text in ["main", "Füchse & Söhne", "東京", "москва-дождь", "Straße 7", ""] {
            assert!(suspicion(text).is_none(), "{text}");
        }
    }
}
