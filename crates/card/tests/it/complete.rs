//! Every field of a payload is shown, and what is shown says what is there and nothing else.

use crate::stand::{key, merge, signed};
use bailiwick_authority::{Envelope, Value};
use bailiwick_card::shown;
use proptest::prelude::*;
use std::collections::BTreeMap;

/// Any JSON that a claim may be.
fn anything() -> impl Strategy<Value = Value> {
    let text = prop_oneof![any::<String>(), "[\\\\nu{}a\u{202e}\u{430}\u{301}]{0,6}"];
    let leaf = prop_oneof![
        any::<bool>().prop_map(Value::Bool),
        (-9_007_199_254_740_991..=9_007_199_254_740_991_i64).prop_map(Value::Int),
        text.clone().prop_map(Value::Str),
    ];
    leaf.prop_recursive(3, 16, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::List),
            prop::collection::btree_map(text.clone(), inner, 0..3).prop_map(Value::Object),
        ]
    })
}

/// The text that was made visible; the inverse of `line`.
fn read_back(shown: &str) -> String {
    let mut out = String::new();
    let mut rest = shown.chars();
    while let Some(character) = rest.next() {
        if character != '\\' {
            out.push(character);
            continue;
        }
        match rest.next().unwrap() {
            '\\' => out.push('\\'),
            'n' => out.push('\n'),
            't' => out.push('\t'),
            'r' => out.push('\r'),
            'u' => {
                let hex: String = rest.by_ref().skip(1).take_while(|one| *one != '}').collect();
                out.push(char::from_u32(u32::from_str_radix(&hex, 16).unwrap()).unwrap());
            }
            other => panic!("`\\{other}` in {shown:?}"),
        }
    }
    out
}

/// What a payload says, leaf by leaf.
fn leaves(value: &Value, out: &mut Vec<String>) {
    match value {
        Value::Object(members) if members.is_empty() => out.push("{}".into()),
        Value::List(items) if items.is_empty() => out.push("[]".into()),
        Value::Object(members) => members.values().for_each(|member| leaves(member, out)),
        Value::List(items) => items.iter().for_each(|item| leaves(item, out)),
        Value::Str(text) => out.push(text.clone()),
        Value::Int(number) => out.push(number.to_string()),
        Value::Bool(flag) => out.push(flag.to_string()),
    }
}

fn shown_leaves(envelope: &Envelope) -> Vec<String> {
    shown(envelope).unwrap().lines.iter().map(|line| read_back(&line.value)).collect()
}

#[test]
fn what_is_shown_is_what_is_signed() {
    let full = std::env::var_os("BAILIWICK_SOAK").is_some();
    let cases = if full { 100_000 } else { 1_000 };
    let broker = key(9);
    let strategy = prop::collection::btree_map("[a-z]{1,4}", anything(), 0..4);
    proptest!(ProptestConfig::with_cases(cases), |(claims in strategy)| {
        let claims: BTreeMap<String, Value> = claims;
        let envelope = signed(&broker, merge(Value::Object(claims)));
        let mut expected = Vec::new();
        leaves(&Value::parse(envelope.payload()).unwrap(), &mut expected);
        prop_assert_eq!(shown_leaves(&envelope), expected);
        let shown = shown(&envelope).unwrap();
        // Fields are told apart: no two values stand under one name.
        let mut fields: Vec<_> = shown.lines.iter().map(|line| line.field.clone()).collect();
        fields.sort();
        let all = fields.len();
        fields.dedup();
        prop_assert_eq!(fields.len(), all);
        let texts = shown.lines.iter().flat_map(|line| [&line.field, &line.value]);
        let acts = |text: &String| text.chars().any(|one| one.is_control() || one == '\u{202e}');
        prop_assert_eq!(texts.filter(|text| acts(text)).count(), 0);
    });
}
