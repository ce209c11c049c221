//! Strict JSON.

use super::{Expect, Vector, no};
use crate::harness::case::text;
use bailiwick_authority::Value;

fn good(name: &str, description: &str, input: &[u8], encoded: &str) -> Vector {
    let expect = Expect::As(Value::object([("encoded", Value::from(encoded))]));
    Vector::new("json", name, description, vec![("type", Value::from("json")), ("text", text(input))], expect)
}

fn bad(name: &str, description: &str, input: &[u8]) -> Vector {
    let members = vec![("type", Value::from("json")), ("text", text(input))];
    Vector::new("json", name, description, members, no("json"))
}

pub(super) fn vectors() -> Vec<Vector> {
    let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    let large = |bytes: usize| format!("\"{}\"", "a".repeat(bytes - 2)).into_bytes();
    let mut all = vec![
        good(
            "sorted-and-compact",
            "Keys are put in the order of their bytes, white space goes, escapes take their one form.",
            "{ \"b\" : [1, -2,\ttrue],\r\n \"a\": \"\\u0001\\n\\\"\\u00e9\\/\u{7f}\", \"\u{e9}\":{} , \"B\":[]}".as_bytes(),
            "{\"B\":[],\"a\":\"\\u0001\\n\\\"é/\u{7f}\",\"b\":[1,-2,true],\"é\":{}}",
        ),
        good("surrogate-pair", "A pair of escaped surrogates is one character.", br#""\ud83e\udd8a""#, "\"🦊\""),
        good("largest-integers", "The integers next to 2^53 on either side.", b"[9007199254740991,-9007199254740991]", "[9007199254740991,-9007199254740991]"),
        good("deepest", "Sixteen levels, the outermost one counted.", nested(16).as_bytes(), &nested(16)),
        good("escaped-nul", "An escaped NUL is a character like others.", br#""a\u0000b""#, "\"a\\u0000b\""),
        bad("null", "There is no null: what is absent is left out.", br#"{"a":null}"#),
        bad("float", "A number with a fraction, though it is whole.", br#"{"a":1.0}"#),
        bad("exponent", "A number with an exponent.", br#"{"a":1e3}"#),
        bad("minus-zero", "Zero has one form.", br#"{"a":-0}"#),
        bad("leading-zero", "A number with a leading zero.", br#"{"a":01}"#),
        bad("plus", "A number with a plus.", br#"{"a":+1}"#),
        bad("two-to-the-53", "An integer that a double cannot tell from its neighbour.", b"9007199254740992"),
        bad("minus-two-to-the-53", "The same, negative.", b"-9007199254740992"),
        bad("two-to-the-64", "An integer that wraps round to 1.", b"18446744073709551617"),
        bad("nan", "No number.", br#"{"a":NaN}"#),
        bad("infinity", "No number either.", br#"{"a":-Infinity}"#),
        bad("key-twice", "One key twice, with the same value.", br#"{"a":1,"a":1}"#),
        bad("key-twice-once-escaped", "One key twice, once in escapes.", br#"{"a":1,"\u0061":2}"#),
        bad("key-twice-inside", "One key twice, further in.", br#"[{"b":{"a":1,"a":2}}]"#),
        bad("lone-surrogate", "Half of a surrogate pair.", br#""\ud800""#),
        bad("lone-low-surrogate", "The other half.", br#""\udc00a""#),
        bad("surrogates-swapped", "Both halves in the wrong order.", br#""\udc00\ud800""#),
        bad("surrogate-in-a-key", "Half of a surrogate pair in a key.", br#"{"\ud800":1}"#),
        bad("surrogate-in-utf-8", "A surrogate written in three bytes.", b"\"\xed\xa0\x80\""),
        bad("overlong-utf-8", "A NUL written in two bytes.", b"\"\xc0\x80\""),
        bad("latin-1", "A byte that is no UTF-8.", b"\"\xe9\""),
        bad("byte-order-mark", "A byte order mark in front.", b"\xef\xbb\xbf{}"),
        bad("utf-16", "A text in UTF-16.", b"\xff\xfe{\0}\0"),
        bad("control-character", "A line break inside a string, unescaped.", b"\"a\nb\""),
        bad("tab", "A tab inside a string, unescaped.", b"\"a\tb\""),
        bad("unknown-escape", "An escape that JSON does not have.", br#""\x41""#),
        bad("trailing-comma", "A comma with nothing behind.", b"[1,]"),
        bad("comment", "A comment.", b"{/* */}"),
        bad("single-quotes", "A string in single quotes.", b"{'a':1}"),
        bad("bare-key", "A key without quotes.", b"{a:1}"),
        bad("something-behind", "A second value.", b"{} {}"),
        bad("nul-behind", "A NUL after the value.", b"{}\0"),
        bad("no-break-space", "White space that is none in JSON.", "{\u{a0}}".as_bytes()),
        bad("form-feed", "Nor is this.", b"{\x0c}"),
        bad("empty", "Nothing.", b""),
        bad("cut-off", "An object that does not end.", br#"{"a":1"#),
        bad("too-deep", "Seventeen levels.", nested(17).as_bytes()),
        bad("far-too-deep", "Thirty thousand levels: refused, not crashed by.", nested(30_000).as_bytes()),
        bad("arabic-digits", "Digits that are not ASCII.", "[\u{661}]".as_bytes()),
        bad("capitals", "A literal in capitals.", b"[True]"),
    ];
    let members = |bytes| vec![("type", Value::from("json")), ("text", text(&large(bytes)))];
    all.push(Vector::new("json", "largest", "65,536 bytes.", members(65_536), Expect::Ok));
    all.push(Vector::new("json", "too-large", "65,537 bytes.", members(65_537), no("too-large")));
    all
}
