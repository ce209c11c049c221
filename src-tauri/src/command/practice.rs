//! The practice range with its demo agent: a process of its own, the `bailiwick` beside the console.
//!
//! It ends with the console: its standard input is held open here and by nobody else. Its App's key comes in a
//! file that only the person can read, goes into the root store on the person's yes, and the file is removed.

use super::agents::{AgentView, DEMO};
use super::connect::read_key;
use crate::asking::Windows;
use crate::failure::Failure;
use crate::shell::Shell;
use bailiwick_authority::{Connection, GitHubApp, Name};
use bailiwick_keystore::SecretString;
use bailiwick_person::connecting::{self, PRACTICE, Root};
use bailiwick_person::{AgentFolder, Steward, moment};
use bailiwick_protocol::Status;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tauri::{AppHandle, State};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

/// How long the range may take to begin.
const START_LIMIT: Duration = Duration::from_secs(30);

/// The practice range and its demo agent.
#[derive(Clone, Serialize)]
pub(crate) struct PracticeView {
    api: String,
    connection: &'static str,
    agent: AgentView,
}

/// The range as it runs.
pub(crate) struct Running {
    child: Child,
    view: PracticeView,
}

/// What the range says first.
#[derive(Deserialize)]
struct Said {
    url: String,
    app_id: u64,
    installation: u64,
}

#[tauri::command]
pub(crate) async fn practice(shell: State<'_, Shell>) -> Result<Option<PracticeView>, Failure> {
    let mut running = shell.practice.lock().await;
    Ok(alive(&mut running))
}

#[tauri::command]
pub(crate) async fn start_practice(app: AppHandle, shell: State<'_, Shell>) -> Result<PracticeView, Failure> {
    let mut running = shell.practice.lock().await;
    if let Some(view) = alive(&mut running) {
        return Ok(view);
    }
    let (_, status, _) = shell.realm().await?;
    let key_file = shell.places().run.join(format!("practice-{}.pem", moment::nonce()?));
    let started = start(&shell, &status, &key_file).await;
    let secret = read_key(&key_file);
    // It may not have come to be written.
    std::fs::remove_file(&key_file).ok();
    let (child, said) = started?;
    let api = said.url.clone();
    connect(said, secret?, &app, &shell).await?;
    let name: Name = DEMO.parse().map_err(|why| Failure::bad_value("a name", DEMO, why))?;
    let agent = AgentView::of(&AgentFolder::of(shell.places()).open(&name)?);
    let view = PracticeView { api, connection: PRACTICE, agent };
    *running = Some(Running { child, view: view.clone() });
    Ok(view)
}

/// Ends the range that this console started.
pub(crate) fn end(shell: &Shell) {
    if let Ok(mut running) = shell.practice.try_lock() {
        *running = None;
    }
}

fn alive(running: &mut Option<Running>) -> Option<PracticeView> {
    if running.as_mut().is_some_and(|one| !matches!(one.child.try_wait(), Ok(None))) {
        *running = None;
    }
    running.as_ref().map(|one| one.view.clone())
}

/// Starts the range where the connection in force has it, or anywhere.
async fn start(shell: &Shell, status: &Status, key_file: &Path) -> Result<(Child, Said), Failure> {
    let before = status.connections.iter().find(|one| one.name == PRACTICE);
    let port = before.and_then(|one| one.api.rsplit(':').next()?.parse::<u16>().ok());
    if let Some(port) = port
        && let Ok(started) = start_at(shell, port, key_file).await
    {
        return Ok(started);
    }
    start_at(shell, 0, key_file).await
}

async fn start_at(shell: &Shell, port: u16, key_file: &Path) -> Result<(Child, Said), Failure> {
    let failed =
        |why: String| Failure::new("practice", why, "the practice range needs `git` and a free port");
    let mut command = Command::new(executable()?);
    command.args(["--json", "--quiet"]);
    if let Some(folder) = shell.data_dir() {
        command.arg("--data-dir").arg(folder);
    }
    command
        .args(["practice", "demo", "--with-parent", "--port", &port.to_string(), "--key-out"])
        .arg(key_file);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let mut child =
        command.spawn().map_err(|error| failed(format!("the practice range does not start: {error}")))?;
    let output = child.stdout.take().ok_or_else(|| Failure::defect("the range has no standard output"))?;
    let mut lines = BufReader::new(output).lines();
    let first = tokio::time::timeout(START_LIMIT, lines.next_line())
        .await
        .map_err(|_| failed("the practice range did not begin in time".to_owned()))?;
    match first.ok().flatten().and_then(|line| serde_json::from_str(&line).ok()) {
        Some(said) => Ok((child, said)),
        None => Err(failed(last_words(&mut child).await)),
    }
}

/// Why the range ended at once, as it says it on standard error.
async fn last_words(child: &mut Child) -> String {
    let Some(errors) = child.stderr.take() else { return "the practice range ended at once".to_owned() };
    let mut lines = BufReader::new(errors).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        let said = serde_json::from_str::<serde_json::Value>(&line).ok();
        if let Some(message) = said.as_ref().and_then(|said| said.get("message")?.as_str()) {
            return message.to_owned();
        }
    }
    "the practice range ended at once".to_owned()
}

/// `bailiwick` in the folder of the running executable.
fn executable() -> Result<PathBuf, Failure> {
    let own = std::env::current_exe().map_err(|error| Failure::defect(error.to_string()))?;
    Ok(own.with_file_name(format!("bailiwick{}", std::env::consts::EXE_SUFFIX)))
}

/// The person's yes to the range's connection, and to the practice calendar where nothing else is connected.
async fn connect(said: Said, secret: SecretString, app: &AppHandle, shell: &Shell) -> Result<(), Failure> {
    let (console, status, realm) = shell.realm().await?;
    let series: Name = PRACTICE.parse().map_err(|why| Failure::bad_value("a name", PRACTICE, why))?;
    let connection = Connection {
        previous: connecting::current(&status, &series)?,
        series,
        api: said.url,
        github: GitHubApp { app: said.app_id, installation: said.installation },
        root: connecting::fingerprint(&secret)?,
        certificate_authority: None,
        proxy: None,
    };
    let profile = shell.profile()?;
    let steward = Steward::of(&profile, Windows::of(app))?;
    let unsigned = steward.write(realm, &connection)?;
    let policy = connecting::policy_change(&console, &status, &steward, realm, true).await?;
    let shown = connecting::shown(&unsigned, policy.as_ref()).beside(
        "The range runs on this machine; its key goes into your keychain, in place of the former one's.",
    );
    let consent = steward.ask(shown).await?;
    let root = Root { secret, profile: &profile, asker: None };
    connecting::conclude(&console, &steward, unsigned, policy, &consent, Some(root)).await?;
    Ok(())
}
