//! The story signed at a security key at USB, on a terminal: which key, its PIN, the touch, and everything that comes
//! between.

use super::usb::{Usb, untouched};
use super::{Keychain, Ran, Session};
use crate::stage::{BACKEND, until};
use bailiwick_keystore::ExposeSecret as _;
use bailiwick_practice::{Options, Range, Seed};
use bailiwick_testkit::SoftwareSecurityKey;
use std::path::Path;

const PIN: &str = "12345678\n";

/// A person at a terminal, with security keys at hand.
struct Hands {
    session: Session,
    usb: Usb,
}

impl Hands {
    fn with(keys: Vec<SoftwareSecurityKey>) -> Hands {
        let session = Session::start(Keychain::Unlocked);
        let usb = Usb::with(&session.path("usb"), keys);
        Hands { session, usb }
    }

    /// Ctrl-C is for the program, not for what it is wrapped in.
    fn line(&self, command: &str) -> String {
        format!("trap '' INT; {} bailiwick {command}", self.usb.wrapper().join(" "))
    }

    async fn waits(&self, number: usize) {
        until("the key waits for its touch", async || self.usb.key(number).waits().then_some(())).await;
    }

    /// Runs a command that signs so many statements: the PIN and a touch for each.
    async fn signs(&self, command: &str, touches: usize) -> Ran {
        let mut terminal = self.session.terminal(&self.line(command));
        for _ in 0..touches {
            terminal.sees("PIN of Soft Key 1 (hidraw0)").await;
            terminal.types(PIN).await;
            terminal.sees("touch Soft Key 1 (hidraw0) now; Ctrl-C for no").await;
            self.waits(0).await;
            self.usb.key(0).touch();
        }
        terminal.ends().await
    }

