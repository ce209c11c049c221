//! The tray, by the host that a desktop's panel is: the test is the watcher with which the console registers its
//! icon, reads the menu that it exports, and clicks in it.

use super::Screen;
use super::asked::Asked;
use crate::stage::until;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use zbus::blocking::{Connection, connection};
use zbus::zvariant::{OwnedObjectPath, OwnedValue, Value};

const MENU: &str = "com.canonical.dbusmenu";
const ITEM: &str = "org.kde.StatusNotifierItem";

/// Whoever has registered an icon: its name on the bus, and the icon's path.
type Registered = Arc<Mutex<Option<(String, String)>>>;

struct Watcher {
    registered: Registered,
}

#[zbus::interface(name = "org.kde.StatusNotifierWatcher")]
impl Watcher {
    fn register_status_notifier_item(&self, item: &str, #[zbus(header)] header: zbus::message::Header<'_>) {
        let sender = header.sender().unwrap().to_string();
        *self.registered.lock().unwrap() = Some((sender, item.to_owned()));
    }

    #[zbus(property)]
    fn is_status_notifier_host_registered(&self) -> bool {
        true
    }

    #[zbus(property)]
    fn protocol_version(&self) -> i32 {
        0
    }
}

/// A panel with room for one icon.
struct Panel {
    bus: Connection,
    registered: Registered,
}

/// A menu as it is exported: an item's number, what it says, what is below it.
type Layout = (i32, HashMap<String, OwnedValue>, Vec<OwnedValue>);

impl Panel {
    /// Takes its place on the session's bus, before the console looks for it.
    fn of(screen: &Screen) -> Panel {
        let registered = Registered::default();
        let bus = connection::Builder::address(screen.session.address())
            .unwrap()
            .serve_at("/StatusNotifierWatcher", Watcher { registered: registered.clone() })
            .unwrap()
            .name("org.kde.StatusNotifierWatcher")
            .unwrap()
            .build()
            .unwrap();
        Panel { bus, registered }
    }

    /// Waits for the icon.
    async fn icon(&self) -> (String, String) {
        until("the console has put up its icon", async || self.registered.lock().unwrap().clone()).await
    }

    /// What stands beside the icon.
    async fn label(&self) -> String {
        let (name, path) = self.icon().await;
        let proxy = zbus::blocking::Proxy::new(&self.bus, name, path, ITEM).unwrap();
        proxy.get_property("XAyatanaLabel").unwrap_or_default()
    }

    /// The lines of the menu, with their numbers.
    async fn menu(&self) -> Vec<(i32, String)> {
        let (name, path) = self.icon().await;
        let proxy = zbus::blocking::Proxy::new(&self.bus, name.clone(), path, ITEM).unwrap();
        let menu: OwnedObjectPath = proxy.get_property("Menu").unwrap();
        let layout = self.bus.call_method(
            Some(name.as_str()),
            menu.as_str(),
            Some(MENU),
            "GetLayout",
            &(0_i32, -1_i32, Vec::<&str>::new()),
        );
        let (_, root): (u32, Layout) = layout.unwrap().body().deserialize().unwrap();
        let items = root.2.into_iter().map(|item| Layout::try_from(item).unwrap());
        items
            .filter_map(|(number, says, _)| {
                let label: &str = says.get("label")?.downcast_ref().ok()?;
                // One underscore marks the letter that opens it.
                Some((number, label.replace('_', "")))
            })
            .collect()
    }

    /// Waits until a line of the menu begins so.
    async fn says(&self, words: &str) {
        until(&format!("the tray says `{words}`"), async || {
            self.menu().await.iter().any(|(_, label)| label.starts_with(words)).then_some(())
        })
        .await;
    }

    /// Clicks the line that begins so.
    async fn click(&self, words: &str) {
        let menu = self.menu().await;
        let line = menu.iter().find(|(_, label)| label.starts_with(words));
        let (number, _) = line.unwrap_or_else(|| panic!("no `{words}` in {menu:?}"));
        let (name, path) = self.icon().await;
        let proxy = zbus::blocking::Proxy::new(&self.bus, name.clone(), path, ITEM).unwrap();
        let menu: OwnedObjectPath = proxy.get_property("Menu").unwrap();
        let event = (*number, "clicked", Value::from(0_i32), 0_u32);
        self.bus.call_method(Some(name.as_str()), menu.as_str(), Some(MENU), "Event", &event).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tray_counts_opens_pauses_halts_and_quits() {
    let (mut screen, _set_up) = Screen::asking().await;
    let panel = Panel::of(&screen);
    screen.enter().await;
    let page = screen.page();
    page.sees("Receipts").await;
    panel.says("Nothing is running").await;
    assert_eq!(panel.label().await, "");

    // What waits is counted; the window comes back by *Open*.
    screen.close_window().await;
    let asked = Asked::merge(&screen, "feat-123", &[]);
    asked.words().await;
    panel.says("1 request waits for you").await;
    until("the count stands beside the icon", async || (panel.label().await == "1").then_some(())).await;
    let second = Asked::comment(&screen, "and this", &[]);
    second.words().await;
    panel.says("2 requests wait for you").await;
    panel.click("Open Bailiwick").await;
    until("the window is back", async || screen.windows("Bailiwick").pop()).await;

    // *Pause* asks nothing, and says what it does.
    let menu = panel.menu().await;
    let line = |words: &str| menu.iter().any(|(_, label)| label.contains(words));
    assert!(line("nothing new starts; your signature lifts it"), "{menu:?}");
    assert!(line("every capability ends, for good"), "{menu:?}");
    panel.click("Pause all agents").await;
    panel.says("Paused: nothing new starts").await;
    page.sees("Everything paused").await;
    let status = screen.session.console().await.status().await.unwrap();
    assert_eq!(
        status.paused.iter().map(|pause| pause.target.kind.as_str()).collect::<Vec<_>>(),
        ["everything"]
    );

    // *Halt* asks, natively; a no is a no.
    panel.click("Halt everything").await;
    screen.native("Halt everything").await;
    screen.picture("tray-halt");
    screen.cancel("Halt everything").await;
    assert_eq!(screen.session.console().await.status().await.unwrap().halted, None);
    panel.click("Halt everything").await;
    screen.sign("Halt everything").await;
    panel.says("Halted: every capability has ended").await;
    assert!(screen.session.console().await.status().await.unwrap().halted.is_some());
    for asked in [asked, second] {
        assert_eq!(asked.ended().await.0, 3);
    }

    // *Quit* ends the console, and the broker goes on.
    panel.click("Quit the console").await;
    until("the console is gone", async || screen.console_process().is_none().then_some(())).await;
    screen.session.console().await.status().await.unwrap();
}
