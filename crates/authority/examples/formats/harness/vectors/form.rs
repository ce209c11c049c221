//! Identifiers and texts.

use super::{Expect, Vector, no};
use bailiwick_authority::Value;

pub(super) fn vectors() -> Vec<Vector> {
    let (long_name, too_long_name) = ("a".repeat(63), "a".repeat(64));
    let (long_text, too_long_text) = (format!("{}a", "é".repeat(255)), "é".repeat(257));
    let digest = "sha256:00000000000000000000000000000000000000000000000000000000000000ff";
    let all: &[(&str, &str, &str, bool)] = &[
        ("name", "plain", "github-2.acme_x", true),
        ("name", "longest", &long_name, true),
        ("name", "too-long", &too_long_name, false),
        ("name", "empty", "", false),
        ("name", "in-capitals", "GitHub", false),
        ("name", "with-a-leading-dash", "-x", false),
        ("name", "with-a-slash", "a/b", false),
        ("name", "look-alike", "\u{430}da", false),
        ("action", "plain", "pulls/merge", true),
        ("action", "without-a-category", "merge", false),
        ("action", "with-three-parts", "pulls/merge/now", false),
        ("action", "with-dots", "../merge", false),
        ("action", "with-a-star", "pulls/*", false),
        ("resource", "plain", "repository:1296269", true),
        ("resource", "by-node-id", "repository:R_kgDOA-x.1", true),
        ("resource", "with-a-path", "repository:owner/../x", false),
        ("resource", "with-a-space-behind", "repository:1 ", false),
        ("resource", "with-a-nul", "repository:1\0", false),
        ("resource", "without-a-kind", ":1", false),
        ("text", "in-other-scripts", "Füchse & Söhne, 東京", true),
        ("text", "longest", &long_text, true),
        ("text", "too-long-in-bytes", &too_long_text, false),
        ("text", "empty", "", false),
        ("text", "with-a-line-break", "agent\nsteward", false),
        ("text", "with-an-escape-sequence", "\u{1b}[31mred", false),
        ("text", "that-turns-round", "ci\u{202e}toob", false),
        ("text", "with-an-isolate", "a\u{2066}b", false),
        ("text", "with-a-zero-width-space", "ad\u{200b}a", false),
        ("text", "with-a-soft-hyphen", "ad\u{ad}a", false),
        ("text", "with-a-blank-letter", "ada\u{3164}", false),
        ("text", "with-a-variation-selector", "ada\u{fe0f}", false),
        ("text", "with-a-tag", "ada\u{e0061}", false),
        ("text", "with-a-line-separator", "a\u{2028}b", false),
        ("text", "with-a-c1-control", "a\u{85}b", false),
        ("digest", "plain", digest, true),
        (
            "digest",
            "in-capitals",
            "sha256:00000000000000000000000000000000000000000000000000000000000000FF",
            false,
        ),
        (
            "digest",
            "without-its-prefix",
            "00000000000000000000000000000000000000000000000000000000000000ff",
            false,
        ),
        ("digest", "too-short", "sha256:ff", false),
        (
            "digest",
            "with-a-multibyte-character",
            "sha256:000000000000000000000000000000000000000000000000000000000000000é",
            false,
        ),
        ("nonce", "plain", "0123456789abcdef0123456789abcdef", true),
        ("nonce", "too-short", "0123456789abcdef0123456789abcde", false),
        ("nonce", "in-capitals", "0123456789ABCDEF0123456789ABCDEF", false),
        ("realm", "genesis", "genesis", true),
        ("realm", "digest", digest, true),
        ("realm", "genesis-in-capitals", "Genesis", false),
    ];
    all.iter()
        .map(|(form, name, text, good)| {
            let members = vec![
                ("type", Value::from("form")),
                ("form", Value::from(*form)),
                ("text", Value::from(*text)),
            ];
            let expect = if *good { Expect::Ok } else { no("invalid-field") };
            let description = format!("A {form}, {}.", name.replace('-', " "));
            Vector::new("form", &format!("{form}-{name}"), &description, members, expect)
        })
        .collect()
}
