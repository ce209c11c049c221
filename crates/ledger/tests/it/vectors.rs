//! The vectors of `spec/ledger.md`: leaves to bytes, hashes and heads.

use bailiwick_authority::{Timestamp, Value};
use bailiwick_ledger::{Head, Leaf};
use std::path::Path;

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value.get(field).and_then(Value::as_str).unwrap()
}

fn count(value: &Value, field: &str) -> u64 {
    match value.get(field) {
        Some(Value::Int(number)) => u64::try_from(*number).unwrap(),
        other => panic!("`{field}` is {other:?}"),
    }
}

fn leaf(value: &Value) -> Leaf {
    Leaf {
        sequence: count(value, "sequence"),
        kind: text(value, "kind").to_owned(),
        statement: text(value, "statement").parse().unwrap(),
        envelope: text(value, "envelope").parse().unwrap(),
        time: Timestamp::from_seconds(count(value, "time")).unwrap(),
    }
}

#[test]
fn leaves_encode_hash_and_chain_as_specified() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../spec/vectors/leaf");
    let mut ran = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let case = Value::parse_any_size(&std::fs::read(&path).unwrap()).unwrap();
        let Some(Value::List(leaves)) = case.get("leaves") else {
            panic!("{} has no leaves", path.display())
        };
        let leaves: Vec<Leaf> = leaves.iter().map(leaf).collect();
        let head = leaves.iter().fold(Head::empty(), |head, leaf| head.after(leaf));
        let last = leaves.last().unwrap();
        let expected = case.get("expect").and_then(|expect| expect.get("ok")).unwrap();
        assert_eq!(
            String::from_utf8(last.to_bytes()).unwrap(),
            text(expected, "encoded"),
            "{}",
            path.display()
        );
        assert_eq!(last.hash().to_string(), text(expected, "hash"), "{}", path.display());
        assert_eq!(head.digest().to_string(), text(expected, "head"), "{}", path.display());
        ran += 1;
    }
    assert!(ran >= 4, "only {ran} vectors");
}
