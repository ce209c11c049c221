//! Constraints as they are written on a command line, and as they are shown.
//!
//! | written | allows |
//! |---|---|
//! | `target=main` | exactly `main` |
//! | `branch=ref:refs/heads/feat-*` | a branch or ref that the pattern matches; `ref:feat-*` means below `refs/heads/` |
//! | `body=glob:**` | a text that the glob matches: `*` any run without `/`, `**` any run |
//! | `issue=range:1..5` | a whole number, both ends included |
//! | `environment=oneof:staging\|test` | one of these |
//! | `path=path:docs` | a path at or below this one |
//! | `title=exact:glob:x` | exactly `glob:x` |

use crate::action::{Parameter, ParameterKind};
use crate::escape;
use crate::failure::Failure;
use bailiwick_authority::{Argument, Constraint};

/// Reads the constraint that `text` puts on `parameter`.
pub fn parse(parameter: &Parameter, text: &str) -> Result<Constraint, Failure> {
    let name = parameter.name;
    let (kind, rest) = match text.split_once(':') {
        Some((kind @ ("ref" | "glob" | "range" | "oneof" | "path" | "exact"), rest)) => (kind, rest),
        _ => ("exact", text),
    };
    let numeric = parameter.kind == ParameterKind::Number;
    if numeric && !matches!(kind, "range" | "oneof" | "exact") {
        return Err(Failure::usage(
            format!("`{name}={text}` cannot constrain a number"),
            format!("write `{name}=12`, `{name}=range:1..5` or `{name}=oneof:1|2`"),
        ));
    }
    match kind {
        "ref" if rest.is_empty() => Err(empty(name, text)),
        "ref" if rest.starts_with("refs/") => Ok(Constraint::Ref(rest.to_owned())),
        "ref" => Ok(Constraint::Ref(format!("refs/heads/{rest}"))),
        "glob" => Ok(Constraint::Glob(rest.to_owned())),
        "path" if rest.is_empty() => Err(empty(name, text)),
        "path" => Ok(Constraint::PathPrefix(rest.trim_end_matches('/').to_owned())),
        "range" if numeric => range(name, rest),
        "range" => Err(Failure::usage(
            format!("`{name}` is not a number, so `{text}` cannot constrain it"),
            format!("write `{name}=value` or `{name}=glob:…`"),
        )),
        "oneof" => {
            let values = rest.split('|').map(|value| parameter.value(value)).collect::<Result<_, _>>()?;
            Ok(Constraint::OneOf(values))
        }
        _ => Ok(Constraint::Exact(parameter.value(rest)?)),
    }
}

/// A constraint in words, after the argument's name: `is main`, `is any of refs/heads/**`.
pub fn words(constraint: &Constraint) -> String {
    match constraint {
        Constraint::Exact(value) => format!("is {}", argument(value)),
        Constraint::OneOf(values) => {
            format!("is one of {}", values.iter().map(argument).collect::<Vec<_>>().join(", "))
        }
        Constraint::Glob(glob) if glob == "**" => "is anything".to_owned(),
        Constraint::Glob(glob) => format!("matches {}", escape::line(glob)),
        Constraint::Range(1, max) if *max == (1 << 53) - 1 => "is any number".to_owned(),
        Constraint::Range(min, max) => format!("is from {min} to {max}"),
        Constraint::PathPrefix(prefix) => format!("is at or below {}", escape::line(prefix)),
        Constraint::Ref(pattern) if pattern == "refs/heads/**" => "is any branch".to_owned(),
        Constraint::Ref(pattern) => format!("matches {}", escape::line(pattern)),
    }
}

