//! WebAuthn: which keys are taken, which assertions are signatures; and the kinds that they come for.

use super::statement::{vector, with};
use super::{Expect, Vector, no};
use crate::harness::case::text;
use crate::harness::json::{int, push, remove, set, value};
use crate::harness::keys::{holder, id, passkey, public};
use crate::harness::part::{Part, base64};
use crate::harness::scene::{GENESIS, NOW, common, ella, roster_payload};
use bailiwick_authority::{Assertion, SECURITY_KEY_ORIGIN, Signer, Value};
use bailiwick_testkit::{Ceremony, UP, UV};

const MESSAGE: &[u8] = b"bailiwick";

fn taken(name: &str, description: &str, public: &[u8], expect: Expect) -> Vector {
    let members = vec![
        ("type", Value::from("key")),
        ("suite", Value::from("webauthn")),
        ("public", Value::from(base64(public))),
    ];
    Vector::new("key", &format!("webauthn-{name}"), description, members, expect)
}

/// The public bytes of a passkey, changed.
fn enrolled(change: impl FnOnce(&mut Value)) -> Vec<u8> {
    with(&value(std::str::from_utf8(passkey("ella-es256").unwrap().public().bytes()).unwrap()), change)
        .encode()
}

fn signed(name: &str, description: &str, key: &str, signature: &[u8], expect: Expect) -> Vector {
    let members = vec![
        ("type", Value::from("signature")),
        ("suite", Value::from("webauthn")),
        ("public", Value::from(public(key))),
        ("message", text(MESSAGE)),
        ("signature", text(signature)),
    ];
    Vector::new("signature", &format!("webauthn-{name}"), description, members, expect)
}

/// An assertion of a ceremony that was changed before it was signed.
fn ceremony(key: &str, change: impl FnOnce(&mut Ceremony)) -> Assertion {
    let key = passkey(key).unwrap();
    let mut ceremony = key.ceremony(MESSAGE);
    change(&mut ceremony);
    key.assert(&ceremony)
}

