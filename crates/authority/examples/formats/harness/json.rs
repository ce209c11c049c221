//! Strict values taken apart and changed by path, and written for people.

use bailiwick_authority::Value;

pub(crate) fn int(number: u64) -> Value {
    Value::Int(i64::try_from(number).unwrap())
}

/// Parses a literal of the harness's own.
pub(crate) fn value(text: &str) -> Value {
    Value::parse_any_size(text.as_bytes()).unwrap_or_else(|error| panic!("{error}: `{text}`"))
}

/// The value at `path`: member names and list indices joined with `/`.
pub(crate) fn at<'a>(value: &'a mut Value, path: &str) -> &'a mut Value {
    path.split('/').fold(value, |value, step| match value {
        Value::Object(members) => members.get_mut(step).unwrap_or_else(|| panic!("nothing at `{path}`")),
        Value::List(items) => &mut items[step.parse::<usize>().unwrap()],
        _ => panic!("nothing at `{path}`"),
    })
}

pub(crate) fn get<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('/').try_fold(value, |value, step| match value {
        Value::Object(members) => members.get(step),
        Value::List(items) => items.get(step.parse::<usize>().ok()?),
        _ => None,
    })
}

pub(crate) fn number(value: &Value, path: &str) -> u64 {
    match get(value, path) {
        Some(Value::Int(number)) => u64::try_from(*number).unwrap(),
        other => panic!("`{path}` is {other:?}"),
    }
}

/// Sets or adds the member at `path`.
pub(crate) fn set(value: &mut Value, path: &str, new: impl Into<Value>) {
    let (parent, last) = match path.rsplit_once('/') {
        Some((parent, last)) => (at(value, parent), last),
        None => (value, path),
    };
    match parent {
        Value::Object(members) => {
            members.insert(last.to_owned(), new.into());
        }
        Value::List(items) => items[last.parse::<usize>().unwrap()] = new.into(),
        _ => panic!("no place for `{path}`"),
    }
}

pub(crate) fn remove(value: &mut Value, path: &str) {
    let (parent, last) = match path.rsplit_once('/') {
        Some((parent, last)) => (at(value, parent), last),
        None => (value, path),
    };
    match parent {
        Value::Object(members) => assert!(members.remove(last).is_some(), "nothing at `{path}`"),
        Value::List(items) => {
            items.remove(last.parse::<usize>().unwrap());
        }
        _ => panic!("nothing at `{path}`"),
    }
}

pub(crate) fn push(value: &mut Value, path: &str, new: impl Into<Value>) {
    match at(value, path) {
        Value::List(items) => items.push(new.into()),
        _ => panic!("`{path}` is no list"),
    }
}

/// JSON with a member a line, two spaces a level, keys in byte order, and a newline at the end.
pub(crate) fn pretty(value: &Value) -> String {
    let mut out = String::new();
    write(value, 0, &mut out);
    out.push('\n');
    out
}

fn write(value: &Value, level: usize, out: &mut String) {
    let line = |level: usize| format!("\n{}", "  ".repeat(level));
    match value {
        Value::Object(members) if !members.is_empty() => {
            for (index, (key, member)) in members.iter().enumerate() {
                out.push_str(if index == 0 { "{" } else { "," });
                out.push_str(&line(level + 1));
                out.push_str(&compact(&Value::from(key.as_str())));
                out.push_str(": ");
                write(member, level + 1, out);
            }
            out.push_str(&line(level));
            out.push('}');
        }
        Value::List(items) if !items.is_empty() => {
            for (index, item) in items.iter().enumerate() {
                out.push_str(if index == 0 { "[" } else { "," });
                out.push_str(&line(level + 1));
                write(item, level + 1, out);
            }
            out.push_str(&line(level));
            out.push(']');
        }
        other => out.push_str(&compact(other)),
    }
}

pub(crate) fn compact(value: &Value) -> String {
    String::from_utf8(value.encode()).unwrap()
}