/// As [`words`], for a constraint as it stands in a statement; what is not one is shown as it is.
pub fn words_of(json: &serde_json::Value) -> String {
    let shown = |value: &serde_json::Value| {
        value.as_str().map_or_else(|| escape::line(&value.to_string()), escape::line)
    };
    let member = |name: &str| json.get(name);
    let text = |name: &str| member(name).and_then(serde_json::Value::as_str).map(str::to_owned);
    let number = |value: Option<&serde_json::Value>| value.and_then(serde_json::Value::as_i64);
    if let Some(exact) = member("exact") {
        return format!("is {}", shown(exact));
    }
    if let Some(values) = member("one_of").and_then(serde_json::Value::as_array) {
        return format!("is one of {}", values.iter().map(shown).collect::<Vec<_>>().join(", "));
    }
    let range = member("range");
    let bounds = range.and_then(|range| Some((number(range.get("min"))?, number(range.get("max"))?)));
    let constraint = text("glob")
        .map(Constraint::Glob)
        .or_else(|| text("ref").map(Constraint::Ref))
        .or_else(|| text("path_prefix").map(Constraint::PathPrefix))
        .or_else(|| bounds.map(|(min, max)| Constraint::Range(min, max)));
    constraint.as_ref().map_or_else(|| shown(json), words)
}

/// A value as it is shown.
pub fn argument(value: &Argument) -> String {
    match value {
        Argument::Str(text) => escape::line(text),
        Argument::Int(number) => number.to_string(),
        Argument::Bool(flag) => flag.to_string(),
        Argument::Strings(items) => {
            items.iter().map(|item| escape::line(item)).collect::<Vec<_>>().join(", ")
        }
    }
}

fn range(name: &str, text: &str) -> Result<Constraint, Failure> {
    let bounds = text.split_once("..").and_then(|(min, max)| Some((min.parse().ok()?, max.parse().ok()?)));
    match bounds {
        Some((min, max)) if min <= max => Ok(Constraint::Range(min, max)),
        _ => Err(Failure::usage(
            format!("`{name}=range:{text}` is not a range"),
            format!("write both ends, the smaller first: `{name}=range:1..5`"),
        )),
    }
}

fn empty(name: &str, text: &str) -> Failure {
    Failure::usage(format!("`{name}={text}` has an empty pattern"), "see `bailiwick delegate --help`")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::action::Action;

    fn read(alias: &str, name: &str, text: &str) -> Result<Constraint, Failure> {
        parse(Action::find(alias).unwrap().parameter(name).unwrap(), text)
    }

    #[test]
    fn what_is_written_is_what_is_meant() {
        let text = |value: &str| Argument::Str(value.into());
        for (name, written, expected, shown) in [
            ("target", "main", Constraint::Exact(text("main")), "is main"),
            ("target", "exact:ref:x", Constraint::Exact(text("ref:x")), "is ref:x"),
            ("branch", "ref:refs/tags/*", Constraint::Ref("refs/tags/*".into()), "matches refs/tags/*"),
            (
                "branch",
                "ref:feat-*",
                Constraint::Ref("refs/heads/feat-*".into()),
                "matches refs/heads/feat-*",
            ),
            ("branch", "glob:**", Constraint::Glob("**".into()), "is anything"),
            ("branch", "path:docs/", Constraint::PathPrefix("docs".into()), "is at or below docs"),
            ("target", "oneof:a|b", Constraint::OneOf(vec![text("a"), text("b")]), "is one of a, b"),
            ("target", "feature:x", Constraint::Exact(text("feature:x")), "is feature:x"),
        ] {
            let constraint = read("github.merge", name, written).unwrap();
            assert_eq!(constraint, expected, "{written}");
            assert_eq!(words(&constraint), shown);
            let json = serde_json::from_slice(&constraint.to_value().encode()).unwrap();
            assert_eq!(words_of(&json), shown);
        }
        assert_eq!(read("github.comment", "issue", "range:1..5").unwrap(), Constraint::Range(1, 5));
        assert_eq!(read("github.comment", "issue", "7").unwrap(), Constraint::Exact(Argument::Int(7)));
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        for (alias, name, written) in [
            ("github.comment", "issue", "range:5..1"),
            ("github.comment", "issue", "range:1"),
            ("github.comment", "issue", "ref:x"),
            ("github.comment", "issue", "seven"),
            ("github.comment", "issue", "oneof:1|x"),
            ("github.comment", "body", "range:1..2"),
            ("github.merge", "branch", "ref:"),
            ("github.merge", "branch", "path:"),
        ] {
            assert!(read(alias, name, written).is_err(), "accepted {name}={written}");
        }
    }
}
