//! Cases that nobody thought of: vectors and good chains with random changes at random places, signed
//! again. What they must come to is not known; two verifiers must come to the same.

use super::case::{Case, bytes, text};
use super::fault::ANY;
use super::good;
use super::json::compact;
use super::keys::{NAMES, public};
use super::part::{Part, base64};
use super::random::Random;
use super::run::run;
use super::vectors::inputs;
use bailiwick_authority::{Envelope, Value};

/// Texts that parsers differ on, put anywhere into JSON.
const SNIPPETS: [&[u8]; 34] = [
    b"null",
    b"1.0",
    b"-0",
    b"1e2",
    b"0",
    b"01",
    b"-",
    b"9007199254740991",
    b"9007199254740992",
    b"NaN",
    b",",
    b":",
    b"{",
    b"}",
    b"[",
    b"]",
    b"{}",
    b"[]",
    b"\"\"",
    b"\"a\":1,",
    b"\\u0000",
    b"\\ud83e\\udd8a",
    b"\\ud800",
    b"\\/",
    b"\\",
    b"\"",
    b" ",
    b"\n",
    b"\0",
    b"\xc3\xa9",
    b"\xe9",
    b"\xef\xbb\xbf",
    b"\xed\xa0\x80",
    b"true",
];

/// Characters that identifiers, texts, patterns, paths and refs are judged by.
const CHARACTERS: [char; 34] = [
    'a',
    'b',
    'z',
    '0',
    '9',
    'A',
    '/',
    '.',
    '-',
    '_',
    ':',
    '*',
    '@',
    '{',
    '~',
    '^',
    '?',
    '[',
    '\\',
    ' ',
    '\0',
    '\n',
    '\u{7f}',
    '\u{85}',
    '\u{ad}',
    '\u{e9}',
    '\u{200b}',
    '\u{202e}',
    '\u{3164}',
    '\u{fe0f}',
    '\u{fff9}',
    '\u{1f98a}',
    '\u{e0001}',
    '\u{10ffff}',
];

/// A vector with changed inputs, or a changed chain, and what this crate says.
pub(crate) fn wild(seed: u64, number: usize) -> Value {
    let mut random = Random::new(seed ^ (u64::try_from(number).unwrap() << 32));
    let case = if random.chance(3) { chain(&mut random) } else { changed(&mut random) };
    let verdict = run(&case);
    let Value::Object(mut members) = case else { panic!("a case is an object") };
    members.insert("rust".into(), verdict);
    Value::Object(members)
}

fn changed(random: &mut Random) -> Value {
    let all = inputs();
    let Value::Object(mut members) = random.pick(all).clone() else { panic!("a vector is an object") };
    let kind = members.get("type").unwrap().as_str().unwrap().to_owned();
    let mut change = |field: &str, how: &mut dyn FnMut(&Value) -> Value| {
        let new = how(members.get(field).unwrap());
        members.insert(field.to_owned(), new);
    };
    match kind.as_str() {
        "json" => change("text", &mut |value| text(&spliced(bytes(value), random))),
        "envelope" => change("envelope", &mut |value| text(&spliced(bytes(value), random))),
        "form" => change("text", &mut |value| Value::from(edited(value.as_str().unwrap(), random))),
        "key" => change("public", &mut |_| Value::from(base64(&point(random)))),
        "signature" => change("signature", &mut |value| {
            Value::object([("base64", Value::from(base64(&flipped(bytes(value), random))))])
        }),
        "statement" => change("envelope", &mut |value| text(&resigned(&bytes(value), random))),
        "constraint" => {
            change("constraint", &mut |value| mutated(value, random));
            change("value", &mut |value| mutated(value, random));
        }
        "covers" => {
            change("wide", &mut |value| mutated(value, random));
            change("narrow", &mut |value| mutated(value, random));
        }
        _ => return chain(random),
    }
    Value::Object(members)
}

/// A good chain in which one to three parts are changed before they are signed, or after.
fn chain(random: &mut Random) -> Value {
    let mut scene = good::scene(random, ANY);
    for _ in 0..random.within(1, 3) {
        let chosen = random.below(scene.chain.len() + 1);
        let part = scene.chain.get_mut(chosen).unwrap_or(&mut scene.invocation);
        match random.below(8) {
            0 => part.signer = NAMES[random.below(NAMES.len())],
            1 | 2 => spoil(part, random),
            _ => part.payload = mutated(&part.payload, random),
        }
    }
    scene.now = scene.now + random.within(0, 60) - 30;
    let mut members = laxly(&mut scene).to_members();
    members.push(("type", Value::from("chain")));
    Value::object(members)
}

/// Builds a scene whose payloads may be no objects any more, so that there is nothing to link.
fn laxly(scene: &mut super::scene::Scene) -> Case {
    for part in scene.chain.iter_mut().chain([&mut scene.invocation]) {
        part.relink = matches!(part.payload, Value::Object(_));
    }
    scene.build()
}

fn spoil(part: &mut Part, random: &mut Random) {
    let seed = random.next();
    let splice = Box::new(move |bytes| spliced(bytes, &mut Random::new(seed)));
    match random.below(3) {
        0 => part.after = Some(splice),
        1 => part.before = Some(splice),
        _ => {
            part.wrap = Some(Box::new(move |kind, payload, signature| {
                spliced(super::part::wrap(kind, payload, signature), &mut Random::new(seed))
            }));
        }
    }
}

