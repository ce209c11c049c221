//! Constraints on arguments: what a value may be, and when one constraint lies within another.

use crate::fields::{At, Fields, FormatError};
use crate::json::{Node, Value};

/// An argument of an action: the parsed value that will be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Argument {
    /// A string.
    Str(String),
    /// A whole number.
    Int(i64),
    /// True or false.
    Bool(bool),
    /// Several strings, every one of which must satisfy a constraint.
    Strings(Vec<String>),
}

impl Argument {
    pub(crate) fn read(node: Node<'_>, at: &At) -> Result<Argument, FormatError> {
        let wrong = || at.wrong("a string, a number, a flag or an array of strings");
        match node {
            Node::Str(text) => Ok(Argument::Str(text.into_owned())),
            Node::Int(number) => Ok(Argument::Int(number)),
            Node::Bool(flag) => Ok(Argument::Bool(flag)),
            Node::List(items) => {
                let string =
                    |item| if let Node::Str(text) = item { Ok(text.into_owned()) } else { Err(wrong()) };
                items.into_iter().map(string).collect::<Result<_, _>>().map(Argument::Strings)
            }
            Node::Object(_) => Err(wrong()),
        }
    }

    /// As JSON.
    pub fn to_value(&self) -> Value {
        match self {
            Argument::Str(text) => Value::Str(text.clone()),
            Argument::Int(number) => Value::Int(*number),
            Argument::Bool(flag) => Value::Bool(*flag),
            Argument::Strings(items) => Value::strings(items.iter().cloned()),
        }
    }
}

/// How many bytes the `glob` and `ref` patterns of one capability may have together.
///
/// Comparing patterns costs the product of their lengths, and a holder of any key may write both sides.
pub(crate) const MAX_PATTERN_BYTES: usize = 2_048;

/// How many values one `one_of` may list.
const MAX_VALUES: usize = 64;

/// What an argument may be.
///
/// In globs `*` stands for any run of characters without `/`, `**` for any run; nothing else is special.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Constraint {
    /// This value.
    Exact(Argument),
    /// One of these values.
    OneOf(Vec<Argument>),
    /// A string that the glob matches.
    Glob(String),
    /// A whole number within these bounds, both included.
    Range(i64, i64),
    /// A relative path below this one (or this one itself), without empty, `.` or `..` segments.
    PathPrefix(String),
    /// A branch or full ref name that the pattern (a glob over `refs/…`) matches.
    Ref(String),
}

impl Constraint {
    pub(crate) fn read(node: Node<'_>, at: At) -> Result<Constraint, FormatError> {
        let mut fields = Fields::of(node, at.clone())?;
        let mut found = Vec::new();
        if let Some(value) = fields.optional("exact") {
            found.push(Constraint::Exact(scalar(value, fields.at("exact"))?));
        }
        if fields.has("one_of") {
            let items = fields.each("one_of", scalar)?;
            if items.is_empty() || items.len() > MAX_VALUES {
                return Err(fields.invalid("one_of", "it lists 1 to 64 values"));
            }
            found.push(Constraint::OneOf(items));
        }
        if let Some(glob) = fields.optional_string("glob")? {
            found.push(Constraint::Glob(glob));
        }
        if let Some(mut range) = fields.optional_object("range")? {
            let (min, max) = (whole(&mut range, "min")?, whole(&mut range, "max")?);
            range.finish()?;
            if min > max {
                return Err(fields.invalid("range", "its minimum lies above its maximum"));
            }
            found.push(Constraint::Range(min, max));
        }
        if let Some(prefix) = fields.optional_string("path_prefix")? {
            if !is_relative_path(&prefix) {
                return Err(fields.invalid("path_prefix", "not a plain relative path"));
            }
            found.push(Constraint::PathPrefix(prefix));
        }
        if let Some(pattern) = fields.optional_string("ref")? {
            if !pattern.starts_with("refs/") {
                return Err(fields.invalid("ref", "a ref pattern starts with `refs/`"));
            }
            found.push(Constraint::Ref(pattern));
        }
        fields.finish()?;
        <[Constraint; 1]>::try_from(found).map(|[one]| one).map_err(|_| {
            at.invalid(
                "a constraint is exactly one of `exact`, `one_of`, `glob`, `range`, `path_prefix`, `ref`",
            )
        })
    }

