//! Scripts: commands and what they must answer, as data.
//!
//! | line | meaning |
//! |---|---|
//! | `# …` | for the reader |
//! | `$ bailiwick …` | a command; `$NAME` stands for a variable, quotes as in a shell |
//! | `? N` | its exit code; 0 if there is no such line |
//! | `= …` | a line of its standard output; `*` stands for any text |
//! | `! …` | a line of its standard error |
//! | `- …` | no line of either looks like this |
//! | `> NAME /pointer` | keeps what this JSON pointer names in its standard output as `$NAME` |
//!
//! Of every command that fails it is asked besides that it says what to do.

use crate::stand::{Ran, Stand};

/// A command with everything that is asked of its answer.
struct Step<'a> {
    line: usize,
    command: &'a str,
    code: i32,
    asked: Vec<(char, &'a str)>,
}

/// Runs the script on the stand.
pub(crate) fn run(stand: &mut Stand, script: &str) {
    for step in steps(script) {
        let words = words(step.command, stand);
        assert_eq!(words.first().map(String::as_str), Some("bailiwick"), "line {}", step.line);
        let ran = stand.run(&words[1..]);
        let place = format!("line {}: {}\n{}\n{}", step.line, step.command, ran.stdout, ran.stderr);
        assert_eq!(ran.code, step.code, "the exit code of {place}");
        check_error(&ran, &words, &place);
        for (kind, pattern) in step.asked {
            let pattern = expand(pattern, stand);
            match kind {
                '=' => assert!(has(&ran.stdout, &pattern), "no line `{pattern}` in the output of {place}"),
                '!' => assert!(has(&ran.stderr, &pattern), "no line `{pattern}` in the errors of {place}"),
                '-' => assert!(
                    !has(&ran.stdout, &pattern) && !has(&ran.stderr, &pattern),
                    "a line `{pattern}` in {place}"
                ),
                _ => {
                    let (name, pointer) = pattern.split_once(' ').unwrap();
                    let json = ran.json();
                    let value = json.pointer(pointer).unwrap_or_else(|| panic!("no {pointer} in {place}"));
                    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                    stand.set(name, &text);
                }
            }
        }
    }
}

fn steps(script: &str) -> Vec<Step<'_>> {
    let mut steps: Vec<Step<'_>> = Vec::new();
    for (number, line) in script.lines().enumerate() {
        let (mark, rest) = line.split_once(' ').unwrap_or((line, ""));
        match (mark, steps.last_mut()) {
            ("" | "#", _) => {}
            ("$", _) => steps.push(Step { line: number + 1, command: rest, code: 0, asked: Vec::new() }),
            ("?", Some(step)) => step.code = rest.parse().unwrap(),
            ("=" | "!" | "-" | ">", Some(step)) => step.asked.push((mark.chars().next().unwrap(), rest)),
            _ => panic!("line {}: `{line}` is not a line of a script", number + 1),
        }
    }
    steps
}

/// Whoever fails says what to do, in the form that was asked for.
fn check_error(ran: &Ran, words: &[String], place: &str) {
    if matches!(ran.code, 0 | 130) {
        return;
    }
    if words.iter().any(|word| word == "--json") {
        let last = ran.stderr.lines().last().unwrap_or_default();
        let error: serde_json::Value = serde_json::from_str(last).unwrap_or_else(|_| panic!("{place}"));
        for field in ["code", "message", "hint"] {
            assert!(error[field].as_str().is_some_and(|text| !text.is_empty()), "no {field} in {place}");
        }
    } else {
        assert!(has(&ran.stderr, "error: *"), "no error in {place}");
        assert!(has(&ran.stderr, " hint: *"), "no hint in {place}");
    }
}

fn has(text: &str, pattern: &str) -> bool {
    text.lines().any(|line| matches(pattern, line))
}

/// Whether `line` is `pattern`, where `*` stands for any text.
fn matches(pattern: &str, line: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = line.strip_prefix(first) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// The words of a command: blanks separate, `'…'` is taken as it stands, in `"…"` variables are replaced,
/// `\xNN` is a character by its number.
fn words(command: &str, stand: &Stand) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut plain = String::new();
    let flush = |plain: &mut String, word: &mut Option<String>| {
        if !plain.is_empty() {
            word.get_or_insert_default().push_str(&expand(plain, stand));
            plain.clear();
        }
    };
    for character in command.chars() {
        match (quote, character) {
            (Some('\''), '\'') => quote = None,
            (Some('\''), other) => word.get_or_insert_default().push(other),
            (Some(_), '"') => {
                flush(&mut plain, &mut word);
                quote = None;
            }
            (None, '\'' | '"') => {
                flush(&mut plain, &mut word);
                word.get_or_insert_default();
                quote = Some(character);
            }
            (None, ' ') => {
                flush(&mut plain, &mut word);
                words.extend(word.take());
            }
            (_, other) => plain.push(other),
        }
    }
    assert!(quote.is_none(), "a quote is open in `{command}`");
    flush(&mut plain, &mut word);
    words.extend(word);
    words
}

/// `text` with `$NAME` replaced.
fn expand(text: &str, stand: &Stand) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        let end = after.find(|c: char| !c.is_ascii_uppercase() && c != '_').unwrap_or(after.len());
        let (name, behind) = after.split_at(end);
        out.push_str(before);
        if name.is_empty() {
            out.push('$');
        } else {
            out.push_str(stand.variables.get(name).unwrap_or_else(|| panic!("no variable ${name}")));
        }
        rest = behind;
    }
    out + rest
}
