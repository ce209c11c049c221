//! What a screen reader reads of a native window, over the desktop's own accessibility bus (AT-SPI): the words that
//! stand in it, as the toolkit has drawn them.

use super::Screen;
use crate::stage::until;
use std::process::{Child, Stdio};
use zbus::blocking::{Connection, Proxy, connection};
use zbus::zvariant::OwnedObjectPath;

/// Where Debian has it; no program of a person's is on that path.
const LAUNCHER: &str = "/usr/libexec/at-spi-bus-launcher";

/// The role of a field that shows dots (AT-SPI's `ATSPI_ROLE_PASSWORD_TEXT`).
const PASSWORD_TEXT: u32 = 40;

/// Something on the bus.
type Place = (String, OwnedObjectPath);

/// The accessibility bus of a session.
pub(super) struct Reader {
    launcher: Child,
    bus: Connection,
}

impl Reader {
    /// Starts the bus; windows that are drawn from now on can be read.
    pub(super) async fn start(screen: &Screen) -> Reader {
        let launcher = screen
            .command(LAUNCHER)
            .args(["--launch-immediately", "--a11y=1"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("at-spi-bus-launcher (package at-spi2-core) starts");
        let session = screen.session.connect();
        let address: String = until("the accessibility bus is there", async || {
            let at = ("org.a11y.Bus", "/org/a11y/bus");
            let answer = session.call_method(Some(at.0), at.1, Some(at.0), "GetAddress", &()).ok()?;
            answer.body().deserialize().ok()
        })
        .await;
        let bus = connection::Builder::address(address.as_str()).unwrap().build().unwrap();
        Reader { launcher, bus }
    }

    /// The words in the window whose title begins so, a line each, from top to bottom.
    pub(super) async fn reads(&self, title: &str) -> Vec<String> {
        until(&format!("`{title}` can be read"), async || {
            let window = self.window(title)?;
            let mut lines = Vec::new();
            self.read(&window, &mut lines);
            Some(lines)
        })
        .await
    }

    /// How many characters stand in the field for a secret, in the window whose title begins so.
    pub(super) fn secret_chars(&self, title: &str) -> Option<i32> {
        self.secret_in(&self.window(title)?)
    }

    fn window(&self, title: &str) -> Option<Place> {
        let programs = self.children(&root())?;
        let mut windows = programs.iter().flat_map(|program| self.children(program).unwrap_or_default());
        windows.find(|one| self.name(one).starts_with(title))
    }

    fn secret_in(&self, place: &Place) -> Option<i32> {
        let is_secret = self.at(place).ok()?.call::<_, _, u32>("GetRole", &()) == Ok(PASSWORD_TEXT);
        if is_secret {
            let at = (place.0.as_str(), place.1.as_str());
            return Proxy::new(&self.bus, at.0, at.1, "org.a11y.atspi.Text")
                .ok()?
                .get_property("CharacterCount")
                .ok();
        }
        self.children(place)?.iter().find_map(|child| self.secret_in(child))
    }

    fn read(&self, place: &Place, lines: &mut Vec<String>) {
        lines.extend(self.name(place).lines().map(str::to_owned));
        for child in self.children(place).unwrap_or_default() {
            self.read(&child, lines);
        }
    }

    fn at<'a>(&'a self, place: &'a Place) -> zbus::Result<Proxy<'a>> {
        Proxy::new(&self.bus, place.0.as_str(), place.1.as_str(), "org.a11y.atspi.Accessible")
    }

    fn children(&self, place: &Place) -> Option<Vec<Place>> {
        self.at(place).ok()?.call("GetChildren", &()).ok()
    }

    fn name(&self, place: &Place) -> String {
        self.at(place).and_then(|proxy| proxy.get_property("Name")).unwrap_or_default()
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.launcher.kill().ok();
        self.launcher.wait().ok();
    }
}

fn root() -> Place {
    let path = OwnedObjectPath::try_from("/org/a11y/atspi/accessible/root").unwrap();
    ("org.a11y.atspi.Registry".to_owned(), path)
}
