//! Persons and keys from the terminal, end to end: invited, enrolled, asked together, replaced, ended.
//!
//! Two persons take turns in one profile: whose key signs is what its configuration says.

use crate::stand::{Ran, Stand};
use serde_json::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;

/// The four words and the line of an invitation that `name` makes in a profile of their own.
fn invited(stand: &Stand, name: &str) -> (String, String) {
    invited_as(stand, name, name)
}

/// As [`invited`], in this profile.
fn invited_as(stand: &Stand, profile: &str, name: &str) -> (String, String) {
    let realm = stand.run(["--json", "status"]).json()["realm"].as_str().unwrap().to_owned();
    let (folder, pass) = (stand.text(profile), stand.text("pass"));
    let made = stand.run([
        "--json",
        "--data-dir",
        &folder,
        "person",
        "invite",
        "--realm",
        &realm,
        "--name",
        name,
        "--key-file",
        "--passphrase-from",
        &pass,
    ]);
    assert_eq!(made.code, 0, "{made:?}");
    let made = made.json();
    let text = |member: &str| made[member].as_str().unwrap().to_owned();
    (text("code"), text("invitation"))
}

/// The envelope with another signature.
fn forged(envelope: &str) -> String {
    let mut changed: Value = serde_json::from_str(envelope).unwrap();
    let signature = changed["signatures"][0]["sig"].as_str().unwrap();
    let other = if signature.starts_with('A') { "B" } else { "A" };
    changed["signatures"][0]["sig"] = format!("{other}{}", &signature[1..]).into();
    changed.to_string()
}

/// Lets a person who was invited sign in the stand's profile.
fn takes_the_chair(stand: &Stand, name: &str, card: &str) {
    let config = stand.profile().join("config/config.toml");
    let text = fs::read_to_string(&config).unwrap();
    let line = |text: &str| match text.split_once(" = ").map(|(key, _)| key) {
        Some("name") => format!("name = {name:?}"),
        Some("key") => format!("key = {card:?}"),
        _ => text.to_owned(),
    };
    fs::write(&config, text.lines().map(line).collect::<Vec<_>>().join("\n")).unwrap();
}

/// Runs what is signed, without asking.
fn signs(stand: &Stand, arguments: &[&str]) -> Ran {
    let pass = stand.text("pass");
    stand.run([arguments, &["--yes", "--passphrase-from", &pass]].concat())
}

fn done(stand: &Stand, arguments: &[&str]) -> Ran {
    let ran = signs(stand, arguments);
    assert_eq!(ran.code, 0, "{arguments:?}: {ran:?}");
    ran
}

fn person(stand: &Stand, name: &str) -> Value {
    let listed = stand.run(["--json", "person", "list"]).json();
    listed["persons"].as_array().unwrap().iter().find(|one| one["name"] == name).unwrap().clone()
}

/// A stand on which ben is a steward, too.
fn of_two() -> Stand {
    let stand = Stand::delegated();
    let (code, line) = invited(&stand, "ben");
    let other = signs(&stand, &["person", "enrol", &line, "--code", "able-able-able-able"]);
    assert_eq!(other.code, 2, "{other:?}");
    assert!(other.stderr.contains("not those that you were told"), "{other:?}");
    let enrolled = done(
        &stand,
        &["person", "enrol", &line, "--code", &code, "--role", "steward", "--identity", "github=583231"],
    );
    assert!(enrolled.stdout.contains("in force from entry"), "{enrolled:?}");
    assert!(enrolled.stderr.contains("kept as: file"), "{enrolled:?}");
    let again = signs(&stand, &["person", "enrol", &line, "--code", &code]);
    assert!(again.stderr.contains("on the roster already"), "{again:?}");
    fs::copy(stand.path("ben/config/person-key.json"), stand.profile().join("config/ben-key.json")).unwrap();
    stand
}

/// Somebody else agrees to the one thing that waits.
fn agrees(stand: &Stand, name: &str, card: &str) {
    let waits = stand.run(["--json", "pending"]).json();
    let target = waits[0]["target"].as_str().unwrap().to_owned();
    takes_the_chair(stand, name, card);
    done(stand, &["approve", &target]);
    takes_the_chair(stand, "alice", "person-key.json");
}

#[test]
fn somebody_comes_changes_and_leaves() {
    let stand = of_two();
    assert_eq!(person(&stand, "ben")["roles"], serde_json::json!(["steward"]));
    let changed = done(&stand, &["person", "roles", "ben", "--role", "approver", "--role", "security"]);
    assert!(changed.stderr.contains("what `ben` delegated does not stand"), "{changed:?}");
    assert_eq!(person(&stand, "ben")["roles"], serde_json::json!(["approver", "security"]));

    // Without a role for it nothing of his changes the roster.
    takes_the_chair(&stand, "ben", "ben-key.json");
    let refused = signs(&stand, &["person", "roles", "ben", "--role", "steward"]);
    assert_eq!(refused.code, 3, "{refused:?}");
    takes_the_chair(&stand, "alice", "person-key.json");

    let left = done(&stand, &["person", "retire", "ben"]);
    assert!(left.stderr.contains("`ben` has no role and no key any more"), "{left:?}");
    assert_eq!(person(&stand, "ben")["keys"][0]["end"]["how"], "retired");
    let alone = signs(&stand, &["person", "retire", "alice"]);
    assert!(alone.stderr.contains("nobody could change anything again"), "{alone:?}");
    assert_eq!(stand.run(["verify"]).code, 0);
}

