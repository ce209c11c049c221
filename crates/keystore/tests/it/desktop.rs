//! Stands in for a person's desktop: the program that shows GNOME Keyring's prompts.

use std::collections::HashMap;
use std::process::Command;
use std::sync::mpsc;

use zbus::blocking::{Connection, connection};
use zbus::object_server::ResponseDispatchNotifier;
use zbus::zvariant::{ObjectPath, OwnedObjectPath, OwnedValue, Value};

const SECRETS: &str = "org.freedesktop.secrets";
const SERVICE: &str = "/org/freedesktop/secrets";

/// What the person does when a prompt is shown.
#[derive(Clone, Copy)]
pub(crate) enum Answer {
    /// Cancels it.
    Dismiss,
    /// Has gone for lunch.
    Never,
}

/// The prompts while this lives.
pub(crate) struct Prompts {
    /// One message for each prompt begun.
    pub(crate) shown: mpsc::Receiver<()>,
    _bus: Connection,
}

/// Shows prompts until the result is dropped.
pub(crate) fn prompter(answer: Answer) -> Prompts {
    let (say, shown) = mpsc::channel();
    let prompter = Prompter { answer, shown: say };
    let bus = connection::Builder::session()
        .unwrap()
        .serve_at("/org/gnome/keyring/Prompter", prompter)
        .unwrap()
        .name("org.gnome.keyring.SystemPrompter")
        .unwrap()
        .build()
        .unwrap();
    Prompts { shown, _bus: bus }
}

/// Makes a default collection that has no password and so needs no prompt to be unlocked.
pub(crate) fn keyring_without_password() {
    let bus = Connection::session().unwrap();
    let service = "org.freedesktop.Secret.Service";
    let (_, session): (OwnedValue, OwnedObjectPath) = bus
        .call_method(Some(SECRETS), SERVICE, Some(service), "OpenSession", &("plain", Value::from("")))
        .unwrap()
        .body()
        .deserialize()
        .unwrap();
    let label = HashMap::from([("org.freedesktop.Secret.Collection.Label", Value::from("open"))]);
    let no_password: (ObjectPath<'_>, &[u8], &[u8], &str) = (session.as_ref(), &[], &[], "text/plain");
    let made: OwnedObjectPath = bus
        .call_method(
            Some(SECRETS),
            SERVICE,
            Some("org.gnome.keyring.InternalUnsupportedGuiltRiddenInterface"),
            "CreateWithMasterPassword",
            &(label, no_password),
        )
        .unwrap()
        .body()
        .deserialize()
        .unwrap();
    bus.call_method(Some(SECRETS), SERVICE, Some(service), "SetAlias", &("default", made)).unwrap();
}

/// Waits for GNOME's own prompt on the display, types into it and confirms.
pub(crate) fn type_into_prompt(password: &str) {
    let window = xdotool(&["search", "--sync", "--onlyvisible", "--class", "gcr-prompter"]);
    let window = window.lines().next().unwrap();
    xdotool(&["windowfocus", "--sync", window]);
    xdotool(&["type", password]);
    xdotool(&["key", "Return"]);
}

fn xdotool(args: &[&str]) -> String {
    let output = Command::new("xdotool").args(args).output().expect("xdotool (package xdotool) runs");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{args:?}: {stderr}");
    String::from_utf8(output.stdout).unwrap()
}

struct Prompter {
    answer: Answer,
    shown: mpsc::Sender<()>,
}

/// Answers a method with nothing, and only then says that the prompt is ready.
type Begun = ResponseDispatchNotifier<()>;

#[zbus::interface(name = "org.gnome.keyring.internal.Prompter")]
impl Prompter {
    async fn begin_prompting(
        &self,
        callback: OwnedObjectPath,
        #[zbus(header)] header: zbus::message::Header<'_>,
        #[zbus(connection)] bus: &zbus::Connection,
    ) -> Begun {
        self.shown.send(()).ok();
        match self.answer {
            Answer::Dismiss => ready(bus, &header, callback, ""),
            Answer::Never => Begun::new(()).0,
        }
    }

    async fn perform_prompt(
        &self,
        callback: OwnedObjectPath,
        _kind: String,
        _properties: HashMap<String, OwnedValue>,
        _exchange: String,
        #[zbus(header)] header: zbus::message::Header<'_>,
        #[zbus(connection)] bus: &zbus::Connection,
    ) -> Begun {
        ready(bus, &header, callback, "no")
    }

    async fn stop_prompting(&self, _callback: OwnedObjectPath) {}
}

fn ready(
    bus: &zbus::Connection,
    header: &zbus::message::Header<'_>,
    callback: OwnedObjectPath,
    answer: &'static str,
) -> Begun {
    let (begun, sent) = Begun::new(());
    let (bus, asker) = (bus.clone(), header.sender().unwrap().to_owned());
    std::thread::spawn(move || {
        zbus::block_on(async move {
            sent.await;
            let interface = "org.gnome.keyring.internal.Prompter.Callback";
            let nothing: HashMap<&str, Value<'_>> = HashMap::new();
            let body = (answer, nothing, "");
            bus.call_method(Some(asker), callback, Some(interface), "PromptReady", &body).await.ok();
        });
    });
    begun
}