fn keys() -> Vec<Vector> {
    let refused = |name: &str, description: &str, change: &dyn Fn(&mut Value)| {
        taken(name, description, &enrolled(|key| change(key)), no("invalid-field"))
    };
    let of = |name: &str| passkey(name).unwrap().public().bytes();
    let mut spaced = of("ella-es256").to_vec();
    spaced.push(b' ');
    let off_curve = base64(&[&[4][..], &[7; 64]].concat());
    vec![
        taken("es256", "A security key.", of("ella-es256"), Expect::Ok),
        taken("rs256", "A TPM's key.", of("ella-rs256"), Expect::Ok),
        taken("eddsa", "An Ed25519 key behind WebAuthn.", of("ella-eddsa"), Expect::Ok),
        taken("synced", "A passkey that may be copied.", of("ella-synced"), Expect::Ok),
        taken(
            "at-a-security-key-too",
            "Enrolled for use without a browser as well.",
            &enrolled(|key| {
                set(key, "origins", Value::strings([SECURITY_KEY_ORIGIN, "http://bailiwick.localhost:7311"]));
            }),
            Expect::Ok,
        ),
        taken(
            "below-its-party",
            "An origin below the relying party's host.",
            &enrolled(|key| set(key, "origins", Value::strings(["https://a.bailiwick.localhost"]))),
            Expect::Ok,
        ),
        taken("with-white-space", "Another encoding of the same.", &spaced, no("invalid-field")),
        taken("empty", "No bytes.", b"", no("invalid-field")),
        refused("another-algorithm", "An algorithm that is not the key's.", &|k| {
            set(k, "algorithm", "EdDSA")
        }),
        refused("unknown-algorithm", "An algorithm that is not taken.", &|k| set(k, "algorithm", "ES384")),
        refused("off-the-curve", "No point of P-256.", &|k| set(k, "key", off_curve.as_str())),
        refused("key-without-padding", "Base64 without its padding.", &|k| {
            let Some(Value::Str(key)) = k.get("key").cloned() else { panic!("a key") };
            set(k, "key", key.trim_end_matches('='));
        }),
        refused("short-credential", "A credential id of 15 bytes.", &|k| {
            set(k, "credential", base64(&[1; 15]))
        }),
        refused("long-credential", "A credential id of 1,024 bytes.", &|k| {
            set(k, "credential", base64(&[1; 1_024]));
        }),
        refused("without-origins", "Nowhere to sign.", &|k| set(k, "origins", value("[]"))),
        refused("origins-out-of-order", "One order of origins.", &|k| {
            set(
                k,
                "origins",
                Value::strings(["https://b.bailiwick.localhost", "https://a.bailiwick.localhost"]),
            );
        }),
        refused("origin-twice", "An origin twice.", &|k| {
            set(k, "origins", Value::strings(["https://bailiwick.localhost", "https://bailiwick.localhost"]));
        }),
        refused("origin-elsewhere", "An origin that is not the relying party's.", &|k| {
            set(k, "origins", Value::strings(["http://localhost:7311"]));
        }),
        refused("origin-with-the-same-end", "A host that ends alike.", &|k| {
            set(k, "origins", Value::strings(["http://xbailiwick.localhost:7311"]));
        }),
        refused("origin-with-a-path", "An origin has no path.", &|k| {
            set(k, "origins", Value::strings(["http://bailiwick.localhost:7311/"]));
        }),
        refused("nine-origins", "One too many.", &|k| {
            let origin = |n: u32| format!("http://bailiwick.localhost:900{n}");
            set(k, "origins", Value::strings((0..9).map(origin)));
        }),
        refused("party-with-a-port", "A host and nothing more.", &|k| {
            set(k, "rp_id", "bailiwick.localhost:1")
        }),
        refused("party-of-one-label", "Everybody's relying party.", &|k| {
            set(k, "rp_id", "localhost");
            set(k, "origins", Value::strings(["http://localhost:7311"]));
        }),
        refused("party-an-address", "An address.", &|k| {
            set(k, "rp_id", "127.0.0.1");
            set(k, "origins", Value::strings(["http://127.0.0.1:7311"]));
        }),
        refused("synced-in-words", "A flag in a string.", &|k| set(k, "synced", "false")),
        refused("without-synced", "It must be said.", &|k| remove(k, "synced")),
        refused("unknown-member", "Nothing more.", &|k| set(k, "transports", value("[]"))),
    ]
}

/// Name, description, what is changed.
type Fault = (&'static str, &'static str, fn(&mut Ceremony));

const FAULTS: [Fault; 17] = [
    ("another-challenge", "Touched for something else.", |c| {
        c.challenge = bailiwick_authority::Digest::of(b"another");
    }),
    ("enrolment", "Not an assertion.", |c| c.kind = "webauthn.create".into()),
    ("another-port", "Another program's page on the same host.", |c| {
        c.origin = "http://bailiwick.localhost:7312".into();
    }),
    ("no-port", "The port is part of an origin.", |c| c.origin = "http://bailiwick.localhost".into()),
    ("another-scheme", "The scheme is part of an origin.", |c| {
        c.origin = "https://bailiwick.localhost:7311".into();
    }),
    ("another-host", "Another host.", |c| c.origin = "http://localhost:7311".into()),
    ("no-browser", "Not enrolled for use without a browser.", |c| c.origin = SECURITY_KEY_ORIGIN.into()),
    ("another-party", "Another relying party's hash.", |c| c.rp_id = "localhost".into()),
    ("nobody-present", "Nobody touched the key.", |c| c.flags = UV),
    ("nobody-verified", "The key did not verify who.", |c| c.flags = UP),
    ("in-a-frame", "Inside another page.", |c| c.cross_origin = Some(true)),
    ("below-a-page", "Inside a page that is named.", |c| c.top_origin = Some("https://evil.example".into())),
    ("may-be-copied-now", "The authenticator says otherwise than when it was enrolled.", |c| c.flags |= 0x08),
    ("copied-though-it-may-not", "Contradictory flags.", |c| c.flags |= 0x10),
    ("attesting", "An assertion attests no credential.", |c| c.flags |= 0x40),
    ("extensions-left-out", "Announced, and not there.", |c| c.flags |= 0x80),
    ("extensions-not-announced", "There, and not announced.", |c| c.extensions = vec![0xa0]),
];

