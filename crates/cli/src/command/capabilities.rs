//! `capabilities`: what was delegated to whom, and whether it still holds.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::operation_text::short;
use crate::output::{Output, Tone};
use crate::setting::Setting;
use crate::{constraint_text, escape, moment};
use bailiwick_protocol::CapabilityView;
use clap::Args;

/// Which capabilities.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// Expired and revoked ones too
    #[arg(long)]
    all: bool,
}

pub(crate) async fn run(arguments: Arguments, setting: &Setting) -> Result<Exit, Failure> {
    let (console, _) = setting.console().await?;
    let mut capabilities = console.capabilities().await?;
    capabilities.retain(|view| arguments.all || matches!(view.state.as_str(), "active" | "not-yet"));
    let output = &setting.output;
    output.result(&capabilities, || {
        if capabilities.is_empty() {
            return "no capability is in force; `--all` shows those that were".to_owned();
        }
        capabilities.iter().map(|view| row(output, view)).collect()
    })?;
    Ok(Exit::Done)
}

fn row(output: &Output, view: &CapabilityView) -> String {
    let state = match view.state.as_str() {
        "active" => output.tone(Tone::Good, "active"),
        other => output.tone(Tone::Bad, escape::line(other)),
    };
    let uses = match view.max_uses {
        Some(most) => format!("{} of {most} uses", view.uses),
        None => format!("{} uses", view.uses),
    };
    let parent = view.parent.as_deref().map(|parent| format!(", below {}", short(parent)));
    let mut text = format!(
        "{}  {}  {state} until {}, {uses}{}\n  from {} to {}\n",
        short(&view.id),
        output.tone(Tone::Strong, escape::line(&view.label)),
        moment::local(view.expires),
        parent.unwrap_or_default(),
        escape::line(&view.person),
        escape::line(&view.holder),
    );
    for grant in &view.grants {
        let repositories: Vec<String> =
            grant.resources.iter().map(|resource| escape::line(&resource.name)).collect();
        let arguments: Vec<String> = grant
            .arguments
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, constraint)| {
                format!("{} {}", escape::line(name), constraint_text::words_of(constraint))
            })
            .collect();
        text.push_str(&format!(
            "  - {} in {} through `{}`, where {}\n",
            escape::line(&grant.actions.join(" or ")),
            repositories.join(" or "),
            escape::line(&grant.connection),
            arguments.join(", ")
        ));
    }
    text
}
