//! Ledger leaves and heads, made from `spec/ledger.md`: this crate knows no ledger, so what is written
//! here is a third opinion on what `bailiwick-ledger` and `verify.py` compute.

use super::{Expect, Vector};
use crate::harness::json::int;
use crate::harness::scene::{GENESIS, NOW};
use bailiwick_authority::{Digest, Kind, Value};

fn leaf(sequence: u64, kind: &str, statement: Digest, envelope: Digest, time: u64) -> Value {
    Value::object([
        ("sequence", int(sequence)),
        ("kind", Value::from(kind)),
        ("statement", Value::from(statement)),
        ("envelope", Value::from(envelope)),
        ("time", int(time)),
    ])
}

/// The encoding and the hash of the last leaf, and the head after all of them.
fn chained(leaves: &[Value]) -> Value {
    let mut head = Digest::of(b"bailiwick ledger v1\n");
    let (mut encoded, mut hash) = (Vec::new(), head);
    for leaf in leaves {
        encoded = leaf.encode();
        hash = Digest::of_parts(&[&[0], &encoded]);
        head = Digest::of_parts(&[&[1], head.as_bytes(), hash.as_bytes()]);
    }
    Value::object([
        ("encoded", Value::from(String::from_utf8(encoded).unwrap())),
        ("hash", Value::from(hash)),
        ("head", Value::from(head)),
    ])
}

/// What a vector of leaves comes to.
pub(in crate::harness) fn judge(leaves: &Value) -> Value {
    match leaves {
        Value::List(leaves) => chained(leaves),
        other => panic!("{other:?} are no leaves"),
    }
}

fn vector(name: &str, description: &str, leaves: Vec<Value>) -> Vector {
    let members = vec![("type", Value::from("leaf")), ("leaves", Value::List(leaves))];
    Vector::new("leaf", name, description, members, Expect::Ok)
}

pub(super) fn vectors() -> Vec<Vector> {
    let genesis = leaf(0, "roster", GENESIS.1.parse().unwrap(), Digest::of(&GENESIS.0), NOW);
    let of = |number: u64, kind: &str| {
        let digest = |what: &str| Digest::of(format!("{what} {number}").as_bytes());
        leaf(number, kind, digest("statement"), digest("envelope"), NOW + number)
    };
    let kinds: Vec<Value> = (1..).zip(Kind::ALL).map(|(number, kind)| of(number, kind.as_str())).collect();
    let many: Vec<Value> = (1..100).map(|number| of(number, "receipt")).collect();
    let last = leaf((1 << 53) - 1, "finding", Digest::of(b"a"), Digest::of(b"b"), 253_402_300_799);
    vec![
        vector("genesis", "A ledger of one entry.", vec![genesis.clone()]),
        vector("every-kind", "A ledger of every kind.", [vec![genesis.clone()], kinds].concat()),
        vector("a-hundred", "A ledger of a hundred entries.", [vec![genesis.clone()], many].concat()),
        vector("largest-numbers", "The largest numbers that there can be.", vec![genesis, last]),
    ]
}
