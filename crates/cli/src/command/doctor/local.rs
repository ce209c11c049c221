//! What `doctor` sees without a broker: folders and their modes, configuration, keys, keychain, disk.

use super::Finding;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::moment;
use crate::setting::Setting;
use bailiwick_keystore::{KeyFile, KeyLocation, Keychain, KeychainOptions, KeychainState};
use bailiwick_person::{AgentFolder, KeyCard};
use std::path::Path;

/// Less than this, in bytes, and the ledger may not be able to grow for long.
const LITTLE_SPACE: u64 = 256 * 1024 * 1024;

pub(super) async fn look(setting: &Setting, findings: &mut Vec<Finding>) {
    configuration(setting, findings);
    folders(setting, findings);
    person(setting, findings);
    findings.push(keychain().await);
    agents(setting, findings);
    disk(&setting.profile.places.data, findings);
    if let Ok(now) = moment::now() {
        findings.push(Finding::good("clock", moment::local(now.seconds())));
    }
}

fn configuration(setting: &Setting, findings: &mut Vec<Finding>) {
    let path = setting.profile.places.config_file();
    findings.push(match &setting.config_error {
        Some(error) => Finding::bad(
            "config",
            Exit::Usage,
            error.clone(),
            "mend the file; docs/cli.md lists what may stand in it",
        ),
        None if path.exists() => Finding::good("config", format!("`{}`", path.display())),
        None => Finding::remark(
            "config",
            format!("there is no `{}` yet", path.display()),
            "`bailiwick init` sets this profile up",
        ),
    });
}

fn folders(setting: &Setting, findings: &mut Vec<Finding>) {
    let places = &setting.profile.places;
    let console = places.console_socket();
    let console = console.parent().unwrap_or(&places.run);
    for (what, folder, private) in [
        ("data folder", places.data.as_path(), true),
        ("config folder", places.config.as_path(), true),
        ("log folder", places.log.as_path(), false),
        ("socket folder", console, true),
    ] {
        findings.push(folder_finding(what, folder, private));
    }
}

fn folder_finding(what: &'static str, folder: &Path, private: bool) -> Finding {
    let shown = folder.display();
    let about = match std::fs::metadata(folder) {
        Ok(about) => about,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Finding::remark(
                what,
                format!("`{shown}` is not there yet"),
                "it is made when it is needed",
            );
        }
        Err(error) => return Finding::of(what, Failure::file("look at", folder, &error)),
    };
    if !about.is_dir() {
        return Finding::bad(what, Exit::Internal, format!("`{shown}` is not a folder"), "move it away");
    }
    let mode = mode_of(&about);
    if private && mode & 0o077 != 0 {
        return Finding::bad(
            what,
            Exit::Internal,
            format!("`{shown}` has mode {mode:04o}: others may enter it"),
            format!("run `chmod 700 {shown}`"),
        );
    }
    Finding::good(what, format!("`{shown}`, mode {mode:04o}"))
}

#[cfg(unix)]
fn mode_of(about: &std::fs::Metadata) -> u32 {
    std::os::unix::fs::PermissionsExt::mode(&about.permissions()) & 0o7777
}

/// There are no mode bits: the folder's access list is trusted.
#[cfg(not(unix))]
fn mode_of(_: &std::fs::Metadata) -> u32 {
    0o700
}

fn person(setting: &Setting, findings: &mut Vec<Finding>) {
    let Some(card) = setting.profile.config.key_card(&setting.profile.places) else {
        findings.push(Finding::remark(
            "person",
            "no delegation key is set up in this profile",
            "`bailiwick init` makes one; an agent's side needs none",
        ));
        return;
    };
    findings.push(match KeyCard::load(&card) {
        Err(failure) => Finding::of("person", failure.into()),
        Ok(KeyCard::Kept(key)) => match key.location() {
            KeyLocation::Keychain(item) => {
                Finding::good("person", format!("the delegation key rests in the keychain as {item}"))
            }
            KeyLocation::File(path) => match KeyFile::open(path) {
                Ok(_) => Finding::good("person", format!("the delegation key rests in `{}`", path.display())),
                Err(error) => Finding::bad("person", Exit::NotReady, error.to_string(), error.hint()),
            },
        },
        Ok(card) => Finding::good("person", format!("the delegation key is {}", card.place())),
    });
}

/// Absent, locked and unlocked are told apart; nothing is asked of the person.
async fn keychain() -> Finding {
    let asked = tokio::task::spawn_blocking(|| {
        Keychain::open(KeychainOptions::SERVICE).and_then(|keychain| keychain.state())
    });
    match asked.await {
        Ok(Ok(KeychainState::Unlocked)) => Finding::good("keychain", "unlocked"),
        Ok(Ok(KeychainState::Locked)) => {
            Finding::remark("keychain", "locked", "it asks when a key is needed; unlock it to be asked less")
        }
        // Without a keychain a key file does; whether that is wrong shows where the key is looked for.
        Ok(Err(error)) => Finding::remark("keychain", error.to_string(), error.hint()),
        Err(error) => Finding::bad("keychain", Exit::Internal, error.to_string(), "report this"),
    }
}

fn agents(setting: &Setting, findings: &mut Vec<Finding>) {
    let folder = AgentFolder::of(&setting.profile.places);
    let names = match folder.names() {
        Ok(names) => names,
        Err(failure) => return findings.push(Finding::of("agents", failure.into())),
    };
    let mut good = 0_usize;
    for name in &names {
        match folder.open(name).and_then(|key| folder.chains(&key)) {
            Ok(_) => good += 1,
            Err(failure) => findings.push(Finding::of("agents", failure.into())),
        }
    }
    findings.push(Finding::good("agents", format!("{good} keys that can be used")));
}

#[cfg(unix)]
fn disk(folder: &Path, findings: &mut Vec<Finding>) {
    let there = folder.ancestors().find(|folder| folder.exists()).unwrap_or(folder);
    match rustix::fs::statvfs(there) {
        Ok(about) => {
            let free = about.f_bavail.saturating_mul(about.f_frsize);
            let message = format!("{} MiB free for the ledger", free / (1024 * 1024));
            findings.push(if free < LITTLE_SPACE {
                Finding::bad("disk", Exit::Internal, message, "make room: a full disk stops every operation")
            } else {
                Finding::good("disk", message)
            });
        }
        Err(error) => findings.push(Finding::of("disk", Failure::file("look at", there, &error.into()))),
    }
}

#[cfg(not(unix))]
fn disk(_: &Path, _: &mut Vec<Finding>) {}
