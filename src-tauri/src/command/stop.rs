//! Stopping: pause without a signature; revoke, halt and resume with one.

use crate::asking::Windows;
use crate::failure::Failure;
use crate::shell::Shell;
use crate::tray;
use bailiwick_authority::{Digest, Halt, Resume, Revocation, Target, Text};
use bailiwick_client::Console;
use bailiwick_person::{Shown, Steward, escape, sentence, submit};
use bailiwick_protocol::{Admitted, CapabilityView, PauseView, Status, Stopped, TargetView};
use tauri::{AppHandle, Manager, State};

#[tauri::command]
pub(crate) async fn preview(target: TargetView, shell: State<'_, Shell>) -> Result<Stopped, Failure> {
    Ok(shell.console().await?.0.preview(&target).await?)
}

#[tauri::command]
pub(crate) async fn pause(target: TargetView, shell: State<'_, Shell>) -> Result<PauseView, Failure> {
    hold(target, &shell).await
}

/// Deliberately without the pins: stopping must work when something else is wrong.
async fn hold(target: TargetView, shell: &Shell) -> Result<PauseView, Failure> {
    Ok(Console::connect(shell.places()).await?.pause(target).await?)
}

#[tauri::command]
pub(crate) async fn revoke(
    target: TargetView,
    reason: String,
    app: AppHandle,
    shell: State<'_, Shell>,
) -> Result<Stopped, Failure> {
    let (console, _, realm) = shell.realm().await?;
    let target = read_target(&target)?;
    let preview = console.preview(&view(&target)).await?;
    let beside = format!("{}{}", whose(&console.capabilities().await?, &target), what_stops(&preview));
    let steward = Steward::of(&shell.profile()?, Windows::of(&app))?;
    let revocation = Revocation { target, reason: read_reason(&reason)? };
    let signed = steward
        .seal(realm, &revocation, |unsigned| {
            let body = unsigned.body();
            let words = format!("{}\n{}", sentence::revocation(&view(&body.target)), because(&body.reason));
            Shown::of("Revoke", &words, unsigned).beside(&beside)
        })
        .await?;
    stopped(submit(&console, &signed, None).await?)
}

#[tauri::command]
pub(crate) async fn halt(
    reason: String,
    app: AppHandle,
    shell: State<'_, Shell>,
) -> Result<Stopped, Failure> {
    halt_everything(&reason, &app, &shell).await
}

async fn halt_everything(reason: &str, app: &AppHandle, shell: &Shell) -> Result<Stopped, Failure> {
    let (console, _, realm) = shell.realm().await?;
    let preview = console.preview(&view(&Target::Everything)).await?;
    let steward = Steward::of(&shell.profile()?, Windows::of(app))?;
    let signed = steward
        .seal(realm, &Halt { reason: read_reason(reason)? }, |unsigned| {
            let words =
                format!("halt everything: every capability ends\n{}", because(&unsigned.body().reason));
            Shown::of("Halt everything", &words, unsigned).beside(&what_stops(&preview))
        })
        .await?;
    stopped(submit(&console, &signed, None).await?)
}

#[tauri::command]
pub(crate) async fn resume(id: String, app: AppHandle, shell: State<'_, Shell>) -> Result<Admitted, Failure> {
    let (console, status, realm) = shell.realm().await?;
    let lifts: Digest = id.parse().map_err(|why| Failure::bad_value("a pause or halt", &id, why))?;
    let steward = Steward::of(&shell.profile()?, Windows::of(&app))?;
    let signed = steward
        .seal(realm, &Resume { lifts }, |unsigned| {
            let lifts = unsigned.body().lifts.to_string();
            Shown::of("Resume", &format!("lift {lifts}"), unsigned).beside(&what_is_lifted(&status, &lifts))
        })
        .await?;
    Ok(submit(&console, &signed, None).await?)
}

/// *Pause all agents* in the tray.
pub(crate) fn pause_from_tray(app: &AppHandle) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        let everything = view(&Target::Everything);
        let held = hold(everything, &app.state::<Shell>()).await;
        told(&app, held.map(|_| ()), "paused");
    });
}

