//! What `doctor` sees through the broker: whether it runs, versions and pins, clocks, connections.

use super::Finding;
use crate::exit::Exit;
use crate::moment;
use crate::setting::Setting;
use bailiwick_client::{Agent, Console};
use bailiwick_person::KnownHead;
use bailiwick_protocol::{ConnectionView, Status};

/// Clocks that are further apart than this, in seconds, are worth knowing; statements tolerate 5.
const SKEW_SECONDS: u64 = 2;

pub(super) async fn look(setting: &Setting, names: bool, findings: &mut Vec<Finding>) {
    // A broker is never started for a look.
    let (console, status) = match Console::connect_with_status(&setting.profile.places).await {
        Ok(connected) => connected,
        Err(error) => return findings.push(Finding::of("broker", error.into())),
    };
    findings.push(Finding::good(
        "broker",
        format!("bailiwick {} ({}), {} ledger entries", status.version, status.mode, status.entries),
    ));
    if let Err(error) = Agent::connect(&setting.profile.places.agent_socket()).await {
        findings.push(Finding::of("agent socket", error.into()));
    } else {
        findings.push(Finding::good("agent socket", "answers"));
    }
    findings.push(match setting.profile.check_pins(&status) {
        Ok(()) if setting.profile.config.pins.genesis.is_some() => {
            Finding::good("pins", "genesis and broker key are the pinned ones")
        }
        Ok(()) => Finding::remark("pins", "nothing is pinned in this profile", "`bailiwick init` pins"),
        Err(failure) => Finding::of("pins", failure.into()),
    });
    clock(&status, findings);
    stopped(&status, findings);
    ledger(setting, &status, findings);
    if status.policy.is_none() {
        findings.push(Finding::remark(
            "policy",
            "none is in force: everything is denied",
            "`bailiwick init` signs the shipped one",
        ));
    }
    for view in &status.connections {
        connection(&console, view, names, findings).await;
    }
    if status.connections.is_empty() {
        findings.push(Finding::remark(
            "connection",
            "there is none",
            "make one with `bailiwick connect github`",
        ));
    }
    if status.advisory {
        findings.push(Finding::remark(
            "mode",
            "advisory: the broker runs as your own user with a real destination",
            "a program that runs unconfined as you could read the root secret; install the broker under a user of its own",
        ));
    }
    if status.numbers.alive > 0 {
        findings.push(Finding::remark(
            "credentials",
            format!("{} minted credentials are alive or were lost before their end", status.numbers.alive),
            "`bailiwick operations` shows which; each dies by itself at the time that its receipt says",
        ));
    }
}

fn clock(status: &Status, findings: &mut Vec<Finding>) {
    if status.clock_behind {
        findings.push(Finding::bad(
            "clock",
            Exit::NotReady,
            "the broker's clock is behind what the ledger has recorded: nothing is minted",
            "set the clock; it goes on by itself once the clock has caught up",
        ));
    }
    let Ok(now) = moment::now() else { return };
    let apart = now.seconds().abs_diff(status.now);
    if apart > SKEW_SECONDS {
        findings.push(Finding::bad(
            "clock",
            Exit::NotReady,
            format!("this machine's clock and the broker's are {apart} s apart"),
            "set both by the same time service: statements from the future are refused",
        ));
    }
}

fn stopped(status: &Status, findings: &mut Vec<Finding>) {
    if status.halted.is_some() {
        findings.push(Finding::remark("halted", "everything is halted", "`bailiwick resume` lifts it"));
    }
    if !status.paused.is_empty() {
        findings.push(Finding::remark(
            "paused",
            format!("{} pauses are in force", status.paused.len()),
            "`bailiwick status` lists them, `bailiwick resume` lifts them",
        ));
    }
}

fn ledger(setting: &Setting, status: &Status, findings: &mut Vec<Finding>) {
    let Some(realm) = status.realm.as_ref().and_then(|realm| realm.parse().ok()) else { return };
    findings.push(match KnownHead::read(&setting.profile.places, &realm) {
        Ok(Some(known)) if known.entries > status.entries => Finding::bad(
            "ledger",
            Exit::Unverified,
            format!(
                "it has {} entries, and {} were seen before: it was rolled back",
                status.entries, known.entries
            ),
            "an older copy of the data folder was restored: whatever was stopped since may live again",
        ),
        Ok(Some(known)) => Finding::good("ledger", format!("verified up to entry {}", known.entries)),
        Ok(None) => Finding::remark("ledger", "it was never verified from here", "run `bailiwick verify`"),
        Err(failure) => Finding::of("ledger", failure.into()),
    });
}

async fn connection(console: &Console, view: &ConnectionView, names: bool, findings: &mut Vec<Finding>) {
    let check = match console.check(&view.name).await {
        Ok(check) => check,
        Err(error) => return findings.push(Finding::of("connection", error.into())),
    };
    let reached = check.resources.len();
    let who = if names { format!(" as {} for {}", check.app, check.account) } else { String::new() };
    findings.push(Finding::good(
        "connection",
        format!("`{}` reaches {} with {reached} repositories{who}", view.name, view.api),
    ));
    if names && reached > 0 {
        let repositories: Vec<&str> = check.resources.iter().map(|one| one.name.as_str()).collect();
        findings.push(Finding::good("repositories", repositories.join(", ")));
    }
    for missing in &check.missing {
        findings.push(Finding::remark(
            "permission",
            missing.clone(),
            "give the App this permission in its settings, and accept it for the installation",
        ));
    }
    let skew = check.clock_skew_seconds;
    if skew.unsigned_abs() > SKEW_SECONDS {
        findings.push(Finding::bad(
            "clock",
            Exit::NotReady,
            format!("the clock of `{}` is {skew} s from the broker's", view.name),
            "set the broker's clock: the destination refuses App tokens from the future",
        ));
    }
}