    /// As JSON, the way it stands in a grant.
    pub fn to_value(&self) -> Value {
        match self {
            Constraint::Exact(value) => Value::object([("exact", value.to_value())]),
            Constraint::OneOf(values) => {
                Value::object([("one_of", Value::List(values.iter().map(Argument::to_value).collect()))])
            }
            Constraint::Glob(glob) => Value::object([("glob", Value::from(glob.as_str()))]),
            Constraint::Range(min, max) => Value::object([(
                "range",
                Value::object([("min", Value::Int(*min)), ("max", Value::Int(*max))]),
            )]),
            Constraint::PathPrefix(prefix) => Value::object([("path_prefix", Value::from(prefix.as_str()))]),
            Constraint::Ref(pattern) => Value::object([("ref", Value::from(pattern.as_str()))]),
        }
    }

    /// The bytes of the pattern, of the constraints that have one.
    pub(crate) fn pattern_bytes(&self) -> usize {
        match self {
            Constraint::Glob(pattern) | Constraint::Ref(pattern) => pattern.len(),
            _ => 0,
        }
    }

    /// Whether `value` is allowed. Of several strings every one must be; an empty list is not.
    pub fn allows(&self, value: &Argument) -> bool {
        match (self, value) {
            (_, Argument::Strings(items)) => {
                !items.is_empty() && items.iter().all(|item| self.allows(&Argument::Str(item.clone())))
            }
            (Constraint::Exact(exact), value) => exact == value,
            (Constraint::OneOf(values), value) => values.contains(value),
            (Constraint::Range(min, max), Argument::Int(number)) => (min..=max).contains(&number),
            (Constraint::Glob(glob), Argument::Str(text)) => glob_matches(&tokens(glob), text),
            (Constraint::PathPrefix(prefix), Argument::Str(text)) => {
                is_relative_path(text) && is_below(text, prefix)
            }
            (Constraint::Ref(pattern), Argument::Str(text)) => {
                full_ref(text).is_some_and(|name| glob_matches(&tokens(pattern), &name))
            }
            _ => false,
        }
    }

    /// Whether everything that `narrower` allows is allowed here. Sound, not complete: a `false` may
    /// be given where a cleverer proof would find `true`; a `true` is never wrong.
    pub fn covers(&self, narrower: &Constraint) -> bool {
        match (self, narrower) {
            (_, Constraint::Exact(value)) => self.allows(value),
            (_, Constraint::OneOf(values)) => values.iter().all(|value| self.allows(value)),
            (Constraint::Range(min, max), Constraint::Range(low, high)) => min <= low && high <= max,
            (Constraint::PathPrefix(wide), Constraint::PathPrefix(narrow)) => is_below(narrow, wide),
            (Constraint::Glob(wide), Constraint::Glob(narrow))
            | (Constraint::Ref(wide), Constraint::Ref(narrow)) => glob_covers(&tokens(wide), &tokens(narrow)),
            (Constraint::Glob(wide), Constraint::PathPrefix(_) | Constraint::Ref(_)) => wide == "**",
            _ => false,
        }
    }
}

fn scalar(node: Node<'_>, at: At) -> Result<Argument, FormatError> {
    match Argument::read(node, &at)? {
        Argument::Strings(_) => Err(at.wrong("a string, a number or a flag")),
        scalar => Ok(scalar),
    }
}

fn whole(fields: &mut Fields<'_>, field: &str) -> Result<i64, FormatError> {
    match fields.required(field)? {
        Node::Int(number) => Ok(number),
        _ => Err(fields.at(field).wrong("a whole number")),
    }
}

fn is_relative_path(path: &str) -> bool {
    path.split('/').all(|part| !part.is_empty() && part != "." && part != "..")
        && !path.chars().any(|character| character.is_control() || character == '\\')
}

