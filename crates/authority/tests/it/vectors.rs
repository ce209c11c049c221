//! Every vector, and that the files are what the program writes.

use crate::harness::files;
use crate::harness::json::compact;
use crate::harness::run::run;
use bailiwick_authority::Value;

#[test]
fn every_vector_comes_to_what_it_says() {
    let present = files::present(&files::folder()).unwrap();
    let (mut refused, mut wrong) = (0, Vec::new());
    for (name, text) in &present {
        let vector = Value::parse_any_size(text.as_bytes()).unwrap();
        let expected = vector.get("expect").unwrap();
        refused += usize::from(expected.get("refused").is_some());
        let found = run(&vector);
        if &found != expected {
            wrong.push(format!("{name}: expected {}, found {}", compact(expected), compact(&found)));
        }
    }
    println!("{} vectors, {refused} of them refused", present.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(present.len() >= 40 && 2 * refused > present.len());
}

#[test]
fn the_vectors_are_current() {
    let advice = "run `cargo run -p bailiwick-authority --example formats -- vectors`";
    let (expected, present) = (files::expected(), files::present(&files::folder()).unwrap());
    for (name, text) in &expected {
        assert!(present.get(name) == Some(text), "`{name}` is not current: {advice}");
    }
    assert_eq!(expected.len(), present.len(), "a vector that nothing writes: {advice}");
    let keys = std::fs::read_to_string(files::folder().join("../keys.json")).unwrap();
    assert_eq!(keys, files::keys(), "`keys.json` is not current: {advice}");
}
