//! `doctor`: looks at everything that this profile needs and says what is wrong, each with what to do.
//!
//! `--report` writes the same in a form that is safe to paste into a ticket: no secrets, no home folder,
//! no names of persons, agents, accounts or repositories.

mod broker;
mod local;

use crate::escape;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Output, Tone};
use crate::setting::Setting;
use clap::Args;
use serde::Serialize;

/// What to show.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// Write a report that is safe to paste into a ticket
    #[arg(long)]
    report: bool,
    /// Name repositories and accounts in it
    #[arg(long)]
    with_names: bool,
}

/// How good a thing is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Health {
    /// As it should be.
    Good,
    /// Worth knowing.
    Remark,
    /// Something does not work, or protects less than it should.
    Bad,
}

/// One thing that was looked at.
#[derive(Debug, Serialize)]
pub(crate) struct Finding {
    what: &'static str,
    health: Health,
    message: String,
    #[serde(skip_serializing_if = "str::is_empty")]
    hint: String,
    #[serde(skip)]
    exit: Exit,
}

impl Finding {
    pub(crate) fn good(what: &'static str, message: impl Into<String>) -> Finding {
        Finding { what, health: Health::Good, message: message.into(), hint: String::new(), exit: Exit::Done }
    }

    pub(crate) fn remark(what: &'static str, message: impl Into<String>, hint: impl Into<String>) -> Finding {
        Finding { what, health: Health::Remark, message: message.into(), hint: hint.into(), exit: Exit::Done }
    }

    pub(crate) fn bad(
        what: &'static str,
        exit: Exit,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> Finding {
        Finding { what, health: Health::Bad, message: message.into(), hint: hint.into(), exit }
    }

    /// What a failure elsewhere means here.
    pub(crate) fn of(what: &'static str, failure: Failure) -> Finding {
        match failure {
            Failure::Said(said) => Finding::bad(what, said.exit, said.message, said.hint),
            Failure::ClosedPipe => Finding::good(what, ""),
        }
    }
}

pub(crate) async fn run(arguments: Arguments, setting: &Setting) -> Result<Exit, Failure> {
    let names = arguments.with_names || !arguments.report;
    let mut findings = vec![Finding::good(
        "version",
        format!(
            "bailiwick {} (protocol {}) on {} {}",
            env!("CARGO_PKG_VERSION"),
            bailiwick_protocol::PROTOCOL,
            std::env::consts::OS,
            std::env::consts::ARCH
        ),
    )];
    local::look(setting, &mut findings).await;
    broker::look(setting, names, &mut findings).await;
    if arguments.report {
        let hidden = Hidden::of(setting);
        for finding in &mut findings {
            finding.message = hidden.hide(&finding.message);
            finding.hint = hidden.hide(&finding.hint);
        }
    }
    let output = &setting.output;
    output.result(&findings, || text(output, &findings, arguments.report))?;
    let worst = findings.iter().find(|finding| finding.health == Health::Bad);
    match worst {
        None => Ok(Exit::Done),
        Some(finding) => Err(Failure::new(
            finding.exit,
            "doctor",
            format!("{}: {}", finding.what, finding.message),
            finding.hint.clone(),
        )),
    }
}

fn text(output: &Output, findings: &[Finding], report: bool) -> String {
    let mut text = String::new();
    if report {
        text.push_str("Bailiwick report (no secrets; see `bailiwick doctor --help`)\n\n");
    }
    for finding in findings {
        let mark = match finding.health {
            Health::Good => output.tone(Tone::Good, "good  "),
            Health::Remark => output.tone(Tone::Strong, "remark"),
            Health::Bad => output.tone(Tone::Bad, "bad   "),
        };
        text.push_str(&format!("{mark}  {:<14} {}\n", finding.what, escape::line(&finding.message)));
        if !finding.hint.is_empty() {
            text.push_str(&format!("{:23}{}\n", "", escape::line(&finding.hint)));
        }
    }
    text
}

/// What a report leaves out: names and paths of this person and machine.
struct Hidden(Vec<(String, &'static str)>);

impl Hidden {
    fn of(setting: &Setting) -> Hidden {
        let mut hidden = Vec::new();
        if let Some(folder) = &setting.profile.data_dir {
            let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.clone());
            hidden.push((folder.display().to_string(), "<data-dir>"));
        }
        if let Some(home) = std::env::var_os("HOME").or_else(|| std::env::var_os("USERPROFILE")) {
            hidden.push((home.to_string_lossy().into_owned(), "~"));
        }
        for variable in ["USER", "USERNAME", "HOSTNAME"] {
            // A user named `a` must not turn every `a` into something else.
            if let Ok(name) = std::env::var(variable)
                && name.len() >= 3
            {
                hidden.push((name, "<user>"));
            }
        }
        hidden.extend(
            setting
                .profile
                .config
                .person
                .name
                .clone()
                .filter(|name| name.len() >= 3)
                .map(|name| (name, "<person>")),
        );
        // The longest first: a home folder has the user's name in it.
        hidden.retain(|(text, _)| text.len() > 1);
        hidden.sort_by_key(|(text, _)| std::cmp::Reverse(text.len()));
        Hidden(hidden)
    }

    fn hide(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, (what, instead)| text.replace(what, instead))
    }
}