fn signatures() -> Vec<Vector> {
    let wrong = || no("wrong-signature");
    let good = ceremony("ella-es256", |_| ());
    let bare = |name: &str, description: &str, signature: &[u8], expect| {
        signed(name, description, "ella-es256", signature, expect)
    };
    let mut all = vec![
        bare("es256", "A signature of a security key.", &good.encode(), Expect::Ok),
        signed("rs256", "A TPM's.", "ella-rs256", &ceremony("ella-rs256", |_| ()).encode(), Expect::Ok),
        signed("eddsa", "With Ed25519.", "ella-eddsa", &ceremony("ella-eddsa", |_| ()).encode(), Expect::Ok),
        signed(
            "synced",
            "A passkey's.",
            "ella-synced",
            &ceremony("ella-synced", |_| ()).encode(),
            Expect::Ok,
        ),
        signed(
            "synced-and-copied",
            "A passkey that has been copied since.",
            "ella-synced",
            &ceremony("ella-synced", |c| c.flags |= 0x10).encode(),
            Expect::Ok,
        ),
        bare(
            "without-cross-origin",
            "A browser that does not say it.",
            &ceremony("ella-es256", |c| c.cross_origin = None).encode(),
            Expect::Ok,
        ),
        bare(
            "with-extensions",
            "Announced, there, and not read.",
            &ceremony("ella-es256", |c| {
                c.flags |= 0x80;
                c.extensions = vec![0xa0];
            })
            .encode(),
            Expect::Ok,
        ),
        bare(
            "without-a-counter",
            "Counters never decide.",
            &ceremony("ella-es256", |c| c.counter = 0).encode(),
            Expect::Ok,
        ),
        bare(
            "of-another-key",
            "Another key's.",
            &ceremony("ella-synced", |c| c.flags = UP | UV).encode(),
            wrong(),
        ),
        bare(
            "of-another-algorithm",
            "Another algorithm's.",
            &ceremony("ella-eddsa", |_| ()).encode(),
            wrong(),
        ),
        bare("der-with-a-zero", "An integer with a zero in front.", &longer(&good).encode(), wrong()),
        bare("bare-signature", "The signature without the assertion.", &good.signature, wrong()),
        bare(
            "with-white-space",
            "Another encoding of the same.",
            &[good.encode(), vec![b'\n']].concat(),
            wrong(),
        ),
        bare("empty", "No bytes.", b"", wrong()),
        bare("json-of-another-kind", "Strict JSON that is no assertion.", b"[]", wrong()),
    ];
    all.extend(FAULTS.into_iter().map(|(name, description, change)| {
        bare(name, description, &ceremony("ella-es256", change).encode(), wrong())
    }));
    all.extend(client_data(&good));
    all
}

/// The same signature, with the first integer a byte longer than DER allows.
fn longer(good: &Assertion) -> Assertion {
    let mut bad = good.clone();
    bad.signature[1] += 1;
    bad.signature[3] += 1;
    bad.signature.insert(4, 0);
    bad
}

