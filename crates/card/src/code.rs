//! Four words for a statement, the same wherever it is shown: 44 bits of its digest, by the English list of
//! BIP 39 (2,048 words that differ in their first four letters).

use bailiwick_authority::Digest;
use bip39::Language;

/// How many bits one word stands for.
const BITS: u32 = 11;

/// The four words of a statement.
pub fn code(statement: &Digest) -> [&'static str; 4] {
    let [a, b, c, d, e, f, ..] = *statement.as_bytes();
    let bits = u64::from_be_bytes([0, 0, a, b, c, d, e, f]);
    let word = |place: u32| {
        // The first 44 of these 48 bits, eleven a word.
        let index = (bits >> (48 - BITS * (place + 1))) & ((1 << BITS) - 1);
        usize::try_from(index)
            .ok()
            .and_then(|index| Language::English.word_list().get(index))
            .copied()
            .unwrap_or("?")
    };
    [word(0), word(1), word(2), word(3)]
}

/// The four words as they are read out: `ridge-otter-cabin-lunar`.
pub fn code_text(statement: &Digest) -> String {
    code(statement).join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_the_first_44_bits() {
        let mut bytes = [0; 32];
        assert_eq!(code(&Digest::from_bytes(bytes)), ["abandon"; 4]);
        bytes[..6].copy_from_slice(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xf0]);
        assert_eq!(code(&Digest::from_bytes(bytes)), ["zoo"; 4]);
        // Bits 44 and later do not count; bit 43 does.
        bytes[5] = 0xff;
        assert_eq!(code(&Digest::from_bytes(bytes)), ["zoo"; 4]);
        bytes[5] = 0xef;
        assert_ne!(code(&Digest::from_bytes(bytes)), ["zoo"; 4]);
    }
}
