//! `wait`: an agent comes back for the outcome of an operation that it asked for.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::operation_text;
use crate::setting::Setting;
use crate::{escape, moment};
use bailiwick_client::Agent;
use bailiwick_protocol::{MAX_WAIT_MS, OperationView, Stage};
use clap::Args;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// While stages are shown, the broker is asked this often.
const GLANCE_MS: u64 = 250;

/// And otherwise this often, until it is known whether persons are asked: whoever waits is told then.
const LOOK_MS: u64 = 2_000;

/// Which operation.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// The operation's id, as `bailiwick request` printed it
    operation: String,
    #[command(flatten)]
    patience: Patience,
}

/// How long to wait, and where.
#[derive(Args, Debug)]
pub(crate) struct Patience {
    /// How long to wait for the outcome
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = moment::seconds)]
    wait: u64,
    /// Do not wait: print the operation as it stands
    #[arg(long, conflicts_with = "wait")]
    no_wait: bool,
    /// The agent socket, where it is not this profile's
    #[arg(long, value_name = "SOCKET", env = "BAILIWICK_AGENT_SOCKET")]
    socket: Option<PathBuf>,
}

impl Patience {
    /// The agent socket to use.
    pub(crate) fn socket(&self, setting: &Setting) -> PathBuf {
        self.socket.clone().unwrap_or_else(|| setting.profile.places.agent_socket())
    }

    /// What the first answer may take.
    pub(crate) fn first_wait_ms(&self) -> u64 {
        if self.no_wait { 0 } else { GLANCE_MS.min(self.limit_ms()) }
    }

    fn limit_ms(&self) -> u64 {
        if self.no_wait { 0 } else { self.wait.saturating_mul(1_000) }
    }
}

pub(crate) async fn run(arguments: Arguments, setting: &Setting) -> Result<Exit, Failure> {
    let agent = Agent::connect(&arguments.patience.socket(setting)).await?;
    let operation = agent.operation(&arguments.operation, arguments.patience.first_wait_ms()).await?;
    await_outcome(&agent, operation, &arguments.patience, setting).await
}

/// Waits for the outcome, shows each stage on the way and the operation at the end.
pub(crate) async fn await_outcome(
    agent: &Agent,
    mut operation: OperationView,
    patience: &Patience,
    setting: &Setting,
) -> Result<Exit, Failure> {
    let deadline = Instant::now() + Duration::from_millis(patience.limit_ms());
    let (mut shown, mut shown_code) = (None, None);
    // Only the answer to the request itself says whether it was received before.
    let replayed = operation.replayed;
    while !operation_text::is_finished(&operation) {
        show_stage(setting, &operation, &mut shown);
        show_code(setting, &operation, &mut shown_code);
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            break;
        }
        let left_ms = u64::try_from(left.as_millis()).unwrap_or(MAX_WAIT_MS);
        let wait_ms = match () {
            () if setting.output.shows_progress() => GLANCE_MS,
            () if shown_code.is_none() => LOOK_MS,
            () => MAX_WAIT_MS,
        };
        operation = agent.operation(&operation.id, wait_ms.min(left_ms)).await?;
    }
    operation.replayed = replayed;
    setting.output.result(&operation, || operation_text::whole(&setting.output, &operation))?;
    if patience.no_wait && !operation_text::is_finished(&operation) {
        return Ok(Exit::Done);
    }
    operation_text::verdict(&operation)
}

/// Says once what persons are asked, with the words that they compare.
fn show_code(setting: &Setting, operation: &OperationView, shown: &mut Option<String>) {
    let Some(waiting) = &operation.waiting else { return };
    if shown.as_ref() != Some(&waiting.request) {
        *shown = Some(waiting.request.clone());
        setting.output.remark(operation_text::waiting(waiting));
    }
}

fn show_stage(setting: &Setting, operation: &OperationView, shown: &mut Option<Stage>) {
    if setting.output.shows_progress() && *shown != Some(operation.stage) {
        if shown.is_none() {
            setting.output.remark(format_args!(
                "asked for {}; it goes on if you leave, and `bailiwick wait {}` comes back to it",
                escape::line(&operation.sentence),
                escape::line(&operation.id)
            ));
        }
        *shown = Some(operation.stage);
        setting.output.remark(format_args!("{} …", escape::line(operation_text::stage(operation.stage))));
    }
}