fn client_data(good: &Assertion) -> Vec<Vector> {
    let key = passkey("ella-es256").unwrap();
    let text = String::from_utf8(good.client_data.clone()).unwrap();
    let with = |name: &str, description: &str, client_data: String| {
        let assertion = key.assert_over(good.authenticator_data.clone(), client_data.into_bytes());
        signed(name, description, "ella-es256", &assertion.encode(), no("wrong-signature"))
    };
    let replaced = |from: &str, to: &str| {
        assert!(text.contains(from));
        text.replacen(from, to, 1)
    };
    vec![
        with(
            "origin-twice",
            "Two parsers would read two origins.",
            replaced("{", r#"{"origin":"https://evil.example","#),
        ),
        with("type-missing", "Nothing says what it is.", replaced(r#""type":"webauthn.get","#, "")),
        with("cross-origin-null", "There is no null.", replaced(":false", ":null")),
        with("cross-origin-in-words", "A flag in a string.", replaced(":false", r#":"false""#)),
        with(
            "challenge-padded",
            "The challenge in another base64.",
            replaced(r#"","origin"#, r#"=","origin"#),
        ),
        with("something-behind", "Two values.", format!("{text} {{}}")),
    ]
}

fn rosters() -> Vec<Vector> {
    let mut good = roster_payload();
    set(&mut good, "realm", GENESIS.1.as_str());
    set(&mut good, "previous", GENESIS.1.as_str());
    push(&mut good, "persons", ella());
    let ros = |name: &str, description: &str, change: &dyn Fn(&mut Value), expect| {
        vector("roster", name, description, &Part::new("roster", with(&good, |r| change(r)), "ada"), expect)
    };
    vec![
        ros("with-passkeys", "A person with a passkey of each algorithm.", &|_| (), Expect::Ok),
        ros(
            "passkey-that-is-said-to-stay",
            "What a key says of copies and what the roster says of it differ.",
            &|r| set(r, "persons/4/keys/3/assurance", "device-bound"),
            no("invalid-field"),
        ),
        ros(
            "passkey-in-a-keychain",
            "A passkey is not a keychain's.",
            &|r| set(r, "persons/4/keys/0/assurance", "keychain"),
            no("invalid-field"),
        ),
        ros(
            "passkey-twice",
            "A key stands once.",
            &|r| push(r, "persons/4/keys", ella().get("keys").map(first).unwrap()),
            no("invalid-field"),
        ),
    ]
}

fn first(list: &Value) -> Value {
    match list {
        Value::List(items) => items[0].clone(),
        _ => panic!("a list"),
    }
}

fn sessions() -> Vec<Vector> {
    let mut members = common(&GENESIS.1, "ella-es256", NOW, "session");
    members.extend([
        ("broker", Value::from(id("broker"))),
        ("console", Value::from("console on desk")),
        ("expires", int(NOW + 43_200)),
    ]);
    let good = Value::object(members);
    let ses = |name: &str, description: &str, change: &dyn Fn(&mut Value), expect| {
        let part = Part::new("session", with(&good, |s| change(s)), "ella-es256");
        vector("session", name, description, &part, expect)
    };
    vec![
        ses("plain", "A sign-in with a touch.", &|_| (), Expect::Ok),
        ses("without-an-end", "It must end.", &|s| remove(s, "expires"), no("missing-field")),
        ses("end-in-words", "A time in a string.", &|s| set(s, "expires", "tomorrow"), no("wrong-type")),
        ses("of-everything", "Nothing more.", &|s| set(s, "scope", "all"), no("unknown-field")),
    ]
}

fn invitations() -> Vec<Vector> {
    let invitation = |signer: &'static str, key: Value| {
        let mut members = common(&GENESIS.1, signer, NOW, "invitation");
        members.extend([
            ("name", Value::from("ella")),
            ("identities", value(r#"{"github":"583231"}"#)),
            ("key", key),
            ("expires", int(NOW + 86_400)),
        ]);
        Value::object(members)
    };
    let touched = invitation("ella-es256", ella().get("keys").map(first).unwrap());
    let inv = |name: &str, description: &str, change: &dyn Fn(&mut Value), expect| {
        let part = Part::new("invitation", with(&touched, |i| change(i)), "ella-es256");
        vector("invitation", name, description, &part, expect)
    };
    let bare = with(&holder("ben"), |key| {
        set(key, "assurance", "keychain");
        set(key, "enrolled", "desk");
    });
    vec![
        inv("with-a-passkey", "A newcomer's key, signed with itself.", &|_| (), Expect::Ok),
        vector(
            "invitation",
            "with-a-keychain-key",
            "The same in a keychain.",
            &Part::new("invitation", invitation("ben", bare), "ben"),
            Expect::Ok,
        ),
        inv(
            "of-an-ended-key",
            "A key that has ended is not enrolled.",
            &|i| set(i, "key/end", value(r#"{"how":"rotated"}"#)),
            no("invalid-field"),
        ),
        inv(
            "with-roles",
            "Roles are the steward's to give.",
            &|i| set(i, "roles", value("[]")),
            no("unknown-field"),
        ),
        inv(
            "of-somebody-elses",
            "Another key's signature.",
            &|i| set(i, "issuer", id("ben")),
            no("other-issuer"),
        ),
    ]
}

pub(super) fn vectors() -> Vec<Vector> {
    [keys(), signatures(), rosters(), sessions(), invitations()].into_iter().flatten().collect()
}