#[test]
fn two_must_agree_once_two_have_said_so() {
    let stand = of_two();
    let many = signs(&stand, &["person", "quorum", "3"]);
    assert_eq!(many.code, 2, "{many:?}");
    let asked = done(&stand, &["person", "quorum", "2"]);
    assert!(asked.stderr.contains("need 2 stewards, persons and not keys; before: 1"), "{asked:?}");
    let listed = stand.run(["person", "list"]);
    assert!(listed.stdout.contains("2 stewards must agree to a change"), "{listed:?}");

    // One person alone proposes, and the other one's yes puts it in force.
    let proposed = done(&stand, &["person", "roles", "ben", "--role", "steward", "--role", "approver"]);
    assert!(proposed.stdout.contains("not in force yet: 1 more must agree"), "{proposed:?}");
    assert_eq!(person(&stand, "ben")["roles"], serde_json::json!(["steward"]));
    agrees(&stand, "ben", "ben-key.json");
    assert_eq!(person(&stand, "ben")["roles"], serde_json::json!(["steward", "approver"]));

    // A new key signs once it is enrolled, and not before.
    let here = || {
        let keys = stand.run(["--json", "key", "list"]).json();
        let here = keys.as_array().unwrap().iter().find(|key| key["here"] == true);
        (keys.as_array().unwrap().len(), here.unwrap()["id"].clone())
    };
    let (_, before) = here();
    let rotated = done(&stand, &["key", "rotate", "--key-file"]);
    assert!(rotated.stderr.contains("with the old key until others have agreed"), "{rotated:?}");
    assert_eq!(here(), (1, before.clone()));
    let early = stand.run(["key", "take-up"]);
    assert!(early.stdout.contains("goes on signing with the key that it has"), "{early:?}");
    agrees(&stand, "ben", "ben-key.json");
    let taken = stand.run(["key", "take-up"]);
    assert!(taken.stdout.contains("from now on"), "{taken:?}");
    let (count, after) = here();
    assert!(count == 2 && after != before, "{count} {after}");

    // Back to one takes two, the last time.
    let fewer = done(&stand, &["person", "quorum", "1"]);
    assert!(fewer.stdout.contains("1 more must agree"), "{fewer:?}");
    assert!(fewer.stderr.contains("fewer persons can change everything"), "{fewer:?}");
    assert_eq!(stand.run(["verify"]).code, 0);
}

#[test]
fn what_the_end_of_a_key_does_is_said_first_and_happens() {
    let stand = of_two();
    let key = person(&stand, "alice")["keys"][0]["id"].as_str().unwrap().to_owned();
    let state = || stand.run(["--json", "capabilities"]).json()[0]["state"].clone();
    assert_eq!(state(), "active");
    // Replaced: what it signed stands.
    let rotated = done(&stand, &["key", "rotate", "--key-file"]);
    assert!(rotated.stderr.contains("stands: ci-bot may merge a pull request"), "{rotated:?}");
    assert!(rotated.stderr.contains("signs with the new key from now on"), "{rotated:?}");
    assert_eq!(state(), "active");

    // Given up after all: an end becomes harder, and then what it delegated does not stand.
    let retired = done(&stand, &["key", "retire", &key]);
    assert!(retired.stderr.contains("stops: ci-bot may merge a pull request"), "{retired:?}");
    let request =
        stand.run(["request", "github.merge", "--repo", "acme/backend", "branch=feat-123", "target=main"]);
    assert_eq!(request.code, 3, "{request:?}");

    // Ben's key is in other hands: what it signed since then is named.
    takes_the_chair(&stand, "ben", "ben-key.json");
    done(&stand, &["person", "roles", "ben", "--role", "steward", "--role", "security"]);
    takes_the_chair(&stand, "alice", "person-key-2.json");
    let key = person(&stand, "ben")["keys"][0]["id"].as_str().unwrap().to_owned();
    let ended = done(&stand, &["key", "compromised", &key["sha256:".len()..][..12], "--since", "0"]);
    assert!(ended.stderr.contains("look at who and what came with it"), "{ended:?}");
    assert_eq!(person(&stand, "ben")["keys"][0]["end"]["how"], "compromised");
    takes_the_chair(&stand, "ben", "ben-key.json");
    let refused = signs(&stand, &["person", "roles", "ben", "--role", "steward"]);
    assert_eq!(refused.code, 3, "{refused:?}");
    assert_eq!(stand.run(["verify"]).code, 0);
}