/// *Halt everything* in the tray: the native confirmation is the question.
pub(crate) fn halt_from_tray(app: &AppHandle) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        let halted = halt_everything("halted from the tray", &app, &app.state::<Shell>()).await;
        told(&app, halted.map(|_| ()), "halted");
    });
}

/// What could not be stopped from the tray is shown in the window, where the reason stands.
fn told(app: &AppHandle, done: Result<(), Failure>, what: &str) {
    match done {
        Ok(()) => tracing::info!(what, "from the tray"),
        Err(failure) if failure.code == "cancelled" => {}
        Err(failure) => {
            tracing::error!(code = failure.code, message = failure.message, what, "not done from the tray");
            tray::show_window(app);
        }
    }
}

fn read_target(view: &TargetView) -> Result<Target, Failure> {
    let said = format!("{} {}", view.kind, view.id);
    Target::from_parts(&view.kind, &view.id).map_err(|why| Failure::bad_value("a target", &said, why))
}

fn view(target: &Target) -> TargetView {
    TargetView { kind: target.kind().into(), id: target.id() }
}

fn read_reason(text: &str) -> Result<Text, Failure> {
    let text = if text.trim().is_empty() { "not stated" } else { text.trim() };
    text.parse().map_err(|why| Failure::bad_value("a reason", text, why))
}

fn because(reason: &Text) -> String {
    format!("because: {}", escape::line(reason.as_str()))
}

/// Whose authority a digest or a key stands for, as the broker knows it: the statement names it by that alone.
fn whose(known: &[CapabilityView], target: &Target) -> String {
    let id = target.id();
    let one = known.iter().find(|one| match target {
        Target::Capability(_) => one.id == id,
        Target::Agent(_) => one.holder_id == id,
        _ => false,
    });
    one.map_or_else(String::new, |one| {
        let (person, label) = (escape::line(&one.person), escape::line(&one.label));
        format!("It is held by {label}, on the authority of {person}.\n")
    })
}

fn what_stops(preview: &Stopped) -> String {
    let count = |number: usize, one: &str, several: &str| {
        if number == 1 { format!("1 {one}") } else { format!("{number} {several}") }
    };
    format!(
        "This ends {}, stops {} and revokes {}.",
        count(preview.capabilities.len(), "capability", "capabilities"),
        count(preview.operations.len(), "operation that is under way", "operations that are under way"),
        count(preview.credentials.len(), "live credential", "live credentials"),
    )
}

fn what_is_lifted(status: &Status, id: &str) -> String {
    if status.halted.as_deref() == Some(id) {
        return "This is the halt of everything: what had not expired may be asked for again.".to_owned();
    }
    let pause = status.paused.iter().find(|pause| pause.id == id);
    pause.map_or_else(
        || "The broker knows no pause or halt by this digest.".to_owned(),
        |pause| format!("This is the pause of {}.", sentence::target_words(&pause.target)),
    )
}

fn stopped(admitted: Admitted) -> Result<Stopped, Failure> {
    admitted.stopped.ok_or_else(|| Failure::defect("the broker did not say what was stopped"))
}

#[cfg(test)]
mod tests {
    use super::{read_target, view};
    use bailiwick_authority::{Digest, Target};
    use bailiwick_protocol::TargetView;

    #[test]
    fn whatever_ends_can_be_named_and_nothing_else() {
        let digest = Digest::of(b"what ends");
        let name = "ada".parse::<bailiwick_authority::Name>().unwrap();
        for target in [
            Target::Capability(digest),
            Target::Person(name.clone()),
            Target::Connection(name),
            Target::Standing(digest),
            Target::Everything,
        ] {
            assert_eq!(read_target(&view(&target)).unwrap(), target);
        }
        let nothing = TargetView { kind: "rule".into(), id: digest.to_string() };
        assert_eq!(read_target(&nothing).unwrap_err().code, "bad-value");
    }
}
