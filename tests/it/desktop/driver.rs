//! W3C WebDriver over HTTP, as much of it as the stories need (<https://www.w3.org/TR/webdriver2/>).

use crate::stage::until;
use serde_json::{Value, json};
use std::net::TcpListener;
use std::path::Path;
use std::process::Stdio;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

/// The key of an element's reference in WebDriver's JSON.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// WebKit's driver and the console that it has opened.
pub(super) struct Driver {
    _process: Child,
    port: u16,
    session: String,
}

impl Driver {
    /// Starts the driver and, by it, the console.
    pub(super) async fn open(
        environment: &[(&'static str, String)],
        console: &Path,
        arguments: &[&str],
    ) -> Driver {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let process = Command::new("WebKitWebDriver")
            .arg(format!("--port={port}"))
            .env_clear()
            .envs(environment.iter().map(|(name, value)| (name, value)))
            // By these the web view lets itself be driven; they open nothing else.
            .envs([("TAURI_AUTOMATION", "true"), ("TAURI_WEBVIEW_AUTOMATION", "true")])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("WebKitWebDriver (package webkit2gtk-driver) starts");
        let mut driver = Driver { _process: process, port, session: String::new() };
        until("the driver answers", async || driver.send("GET", "/status", None).await.ok()).await;
        let options = json!({"binary": console, "args": arguments});
        let wanted = json!({"capabilities": {"alwaysMatch": {"webkitgtk:browserOptions": options}}});
        let answer = driver.send("POST", "/session", Some(&wanted)).await.expect("the console opens");
        answer["sessionId"].as_str().unwrap().clone_into(&mut driver.session);
        driver
    }

    /// Runs a script in the page and answers what it returns.
    pub(super) async fn run(&self, script: &str, arguments: Value) -> Value {
        let body = json!({"script": script, "args": arguments});
        self.call("POST", "/execute/sync", Some(&body)).await.unwrap()
    }

    /// As [`Driver::run`]; the script calls its last argument with the answer.
    pub(super) async fn run_async(&self, script: &str, arguments: Value) -> Value {
        let body = json!({"script": script, "args": arguments});
        self.call("POST", "/execute/async", Some(&body)).await.unwrap()
    }

    /// The text of the page, as it is seen.
    pub(super) async fn text(&self) -> String {
        let text = self.run("return document.body.innerText", json!([])).await;
        text.as_str().unwrap_or_default().to_owned()
    }

    /// Waits until the page says this.
    pub(super) async fn sees(&self, words: &str) {
        let what = format!("the page says `{words}`");
        until(&what, async || self.text().await.contains(words).then_some(())).await;
    }

    /// Presses the one button or link that is labelled so: it has to be seen and to be pressable.
    pub(super) async fn press(&self, label: &str) {
        self.click(label, &labelled("", label)).await;
    }

    /// As [`Driver::press`], within the part of the page that has this heading.
    pub(super) async fn press_in(&self, heading: &str, label: &str) {
        let part = format!(
            "//*[@aria-labelledby=//*[normalize-space(text())={heading:?} or normalize-space(.)={heading:?}]/@id]"
        );
        self.click(&format!("{label} of {heading}"), &labelled(&part, label)).await;
    }

    /// Ticks the box with this id.
    pub(super) async fn tick(&self, id: &str) {
        self.click(id, &format!("//*[@id={id:?}]")).await;
    }

    /// Writes into the field with this id.
    pub(super) async fn write(&self, id: &str, text: &str) {
        let element = self.element(id, &format!("//*[@id={id:?}]")).await;
        self.call("POST", &format!("/element/{element}/clear"), Some(&json!({}))).await.unwrap();
        self.call("POST", &format!("/element/{element}/value"), Some(&json!({"text": text}))).await.unwrap();
    }

    async fn click(&self, what: &str, path: &str) {
        // What moves or is covered for a moment cannot be pressed yet.
        until(&format!("`{what}` was pressed"), async || {
            let element = self.element(what, path).await;
            self.call("POST", &format!("/element/{element}/click"), Some(&json!({}))).await.ok()
        })
        .await;
    }

    /// Waits for the element that is seen and can be used.
    async fn element(&self, what: &str, path: &str) -> String {
        let find = json!({"using": "xpath", "value": path});
        until(&format!("`{what}` can be used"), async || {
            let found = self.call("POST", "/element", Some(&find)).await.ok()?;
            let id = found[ELEMENT].as_str()?.to_owned();
            let is = async |what: &str| self.call("GET", &format!("/element/{id}/{what}"), None).await.ok();
            let rests = is("attribute/aria-disabled").await? == json!("true");
            let shown =
                is("displayed").await? == json!(true) && is("enabled").await? == json!(true) && !rests;
            shown.then_some(id)
        })
        .await
    }

    /// Runs a script again and again until it answers something that counts as true, and answers that.
    pub(super) async fn comes(&self, what: &str, script: &str, arguments: Value) -> Value {
        until(what, async || {
            let found = self.run(script, arguments.clone()).await;
            let counts = !matches!(found, Value::Null | Value::Bool(false)) && found != json!("");
            counts.then_some(found)
        })
        .await
    }

    /// Goes to a screen by its address.
    pub(super) async fn go(&self, place: &str) {
        self.run("location.hash = '#' + arguments[0]", json!([place])).await;
    }

    async fn call(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Value, String> {
        self.send(method, &format!("/session/{}{path}", self.session), body).await
    }

    async fn send(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Value, String> {
        let answer = self.exchange(method, path, body).await.map_err(|error| error.to_string())?;
        let value = answer["value"].clone();
        match value.get("error").and_then(Value::as_str) {
            Some(error) if value.get("message").is_some() => {
                Err(format!("{method} {path}: {error}: {}", value["message"]))
            }
            _ => Ok(value),
        }
    }

    async fn exchange(&self, method: &str, path: &str, body: Option<&Value>) -> std::io::Result<Value> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).await?;
        let body = body.map(Value::to_string).unwrap_or_default();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: 127.0.0.1:{}\r\ncontent-type: application/json\r\n\
             content-length: {}\r\nconnection: close\r\n\r\n",
            self.port,
            body.len()
        );
        stream.write_all((head + &body).as_bytes()).await?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await?;
        let text = String::from_utf8_lossy(&answer);
        let (_, body) = text.split_once("\r\n\r\n").unwrap_or_default();
        Ok(serde_json::from_str(body)?)
    }
}

/// Whatever can be pressed below `part` and is labelled so.
fn labelled(part: &str, label: &str) -> String {
    format!(
        "{part}//*[self::button or self::a or @role='tab' or @role='radio'][contains(normalize-space(.), {label:?}) \
         or @aria-label={label:?}]"
    )
}