/// The statement in an envelope, changed and signed by the key that had signed it, where that is known.
fn resigned(envelope: &[u8], random: &mut Random) -> Vec<u8> {
    let Ok(envelope) = Envelope::parse(envelope) else { return spliced(envelope.to_vec(), random) };
    let Ok(payload) = Value::parse(envelope.payload()) else { return spliced(envelope.to_bytes(), random) };
    let mut part = Part::new("capability", mutated(&payload, random), "ada");
    part.payload_type = envelope.payload_type().to_owned();
    if random.chance(4) {
        spoil(&mut part, random);
    }
    part.bytes()
}

/// Bytes with one to three cuts, doublings or snippets.
fn spliced(mut bytes: Vec<u8>, random: &mut Random) -> Vec<u8> {
    for _ in 0..random.within(1, 3) {
        let at = random.below(bytes.len() + 1);
        let to = (at + random.below(6)).min(bytes.len());
        match random.below(4) {
            0 => drop(bytes.drain(at..to)),
            1 => {
                let twice = bytes[at..to].to_vec();
                drop(bytes.splice(at..at, twice));
            }
            2 => drop(bytes.splice(at..to, random.pick(&SNIPPETS).iter().copied())),
            _ => drop(bytes.splice(at..at, random.pick(&SNIPPETS).iter().copied())),
        }
    }
    bytes
}

/// A text with one to three characters taken out or put in.
fn edited(text: &str, random: &mut Random) -> String {
    let mut characters: Vec<char> = text.chars().collect();
    for _ in 0..random.within(1, 3) {
        let at = random.below(characters.len() + 1);
        if random.chance(3) && at < characters.len() {
            characters.remove(at);
        } else {
            characters.insert(at, *random.pick(&CHARACTERS));
        }
    }
    characters.into_iter().collect()
}

/// A value with one to three of its nodes replaced, edited, taken out or added.
fn mutated(value: &Value, random: &mut Random) -> Value {
    let mut value = value.clone();
    for _ in 0..random.within(1, 3) {
        let steps = random.below(7);
        mutate(&mut value, steps, random);
    }
    value
}

fn mutate(value: &mut Value, steps: usize, random: &mut Random) {
    match value {
        Value::Object(members) if !members.is_empty() => {
            let key = members.keys().nth(random.below(members.len())).unwrap().clone();
            if steps > 0 {
                mutate(members.get_mut(&key).unwrap(), steps - 1, random);
                return;
            }
            let member = members.get(&key).unwrap().clone();
            match random.below(3) {
                0 => drop(members.remove(&key)),
                1 => drop(members.insert(edited(&key, random), member)),
                _ => drop(members.insert(key, other(random))),
            }
        }
        Value::List(items) if !items.is_empty() => {
            let at = random.below(items.len());
            match random.below(4) {
                0 if steps == 0 => drop(items.remove(at)),
                1 if steps == 0 => items.push(items[at].clone()),
                _ => mutate(&mut items[at], steps.saturating_sub(1), random),
            }
        }
        Value::Str(text) if !random.chance(4) => *text = edited(text, random),
        Value::Int(number) if !random.chance(4) => {
            let by = i64::try_from(random.within(0, 100)).unwrap() - 50;
            *number = (*number + by).clamp(-9_007_199_254_740_991, 9_007_199_254_740_991);
        }
        Value::Bool(flag) if random.chance(2) => *flag = !*flag,
        node => *node = other(random),
    }
}

fn other(random: &mut Random) -> Value {
    let texts = ["{}", "[]", "0", "-1", "1", "9007199254740991", "true", "\"\"", "\"a\"", "\"refs/heads/x\""];
    let more = [
        r#"{"glob":"**"}"#,
        r#"{"glob":"*a*"}"#,
        r#"{"exact":1}"#,
        r#"{"one_of":["a",true]}"#,
        r#"{"ref":"refs/heads/*"}"#,
        r#"{"path_prefix":"src"}"#,
        r#"{"range":{"min":0,"max":9}}"#,
        r#"{"kind":"everything","id":"all"}"#,
        r#"["a","b"]"#,
        "[1]",
        "\"genesis\"",
    ];
    let all = [&texts[..], &more[..]].concat();
    match random.below(all.len() + 2) {
        0 => Value::from(public(NAMES[random.below(NAMES.len())])),
        1 => Value::from(super::keys::id(NAMES[random.below(NAMES.len())])),
        chosen => super::json::value(all[chosen - 2]),
    }
}

/// 32 bytes that are a key, nearly one, or none.
fn point(random: &mut Random) -> Vec<u8> {
    let mut point: Vec<u8> = match random.below(3) {
        0 => (0..32).map(|_| u8::try_from(random.below(256)).unwrap()).collect(),
        1 => [vec![0xec + u8::try_from(random.below(20)).unwrap()], vec![0xff; 30], vec![0x7f]].concat(),
        _ => [vec![u8::try_from(random.below(20)).unwrap()], vec![0; 31]].concat(),
    };
    if random.chance(2) {
        point[31] ^= 0x80;
    }
    if random.chance(16) {
        point.pop();
    }
    point
}

fn flipped(mut bytes: Vec<u8>, random: &mut Random) -> Vec<u8> {
    if !bytes.is_empty() && !random.chance(8) {
        let at = random.below(bytes.len());
        bytes[at] ^= 1 << random.below(8);
    }
    bytes
}

/// As a line of a file.
pub(crate) fn line(seed: u64, number: usize) -> String {
    compact(&wild(seed, number))
}