    /// Runs a command that fails before anybody could touch anything.
    async fn fails(&self, command: &str) -> Ran {
        let ran = self.session.terminal(&self.line(command)).ends().await;
        assert_ne!(ran.exit, 0, "{ran:?}");
        ran
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_story_is_signed_at_a_security_key() {
    let range = Range::start(Seed::story(), Options::default()).await.unwrap();
    let hands = Hands::with(vec![untouched()]);
    let session = &hands.session;
    std::fs::write(session.path("work").join("app.pem"), range.app().private_key_pem().expose_secret())
        .unwrap();
    let open = Path::new(env!("CARGO_MANIFEST_DIR")).join("../policies/practice/data.json");

    // The key, the genesis, the policy.
    let init = format!("init --security-key --name ada --policy-data {}", open.display());
    let founded = hands.signs(&init, 3).await;
    assert_eq!(founded.exit, 0, "{founded:?}");
    let keys = session.run(&["--json", "key", "list"]).await;
    assert!(keys.out.contains("device-bound"), "{keys:?}");
    let (app, installation) = (range.app().app_id(), range.app().installation_id());
    let connect = format!(
        "connect github --app-id {app} --installation {installation} --key app.pem --api {}",
        range.url()
    );
    let connected = hands.signs(&connect, 1).await;
    assert_eq!(connected.exit, 0, "{connected:?}");
    assert_eq!(session.run(&["agent", "new", "ci-bot"]).await.exit, 0);

    // What is touched for stands there whole, with the four words of the statement that gets into the ledger.
    let delegate =
        format!("delegate --to ci-bot --allow github.merge --repo {BACKEND} --arg target=main --for 8h");
    let mut terminal = session.terminal(&hands.line(&delegate));
    terminal.sees(BACKEND).await;
    terminal.sees("code: ").await;
    terminal.sees("PIN of").await;
    terminal.types(PIN).await;
    hands.waits(0).await;
    hands.usb.key(0).touch();
    let delegated = terminal.ends().await;
    assert_eq!(delegated.exit, 0, "{delegated:?}");
    let merge = ["request", "github.merge", "--as", "ci-bot", "--repo", BACKEND, "target=main"];
    let merged = session.run(&[&merge[..], &["branch=feat-123"]].concat()).await;
    assert_eq!(merged.exit, 0, "{merged:?}");
    let revoked = hands.signs("revoke agent ci-bot --yes", 1).await;
    assert_eq!(revoked.exit, 0, "{revoked:?}");
    let refused = session.run(&[&merge[..], &["branch=docs-api-limits"]].concat()).await;
    assert_eq!(refused.exit, 3, "{refused:?}");
    assert_eq!(session.run(&["verify"]).await.exit, 0);
    session.end_broker().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_comes_between_signs_nothing_and_says_why() {
    let hands = Hands::with(vec![untouched(), untouched()]);
    let session = &hands.session;

    // The person chooses, and the PIN is not echoed.
    let mut terminal = session.terminal(&hands.line("init --security-key --name ada"));
    terminal.sees("2  Soft Key 2 (hidraw1)").await;
    terminal.sees("Which one? ").await;
    terminal.types("2\n").await;
    for _ in 0..3 {
        terminal.sees("PIN of Soft Key 2 (hidraw1)").await;
        terminal.types(PIN).await;
        terminal.sees("touch Soft Key 2").await;
        hands.waits(1).await;
        hands.usb.key(1).touch();
    }
    let founded = terminal.ends().await;
    assert_eq!(founded.exit, 0, "{founded:?}");
    assert!(!founded.out.contains("12345678"), "{founded:?}");
    let before = session.console().await.status().await.unwrap().entries;

    // Both are plugged in: the enrolled one is found without a question. Ctrl-C is no, and the key hears it.
    let mut terminal = session.terminal(&hands.line("halt --yes"));
    terminal.sees("PIN of Soft Key 2 (hidraw1)").await;
    terminal.types(PIN).await;
    hands.waits(1).await;
    terminal.types("\u{3}").await;
    until("the key waits no longer", async || (!hands.usb.key(1).waits()).then_some(())).await;
    let called_off = terminal.ends().await;
    assert_eq!(called_off.exit, 3, "{called_off:?}");
    assert!(called_off.out.contains("nothing was signed"), "{called_off:?}");

    let mut terminal = session.terminal(&hands.line("halt --yes"));
    terminal.sees("PIN of").await;
    terminal.types("87654321\n").await;
    let wrong = terminal.ends().await;
    assert!(wrong.out.contains("the PIN is wrong; the security key allows 7 more tries"), "{wrong:?}");
    let mut terminal = session.terminal(&hands.line("halt --yes"));
    terminal.sees(", 7 tries left: ").await;
    terminal.types("\u{4}").await;
    assert_ne!(terminal.ends().await.exit, 0);

    // Without a terminal nobody can be asked.
    let mut words = hands.usb.wrapper().into_iter();
    let program = words.next().unwrap();
    let ran = session.command(Path::new(&program)).args(words).args(["bailiwick", "halt", "--yes"]).output();
    let ran = ran.await.unwrap();
    assert!(String::from_utf8_lossy(&ran.stderr).contains("there is no terminal to ask on"), "{ran:?}");

    // Another key than the enrolled one, one that this user may not open, none.
    let other = Hands { usb: Usb::with(&session.path("other"), vec![untouched()]), session: hands.session };
    let another = other.fails("halt --yes").await;
    assert!(another.out.contains("none of the security keys"), "{another:?}");
    other.usb.forbid(0);
    let forbidden = other.fails("halt --yes").await;
    assert!(forbidden.out.contains("you may not open it"), "{forbidden:?}");
    let none = Hands { usb: Usb::with(&other.session.path("none"), Vec::new()), session: other.session };
    let none_there = none.fails("halt --yes").await;
    assert!(none_there.out.contains("no security key was found"), "{none_there:?}");

    let status = none.session.console().await.status().await.unwrap();
    assert_eq!((status.entries, status.halted), (before, None));
    none.session.end_broker().await;
}
