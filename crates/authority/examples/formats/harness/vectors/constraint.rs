//! Constraints: what they allow, and which lies within which.

use super::{Expect, Vector, no};
use crate::harness::json::value;
use bailiwick_authority::Value;

fn allows(name: &str, description: &str, constraint: &str, argument: &str, allowed: bool) -> Vector {
    let members = vec![
        ("type", Value::from("constraint")),
        ("constraint", value(constraint)),
        ("value", value(argument)),
    ];
    let expect = Expect::As(Value::object([("allows", Value::from(allowed))]));
    Vector::new("constraint", name, description, members, expect)
}

fn bad(name: &str, description: &str, constraint: &str, code: &str) -> Vector {
    let members = vec![
        ("type", Value::from("constraint")),
        ("constraint", value(constraint)),
        ("value", Value::from("x")),
    ];
    Vector::new("constraint", name, description, members, no(code))
}

fn covers(name: &str, description: &str, wide: &str, narrow: &str, covered: bool) -> Vector {
    let members = vec![("type", Value::from("covers")), ("wide", value(wide)), ("narrow", value(narrow))];
    let expect = Expect::As(Value::object([("covers", Value::from(covered))]));
    Vector::new("covers", name, description, members, expect)
}

pub(super) fn vectors() -> Vec<Vector> {
    let sixty_four = format!(r#"{{"one_of":[{}]}}"#, vec![r#""x""#; 64].join(","));
    let sixty_five = format!(r#"{{"one_of":[{}]}}"#, vec![r#""x""#; 65].join(","));
    vec![
        allows("exact", "The same value.", r#"{"exact":"squash"}"#, r#""squash""#, true),
        allows("exact-other-type", "A digit is not a number.", r#"{"exact":"1"}"#, "1", false),
        allows(
            "exact-other-normal-form",
            "Strings compare as bytes: é is not e with an accent.",
            r#"{"exact":"\u00e9"}"#,
            r#""e\u0301""#,
            false,
        ),
        allows(
            "exact-list",
            "Every one of several strings must be the value.",
            r#"{"exact":"a"}"#,
            r#"["a","a"]"#,
            true,
        ),
        allows("one-of", "One of several.", r#"{"one_of":["dev",1,false]}"#, "false", true),
        allows(
            "one-of-list",
            "Each of several is one of several.",
            r#"{"one_of":["a","b"]}"#,
            r#"["b","c"]"#,
            false,
        ),
        allows("empty-list", "An empty list satisfies nothing.", r#"{"glob":"**"}"#, "[]", false),
        allows("one-of-most", "64 values.", &sixty_four, r#""x""#, true),
        allows(
            "glob-star",
            "A star stays within its segment.",
            r#"{"glob":"feat-*"}"#,
            r#""feat-1/x""#,
            false,
        ),
        allows(
            "glob-star-empty",
            "A star may stand for nothing.",
            r#"{"glob":"feat-*"}"#,
            r#""feat-""#,
            true,
        ),
        allows("glob-two-stars", "Two stars cross segments.", r#"{"glob":"a/**/z"}"#, r#""a/b/c/z""#, true),
        allows(
            "glob-two-stars-need-their-slashes",
            "They do not swallow the slashes around them.",
            r#"{"glob":"a/**/z"}"#,
            r#""a/z""#,
            false,
        ),
        allows("glob-three-stars", "Three stars are two and one.", r#"{"glob":"a***"}"#, r#""a/b""#, true),
        allows(
            "glob-whole",
            "A glob matches the whole string.",
            r#"{"glob":"main"}"#,
            r#""maintenance""#,
            false,
        ),
        allows(
            "glob-nothing-else-is-special",
            "No question marks, classes, braces or escapes.",
            r#"{"glob":"[a]?{b}\\*"}"#,
            r#""[a]?{b}\\x""#,
            true,
        ),
        allows("glob-case", "Case counts.", r#"{"glob":"Feat*"}"#, r#""feat""#, false),
        allows(
            "glob-line-break",
            "A star matches a line break: constraints are about values, not lines.",
            r#"{"glob":"a*b"}"#,
            r#""a\nb""#,
            true,
        ),
        allows("glob-number", "A glob is for strings.", r#"{"glob":"**"}"#, "7", false),
        allows("range-edges", "Both bounds are included.", r#"{"range":{"min":1,"max":5}}"#, "5", true),
        allows("range-beyond", "And nothing else.", r#"{"range":{"min":1,"max":5}}"#, "6", false),
        allows("range-string", "A range is for numbers.", r#"{"range":{"min":1,"max":5}}"#, r#""3""#, false),
        allows("path-itself", "The folder itself.", r#"{"path_prefix":"docs"}"#, r#""docs""#, true),
        allows("path-below", "A file below.", r#"{"path_prefix":"docs"}"#, r#""docs/a/b.md""#, true),
        allows(
            "path-beside",
            "A folder that begins alike.",
            r#"{"path_prefix":"docs"}"#,
            r#""docs2/a""#,
            false,
        ),
        allows("path-up", "Up and elsewhere.", r#"{"path_prefix":"docs"}"#, r#""docs/../src""#, false),
        allows("path-absolute", "An absolute path.", r#"{"path_prefix":"docs"}"#, r#""/docs/a""#, false),
        allows("path-empty-segment", "An empty segment.", r#"{"path_prefix":"docs"}"#, r#""docs//a""#, false),
        allows("path-slash-behind", "A slash at the end.", r#"{"path_prefix":"docs"}"#, r#""docs/""#, false),
        allows(
            "path-backslash",
            "A backslash, which some systems take for a slash.",
            r#"{"path_prefix":"docs"}"#,
            r#""docs/..\\..\\x""#,
            false,
        ),
        allows(
            "path-control",
            "A control character.",
            r#"{"path_prefix":"docs"}"#,
            r#""docs/a\u0000""#,
            false,
        ),
        allows(
            "ref-short",
            "A branch is a ref below refs/heads.",
            r#"{"ref":"refs/heads/main"}"#,
            r#""main""#,
            true,
        ),
        allows(
            "ref-full",
            "By its full name too.",
            r#"{"ref":"refs/heads/main"}"#,
            r#""refs/heads/main""#,
            true,
        ),
        allows("ref-tag", "A tag is no branch.", r#"{"ref":"refs/heads/**"}"#, r#""refs/tags/v1""#, false),
        allows(
            "ref-heads",
            "Not a full name: a branch named heads/main.",
            r#"{"ref":"refs/heads/main"}"#,
            r#""heads/main""#,
            false,
        ),
        allows("ref-dash", "An option to git.", r#"{"ref":"refs/heads/**"}"#, r#""--upload-pack=x""#, false),
        allows(
            "ref-dash-in-full",
            "The same by its full name.",
            r#"{"ref":"refs/heads/**"}"#,
            r#""refs/heads/-x""#,
            false,
        ),
        allows("ref-dots", "Two dots.", r#"{"ref":"refs/heads/**"}"#, r#""a..b""#, false),
        allows(
            "ref-lock",
            "A component that ends in .lock.",
            r#"{"ref":"refs/heads/**"}"#,
            r#""a.lock/b""#,
            false,
        ),
        allows(
            "ref-hidden",
            "A component that begins with a dot.",
            r#"{"ref":"refs/heads/**"}"#,
            r#""a/.b""#,
            false,
        ),
        allows("ref-at", "A reflog.", r#"{"ref":"refs/heads/**"}"#, r#""main@{1}""#, false),
        allows("ref-tilde", "A revision.", r#"{"ref":"refs/heads/**"}"#, r#""main~1""#, false),
        allows("ref-colon", "A refspec.", r#"{"ref":"refs/heads/**"}"#, r#""a:b""#, false),
        allows("ref-space", "A space.", r#"{"ref":"refs/heads/**"}"#, r#""a b""#, false),
        allows("ref-bare", "refs/heads without a branch.", r#"{"ref":"refs/**"}"#, r#""refs/heads""#, false),
        allows(
            "ref-star",
            "A star stays within its segment.",
            r#"{"ref":"refs/heads/*"}"#,
            r#""a/b""#,
            false,
        ),
        bad("two-forms", "Two forms at once.", r#"{"exact":"x","glob":"x"}"#, "invalid-field"),
        bad("no-form", "None.", "{}", "invalid-field"),
        bad("unknown-form", "A form that does not exist.", r#"{"regex":"x"}"#, "unknown-field"),
        bad("a-bare-value", "A value is not a constraint.", r#""x""#, "wrong-type"),
        bad("exact-a-list", "A list is not a value to compare with.", r#"{"exact":["x"]}"#, "wrong-type"),
        bad("one-of-empty", "A list of nothing.", r#"{"one_of":[]}"#, "invalid-field"),
        bad("one-of-too-many", "65 values.", &sixty_five, "invalid-field"),
        bad(
            "range-upside-down",
            "A range with nothing in it.",
            r#"{"range":{"min":2,"max":1}}"#,
            "invalid-field",
        ),
        bad("range-open", "A range without an end.", r#"{"range":{"min":2}}"#, "missing-field"),
        bad("path-prefix-up", "A prefix that goes up.", r#"{"path_prefix":"../x"}"#, "invalid-field"),
        bad("path-prefix-empty", "A prefix of nothing.", r#"{"path_prefix":""}"#, "invalid-field"),
        bad("ref-not-full", "A pattern without refs/.", r#"{"ref":"main"}"#, "invalid-field"),
        covers(
            "glob-within-glob",
            "A literal run within a star.",
            r#"{"glob":"feat-*"}"#,
            r#"{"glob":"feat-a*b"}"#,
            true,
        ),
        covers(
            "glob-beyond-glob",
            "Two stars are more than one.",
            r#"{"glob":"feat-*"}"#,
            r#"{"glob":"feat-**"}"#,
            false,
        ),
        covers(
            "glob-slash-in-star",
            "A star does not absorb a slash.",
            r#"{"glob":"*"}"#,
            r#"{"glob":"a/b"}"#,
            false,
        ),
        covers(
            "glob-itself",
            "A glob lies within itself.",
            r#"{"glob":"a/**/*.md"}"#,
            r#"{"glob":"a/**/*.md"}"#,
            true,
        ),
        covers("glob-wider-stars", "Two stars absorb one.", r#"{"glob":"**a**"}"#, r#"{"glob":"*a*"}"#, true),
        covers(
            "glob-around-ref",
            "A glob of two stars holds every string.",
            r#"{"glob":"**"}"#,
            r#"{"ref":"refs/heads/main"}"#,
            true,
        ),
        covers(
            "glob-around-ref-by-name",
            "But a ref has two spellings, and a glob knows one.",
            r#"{"glob":"refs/heads/*"}"#,
            r#"{"ref":"refs/heads/main"}"#,
            false,
        ),
        covers(
            "ref-around-exact",
            "A branch within a pattern.",
            r#"{"ref":"refs/heads/feat-*"}"#,
            r#"{"exact":"feat-1"}"#,
            true,
        ),
        covers(
            "ref-around-glob",
            "A glob allows what is no ref.",
            r#"{"ref":"refs/heads/**"}"#,
            r#"{"glob":"feat-*"}"#,
            false,
        ),
        covers(
            "glob-around-ref-almost",
            "Only the pattern of two stars alone holds every string.",
            r#"{"glob":"**a"}"#,
            r#"{"ref":"refs/heads/a"}"#,
            false,
        ),
        covers(
            "range-within",
            "A range within.",
            r#"{"range":{"min":1,"max":9}}"#,
            r#"{"range":{"min":1,"max":9}}"#,
            true,
        ),
        covers(
            "range-beyond",
            "A range that sticks out.",
            r#"{"range":{"min":1,"max":9}}"#,
            r#"{"range":{"min":0,"max":3}}"#,
            false,
        ),
        covers("one-of-within", "Fewer values.", r#"{"one_of":["a","b"]}"#, r#"{"one_of":["b"]}"#, true),
        covers(
            "one-of-beyond",
            "One value more.",
            r#"{"one_of":["a","b"]}"#,
            r#"{"one_of":["b","c"]}"#,
            false,
        ),
        covers(
            "one-of-around-glob",
            "A pattern never lies within values.",
            r#"{"one_of":["a","b"]}"#,
            r#"{"glob":"a"}"#,
            false,
        ),
        covers(
            "path-within",
            "A folder below.",
            r#"{"path_prefix":"src"}"#,
            r#"{"path_prefix":"src/lib"}"#,
            true,
        ),
        covers(
            "path-beside",
            "A folder that begins alike.",
            r#"{"path_prefix":"src"}"#,
            r#"{"path_prefix":"src2"}"#,
            false,
        ),
        covers(
            "path-around-exact",
            "A value that goes up.",
            r#"{"path_prefix":"src"}"#,
            r#"{"exact":"src/../x"}"#,
            false,
        ),
    ]
}
