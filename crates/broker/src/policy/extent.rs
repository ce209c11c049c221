//! How deep a text goes, looked at before the engine parses it.
//!
//! The engine's parser and validator recurse without a limit, so a text of enough brackets would end the
//! broker. Its evaluator has a limit, by the stack that is left, and errs beyond it: a policy below the
//! limits here is evaluated on any thread of the broker, and so decides the same everywhere.

use super::problem::{PolicyProblem, PolicyText, Source};

/// How deep brackets may nest.
const MAX_NESTING: usize = 32;
/// How many operators, accesses and conditions one policy may have. The evaluator takes about 400 on
/// the 2 MiB of a thread.
const MAX_OPERATORS: usize = 256;
/// The words that are operators.
const WORDS: [&str; 5] = ["has", "if", "in", "is", "like"];

/// Refuses a text that goes too deep, where it does.
pub(super) fn check(source: Source<'_>) -> Result<(), PolicyProblem> {
    let angles = source.set == PolicyText::Schema;
    let (mut nesting, mut operators) = (0_usize, 0_usize);
    let (mut word_from, mut symbol_before) = (None, false);
    let mut characters = source.text.char_indices().peekable();
    while let Some((offset, character)) = characters.next() {
        let in_word = character.is_ascii_alphanumeric() || character == '_';
        match (in_word, word_from) {
            (true, None) => word_from = Some(offset),
            (false, Some(from)) => {
                let word = source.text.get(from..offset).unwrap_or_default();
                operators = operators.saturating_add(usize::from(WORDS.contains(&word)));
                word_from = None;
            }
            _ => {}
        }
        // `&&`, `==`, `<=` are one operator.
        let symbol = matches!(character, '&' | '|' | '=' | '<' | '>');
        match character {
            '/' if characters.peek().is_some_and(|(_, next)| *next == '/') => {
                while characters.next_if(|(_, next)| *next != '\n').is_some() {}
            }
            '"' => {
                while let Some((_, inside)) = characters.next() {
                    match inside {
                        '\\' => drop(characters.next()),
                        '"' => break,
                        _ => {}
                    }
                }
            }
            '(' | '[' | '{' => nesting = nesting.saturating_add(1),
            ')' | ']' | '}' => nesting = nesting.saturating_sub(1),
            '<' if angles => nesting = nesting.saturating_add(1),
            '>' if angles => nesting = nesting.saturating_sub(1),
            '+' | '-' | '*' | '!' | '.' => operators = operators.saturating_add(1),
            ';' => operators = 0,
            _ if symbol && !symbol_before => operators = operators.saturating_add(1),
            _ => {}
        }
        symbol_before = symbol;
        if nesting > MAX_NESTING {
            let message = format!("brackets nest deeper than {MAX_NESTING} here");
            return Err(source.problem(offset, message, "say it in several policies"));
        }
        if operators > MAX_OPERATORS && !angles {
            let message = format!("the policy has more than {MAX_OPERATORS} operators up to here");
            return Err(source.problem(
                offset,
                message,
                "say it in several policies, or with `.contains(…)`",
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guard(text: &str) -> Result<(), PolicyProblem> {
        check(Source::new(PolicyText::Guard, text))
    }

    #[test]
    fn nesting_and_operators_have_limits() {
        let nested = |n: usize| format!("permit when {{ {}1{} }};", "(".repeat(n), ")".repeat(n));
        assert!(guard(&nested(31)).is_ok());
        let problem = guard(&nested(32)).expect_err("33 levels");
        assert_eq!((problem.line, problem.column), (1, 46));
        for (piece, each) in [
            ("1+", 1),
            ("a && ", 1),
            ("a || ", 1),
            ("a == ", 1),
            ("a<=", 1),
            (".a", 1),
            ("!", 1),
            ("- ", 1),
            ("a has ", 1),
            ("if a then b else ", 1),
            ("a in ", 1),
            ("a is B in ", 2),
            ("a like ", 1),
            ("a.b && ", 2),
        ] {
            assert!(guard(&piece.repeat(256 / each)).is_ok(), "{piece}");
            assert!(guard(&format!("{}.", piece.repeat(256 / each + 1))).is_err(), "{piece}");
            let apart = format!("{};", piece.repeat(200 / each)).repeat(50);
            assert!(guard(&apart).is_ok(), "{piece} in policies of their own");
        }
    }

    #[test]
    fn strings_comments_and_lists_do_not_count() {
        let deep = "((((".repeat(100);
        assert!(guard(&format!("// {deep}\n\"{deep}\" \"\\\"{deep}\" \"\\\\\"")).is_ok());
        assert!(guard(&format!("\"\\\\\"{deep}")).is_err(), "a string that ends in a backslash ends");
        assert!(guard(&format!("// \"\n{deep}")).is_err(), "a quotation mark in a comment opens nothing");
        assert!(guard(&format!("\"//\" {deep}")).is_err(), "a comment in a string is none");
        assert!(guard(&format!("[{}]", "\"a\", ".repeat(10_000))).is_ok());
        assert!(guard(&"inside hashes ifs".repeat(1_000)).is_ok());
    }

    #[test]
    fn a_schema_nests_in_angles_too() {
        let schema = |n: usize| format!("type T = {}Long{};", "Set<".repeat(n), ">".repeat(n));
        assert!(check(Source::new(PolicyText::Schema, &schema(32))).is_ok());
        assert!(check(Source::new(PolicyText::Schema, &schema(33))).is_err());
    }
}