fn is_below(path: &str, prefix: &str) -> bool {
    path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The full name of a branch or ref, if git would take it (git-check-ref-format(1)).
fn full_ref(name: &str) -> Option<String> {
    let full = if name.starts_with("refs/") { name.to_owned() } else { format!("refs/heads/{name}") };
    let component = |part: &str| !part.is_empty() && !part.starts_with('.') && !part.ends_with(".lock");
    let forbidden = |character: char| character.is_control() || " ~^:?*[\\".contains(character);
    let good = full.split('/').count() >= 3
        && full.split('/').all(component)
        && !full.contains("..")
        && !full.contains("@{")
        && !full.ends_with('.')
        // Judged alike in both spellings: git reads the short one as an option.
        && !full.strip_prefix("refs/heads/").is_some_and(|branch| branch.starts_with('-'))
        && !full.chars().any(forbidden);
    good.then_some(full)
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Token {
    Literal(char),
    /// `*`: any run without `/`.
    Segment,
    /// `**`: any run.
    Any,
}

fn tokens(glob: &str) -> Vec<Token> {
    let mut out = Vec::new();
    let mut characters = glob.chars().peekable();
    while let Some(character) = characters.next() {
        if character != '*' {
            out.push(Token::Literal(character));
        } else if characters.next_if_eq(&'*').is_some() {
            out.push(Token::Any);
        } else {
            out.push(Token::Segment);
        }
    }
    out
}

fn glob_matches(glob: &[Token], text: &str) -> bool {
    let text: Vec<Token> = text.chars().map(Token::Literal).collect();
    glob_covers(glob, &text)
}

/// Whether `wide` matches every string that `narrow` stands for, reading the wildcards of `narrow` as
/// symbols that only an equal or wider wildcard absorbs. One pass over `narrow` per token of `wide`;
/// [`MAX_PATTERN_BYTES`] bounds their number.
fn glob_covers(wide: &[Token], narrow: &[Token]) -> bool {
    // The tokens of `wide` so far can cover the symbols of `narrow` before this one; and all of them.
    let mut before_symbol = vec![false; narrow.len()];
    let mut before_end = false;
    match before_symbol.first_mut() {
        Some(start) => *start = true,
        None => before_end = true,
    }
    for token in wide {
        let mut carry = false; // whether what lies behind the symbol at hand is reached
        for (reached, symbol) in before_symbol.iter_mut().zip(narrow) {
            carry = match token {
                Token::Literal(_) => {
                    let behind = *reached && token == symbol;
                    *reached = carry;
                    behind
                }
                Token::Any => {
                    *reached |= carry;
                    *reached
                }
                Token::Segment => {
                    *reached |= carry;
                    *reached && !matches!(symbol, Token::Literal('/') | Token::Any)
                }
            };
        }
        before_end = carry || (before_end && !matches!(token, Token::Literal(_)));
    }
    before_end
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: &str) -> Argument {
        Argument::Str(value.into())
    }

    #[test]
    fn globs() {
        let allows = |glob: &str, value: &str| Constraint::Glob(glob.into()).allows(&text(value));
        assert!(
            allows("feat-*", "feat-123")
                && allows("*", "")
                && allows("**", "a/b")
                && allows("a/**/z", "a/b/c/z")
        );
        assert!(
            !allows("feat-*", "feat-1/2")
                && !allows("feat", "feat-1")
                && !allows("*", "a/b")
                && !allows("", "a")
        );
        assert!(allows("a***", "a/b"));
    }

    #[test]
    fn refs_are_full_and_well_formed() {
        let main = Constraint::Ref("refs/heads/main".into());
        assert!(main.allows(&text("main")) && main.allows(&text("refs/heads/main")));
        let any = Constraint::Ref("refs/heads/**".into());
        for bad in [
            "-x",
            "refs/heads/-x",
            "a..b",
            "a b",
            "a.lock",
            "",
            "a//b",
            "x~1",
            "a@{1}",
            "a\0",
            ".a",
            "a/.b",
            "a.",
        ] {
            assert!(!any.allows(&text(bad)), "accepted `{bad}`");
        }
        assert!(!any.allows(&text("refs/tags/v1")));
    }

    #[test]
    fn paths_below_a_prefix() {
        let docs = Constraint::PathPrefix("docs".into());
        assert!(docs.allows(&text("docs")) && docs.allows(&text("docs/a.md")));
        for bad in ["docs2/a", "docs/../src", "/docs", "docs//a", "docs/./a", "Docs/a", "docs\\..\\x"] {
            assert!(!docs.allows(&text(bad)), "accepted `{bad}`");
        }
    }

    #[test]
    fn covering_is_sound_on_the_edges() {
        let glob = |text: &str| Constraint::Glob(text.into());
        assert!(
            glob("**").covers(&glob("*"))
                && glob("feat-*").covers(&glob("feat-a*"))
                && glob("*").covers(&glob("a*b"))
        );
        assert!(
            !glob("*").covers(&glob("**"))
                && !glob("feat-*").covers(&glob("*"))
                && !glob("*").covers(&glob("a/b"))
        );
        assert!(!glob("feat-*").covers(&Constraint::Ref("refs/heads/feat-1".into())));
        assert!(!Constraint::Range(1, 5).covers(&Constraint::Range(0, 5)));
        assert!(!Constraint::Exact(text("1")).allows(&Argument::Int(1)));
    }
}
