//! `pause`: holds an agent or everything: nothing new starts there. It needs no signature, because
//! stopping must be easy.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Tone;
use crate::setting::Setting;
use crate::target_argument::{agent, view};
use crate::{escape, moment, sentence};
use bailiwick_authority::Target;
use clap::{Args, ValueEnum};

/// What to hold.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// What kind of thing
    kind: PauseKind,
    /// Which agent, by name, public key or key id
    #[arg(required_if_eq("kind", "agent"))]
    agent: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum PauseKind {
    /// All that one agent's key asks for
    Agent,
    /// All that anybody asks for
    Everything,
}

pub(crate) async fn run(arguments: Arguments, setting: &Setting) -> Result<Exit, Failure> {
    // Deliberately without the pins: stopping must work when something else is wrong.
    let (console, _) = setting.console_unpinned().await?;
    let target = match (arguments.kind, arguments.agent) {
        (PauseKind::Everything, None) => Target::Everything,
        (PauseKind::Everything, Some(extra)) => {
            return Err(Failure::usage(
                format!("`{extra}` is not needed: everything is paused"),
                "leave it out, or say `pause agent`",
            ));
        }
        (PauseKind::Agent, name) => agent(&name.unwrap_or_default(), &console, setting).await?,
    };
    let pause = console.pause(view(&target)).await?;
    let output = &setting.output;
    output.result(&pause, || {
        format!(
            "{} {} since {}\n  pause  {}",
            output.tone(Tone::Good, "paused"),
            sentence::target_words(&pause.target),
            moment::local(pause.since),
            escape::line(&pause.id)
        )
    })?;
    output.remark(
        "nothing new starts; what is under way goes on. `bailiwick resume` lifts it, with a signature",
    );
    Ok(Exit::Done)
}
