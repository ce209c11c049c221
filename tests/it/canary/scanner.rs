//! Looks for secrets in bytes, in every form in which software writes bytes down.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use std::collections::HashMap;
use std::fmt::Write as _;

/// How many bytes a form is recognised by at first.
const KEY: usize = 8;

/// A secret in one form.
struct Needle {
    secret: String,
    form: &'static str,
    bytes: Vec<u8>,
}

/// All secrets in all forms.
pub(super) struct Needles {
    needles: Vec<Needle>,
    by_key: HashMap<[u8; KEY], Vec<usize>>,
}

/// A secret that was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sighting {
    pub(super) secret: String,
    pub(super) form: &'static str,
    pub(super) place: String,
    pub(super) at: usize,
}

impl Needles {
    pub(super) fn of<'a>(secrets: impl Iterator<Item = (&'a str, &'a [u8])>) -> Needles {
        let mut needles = Needles { needles: Vec::new(), by_key: HashMap::new() };
        for (name, bytes) in secrets {
            for (form, bytes) in forms(bytes) {
                needles.add(Needle { secret: name.to_owned(), form, bytes });
            }
        }
        needles
    }

    /// With more secrets.
    pub(super) fn and<'a>(mut self, secrets: impl Iterator<Item = (&'a str, &'a [u8])>) -> Needles {
        for needle in Needles::of(secrets).needles {
            self.add(needle);
        }
        self
    }

    fn add(&mut self, needle: Needle) {
        let key: [u8; KEY] = needle.bytes[..KEY].try_into().unwrap();
        self.by_key.entry(key).or_default().push(self.needles.len());
        self.needles.push(needle);
    }

    pub(super) fn forms(&self) -> usize {
        self.needles.len()
    }

    pub(super) fn scan(&self, place: &str, content: &[u8]) -> Vec<Sighting> {
        let mut seen = Vec::new();
        for (at, window) in content.windows(KEY).enumerate() {
            let key: [u8; KEY] = window.try_into().unwrap();
            for index in self.by_key.get(&key).into_iter().flatten() {
                let needle = &self.needles[*index];
                if content[at..].starts_with(&needle.bytes) {
                    seen.push(Sighting {
                        secret: needle.secret.clone(),
                        form: needle.form,
                        place: place.to_owned(),
                        at,
                    });
                }
            }
        }
        seen
    }
}

/// The bytes as they are, and in every encoding that would carry them.
pub(super) fn forms(bytes: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let each = |write: &dyn Fn(&mut String, u8)| {
        let mut out = String::new();
        bytes.iter().for_each(|byte| write(&mut out, *byte));
        out.into_bytes()
    };
    let mut forms = vec![
        ("plain", bytes.to_vec()),
        ("hex", each(&|out, byte| write!(out, "{byte:02x}").unwrap())),
        ("upper-case hex", each(&|out, byte| write!(out, "{byte:02X}").unwrap())),
        ("percent", each(&|out, byte| write!(out, "%{byte:02X}").unwrap())),
        ("lower-case percent", each(&|out, byte| write!(out, "%{byte:02x}").unwrap())),
        ("JSON escapes", each(&|out, byte| write!(out, "\\u{byte:04x}").unwrap())),
        (
            "percent where it must be",
            each(&|out, byte| {
                if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                    out.push(char::from(byte));
                } else {
                    write!(out, "%{byte:02X}").unwrap();
                }
            }),
        ),
    ];
    if let Ok(text) = std::str::from_utf8(bytes) {
        let quoted = serde_json::to_string(text).unwrap();
        forms.push(("JSON", quoted.trim_matches('"').as_bytes().to_vec()));
    }
    const BASE64: [&str; 3] = ["base64", "base64, one byte in", "base64, two bytes in"];
    const URL: [&str; 3] = ["base64url", "base64url, one byte in", "base64url, two bytes in"];
    for before in 0..3 {
        let shifted = [&vec![0; before], bytes].concat();
        // Characters that other bytes share are left out at both ends.
        let from = (before * 8).div_ceil(6);
        let to = shifted.len() * 8 / 6;
        forms.push((BASE64[before], STANDARD.encode(&shifted).as_bytes()[from..to].to_vec()));
        forms.push((URL[before], URL_SAFE.encode(&shifted).as_bytes()[from..to].to_vec()));
    }
    // Forms that are alike are one.
    let mut unlike: Vec<(&'static str, Vec<u8>)> = Vec::new();
    for (name, form) in forms {
        if !unlike.iter().any(|(_, known)| *known == form) {
            unlike.push((name, form));
        }
    }
    unlike
}

#[test]
fn every_form_is_found_at_every_alignment() {
    let secret = b"ghs_\xff\xfe>?~secret of some length";
    let needles = Needles::of([("secret", secret.as_slice())].into_iter());
    for before in 0..7 {
        let whole = [&vec![b'a'; before], secret.as_slice(), b"zz"].concat();
        for text in
            [STANDARD.encode(&whole), URL_SAFE.encode(&whole), String::from_utf8_lossy(&whole).into_owned()]
        {
            let lossy = text.contains('\u{fffd}');
            assert_eq!(needles.scan("", text.as_bytes()).is_empty(), lossy, "{before} bytes before: {text}");
        }
        assert_eq!(needles.scan("", &whole).len(), 1);
    }
    assert!(needles.scan("", b"ghs_another secret of some length").is_empty());
}