/// A profile of somebody's own, on the way to the stand's broker.
struct Desk<'a> {
    stand: &'a Stand,
    folder: String,
}

impl<'a> Desk<'a> {
    /// One that was made by [`invited`].
    fn of(stand: &'a Stand, name: &str) -> Desk<'a> {
        let run = stand.path(name).join("run/console");
        fs::create_dir_all(&run).unwrap();
        fs::set_permissions(&run, fs::Permissions::from_mode(0o700)).unwrap();
        std::os::unix::fs::symlink(stand.profile().join("run/console/socket"), run.join("socket")).unwrap();
        Desk { stand, folder: stand.text(name) }
    }

    fn runs(&self, arguments: &[&str]) -> Ran {
        self.stand.run([&["--data-dir", &self.folder], arguments].concat())
    }

    fn signs(&self, arguments: &[&str]) -> Ran {
        self.runs(&[arguments, &["--yes", "--passphrase-from", &self.stand.text("pass")]].concat())
    }
}

#[test]
fn the_only_steward_lost_the_key_and_two_who_are_named_let_them_in_again() {
    let stand = Stand::delegated();
    for name in ["ben", "cleo", "dora"] {
        let (code, line) = invited(&stand, name);
        done(&stand, &["person", "enrol", &line, "--code", &code, "--role", "approver"]);
    }
    let named = done(&stand, &["person", "recovery", "--quorum", "2", "ben", "cleo"]);
    assert!(named.stderr.contains("ben") && named.stderr.contains("cleo"), "{named:?}");

    // Her new key and its invitation come from a profile of their own; somebody changed the line on its way.
    let (code, line) = invited_as(&stand, "new-desk", "alice");
    let [ben, cleo, dora] = ["ben", "cleo", "dora"].map(|name| Desk::of(&stand, name));
    let changed = forged(&line);
    for forged in [&changed, &line] {
        let refused = ben.signs(&["person", "recover", forged, "--code", "able-able-able-able"]);
        assert_eq!(refused.code, 2, "{refused:?}");
    }
    // Who is not named recovers nobody; one of two waits for the other, whose yes lets her in.
    let stranger = dora.signs(&["person", "recover", &line, "--code", &code]);
    assert_eq!(stranger.code, 3, "{stranger:?}");
    let proposed = ben.signs(&["person", "recover", &line, "--code", &code]);
    assert!(proposed.stdout.contains("not in force yet: 1 more must agree"), "{proposed:?}");
    let waits = cleo.runs(&["--json", "pending"]).json();
    let target = waits[0]["target"].as_str().unwrap().to_owned();
    let own = ben.signs(&["approve", &target]);
    assert_ne!(own.code, 0, "{own:?}");
    let before = person(&stand, "alice")["keys"].as_array().unwrap().len();
    let agreed = cleo.signs(&["approve", &target]);
    assert_eq!(agreed.code, 0, "{agreed:?}");
    let keys = person(&stand, "alice")["keys"].clone();
    assert_eq!(keys.as_array().unwrap().len(), before + 1, "{keys}");
    assert_eq!(keys[0]["end"]["how"], "retired");

    // She goes on with the new key, and the old one is nobody's.
    let named = signs(&stand, &["person", "roles", "ben", "--role", "steward"]);
    assert!(named.stderr.contains("`ben` is named to recover others' keys"), "{named:?}");
    let old = signs(&stand, &["person", "roles", "dora", "--role", "steward"]);
    assert_eq!(old.code, 3, "{old:?}");
    let alice = Desk::of(&stand, "new-desk");
    let changed = alice.signs(&["person", "roles", "dora", "--role", "steward"]);
    assert_eq!(changed.code, 0, "{changed:?}");
    let halted = alice.signs(&["halt"]);
    assert_eq!(halted.code, 0, "{halted:?}");
    assert_eq!(stand.run(["verify"]).code, 0);

    // Every attempt stands in the ledger: the invitation once, the stranger's roster, the old key's.
    let ledger = |file: &str| -> Vec<Value> {
        let exported = stand.text(file);
        assert_eq!(stand.run(["export", &exported]).code, 0);
        let lines = fs::read_to_string(exported).unwrap();
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let alarms = |entries: &[Value]| entries.iter().filter(|entry| entry["kind"] == "alarm").count();
    let entries = ledger("ledger.jsonl");
    assert_eq!(alarms(&entries), 3);
    // Another statement, sent as an invitation, is not handed on.
    let roster = entries.iter().find(|entry| entry["kind"] == "roster").unwrap();
    let disguised = forged(roster["envelope"].as_str().unwrap());
    let refused = ben.signs(&["person", "recover", &disguised, "--code", &code]);
    assert_eq!(refused.code, 2, "{refused:?}");
    assert_eq!(ledger("again.jsonl").len(), entries.len());
    let listed = stand.run(["person", "list"]);
    assert!(listed.stdout.contains("an invitation was refused"), "{listed:?}");
    assert!(listed.stdout.contains("(a key of dora)"), "{listed:?}");
}
