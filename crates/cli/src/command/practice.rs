//! `practice`: the practice range, alone or with a broker and a demo agent at work on it.

mod demo;

use crate::escape;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::moment::milliseconds;
use crate::output::{Tone, write_out};
use crate::rehearsal::{Holder, REPOSITORY, Rehearsal, public_of};
use crate::setting::Setting;
use bailiwick_authority::Argument;
use bailiwick_keystore::ExposeSecret as _;
use bailiwick_practice::{Conditions, Options, Range, Seed};
use bailiwick_protocol::{Event, OperationView};
use clap::{Args, Subcommand};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long the demo agent rests between two requests.
const REST: Duration = Duration::from_secs(3);

/// What to practise with.
#[derive(Subcommand, Debug)]
pub(crate) enum Verb {
    /// Start range, broker and demo agent, and show their operations live
    Run(RunArguments),
    /// Start the range alone, to be connected like a GitHub
    Serve(ServeArguments),
    /// Start the range with a demo agent of this profile, which works as soon as it holds something
    Demo(demo::Arguments),
}

/// How long to show it.
#[derive(Args, Debug)]
pub(crate) struct RunArguments {
    /// End after so many operations instead of at Ctrl-C
    #[arg(long, value_name = "COUNT")]
    operations: Option<u64>,
}

/// Where to serve.
#[derive(Args, Debug)]
pub(crate) struct ServeArguments {
    /// The port on 127.0.0.1; any free one if absent
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Write the practice App's private key here (0600; never over another file)
    #[arg(long, value_name = "FILE")]
    key_out: PathBuf,
}

pub(crate) async fn run(verb: Verb, setting: &Setting) -> Result<Exit, Failure> {
    match verb {
        Verb::Run(arguments) => show(arguments, setting).await,
        Verb::Serve(arguments) => serve(arguments, setting).await,
        Verb::Demo(arguments) => demo::run(arguments, setting).await,
    }
}

async fn serve(arguments: ServeArguments, setting: &Setting) -> Result<Exit, Failure> {
    let options = practice_options(arguments.port);
    let range = Range::start(Seed::story(), options).await.map_err(|error| {
        Failure::not_set_up(error.to_string(), "the practice range needs `git` and a free port")
    })?;
    write_private(&arguments.key_out, range.app().private_key_pem().expose_secret())?;
    let (app, installation) = (range.app().app_id(), range.app().installation_id());
    let value = serde_json::json!({
        "url": range.url(), "git_url": range.git_url(), "app_id": app, "installation": installation,
        "key": arguments.key_out,
    });
    setting.output.result(&value, || {
        format!(
            "The practice range answers at {}.\nConnect it with:\n  bailiwick connect github --name practice --api {} --app-id {app} --installation {installation} --key {}\n",
            range.url(),
            range.url(),
            arguments.key_out.display(),
        )
    })?;
    interrupted().await;
    range.stop().await;
    Ok(Exit::Done)
}

fn practice_options(port: u16) -> Options {
    let mut options = Options::default();
    options.port = port;
    options
}

async fn show(arguments: RunArguments, setting: &Setting) -> Result<Exit, Failure> {
    let output = &setting.output;
    output.remark("starting a practice range, a broker of its own and a demo agent…");
    let rehearsal = Rehearsal::start().await?;
    let agent = rehearsal.delegate("demo-agent").await?;
    output.remark(format_args!(
        "range   {}\nagent   {} may merge into main, comment and deploy to staging of {REPOSITORY} for eight hours\nend     Ctrl-C\n",
        rehearsal.range.url(),
        public_of(&agent).to_line(),
    ));
    follow(setting, &rehearsal, &agent, arguments.operations.unwrap_or(u64::MAX)).await?;
    let numbers = rehearsal.console.status().await?.numbers;
    output.remark(format_args!(
        "\n{} operations; credentials held by agents {}, minted {}, alive {}, median life {}",
        numbers.operations,
        numbers.held_by_agents,
        numbers.minted,
        numbers.alive,
        numbers.median_life_ms.map_or_else(|| "–".to_owned(), milliseconds),
    ));
    rehearsal.stop().await?;
    Ok(Exit::Done)
}

/// Lets the demo agent work and shows what comes of it, until `limit` operations have ended or Ctrl-C.
async fn follow(setting: &Setting, rehearsal: &Rehearsal, agent: &Holder, limit: u64) -> Result<(), Failure> {
    let mut events = rehearsal.console.events().await?;
    let mut ended = 0;
    let working = work(rehearsal, agent);
    let stopping = interrupted();
    tokio::pin!(working, stopping);
    while ended < limit {
        tokio::select! {
            event = events.next() => match event {
                Some(Event::Operation { operation }) => {
                    show_operation(setting, &operation)?;
                    ended += u64::from(operation.outcome.is_some());
                }
                Some(_) => {}
                None => break,
            },
            failed = &mut working => return Err(failed),
            () = &mut stopping => break,
        }
    }
    Ok(())
}

/// Makes the conditions of one pull request.
type Preparing = fn() -> Conditions;

/// What the demo agent asks for, in turn: some of it will be refused.
const TURNS: [(&str, Preparing); 5] = [
    ("Cache invalidation", Conditions::met),
    ("Retry with backoff", Conditions::failing),
    ("Faster start", Conditions::met),
    ("New pipeline", Conditions::protected_path),
    ("Smaller images", Conditions::without_review),
];

/// The demo agent: asks again and again. Returns only when it fails.
async fn work(rehearsal: &Rehearsal, agent: &Holder) -> Failure {
    let mut number = 0_u32;
    loop {
        for (title, conditions) in &TURNS {
            number += 1;
            if let Err(failure) = one_turn(rehearsal, agent, number, title, conditions()).await {
                return failure;
            }
            tokio::time::sleep(REST).await;
        }
    }
}

async fn one_turn(
    rehearsal: &Rehearsal,
    agent: &Holder,
    number: u32,
    title: &str,
    conditions: Conditions,
) -> Result<(), Failure> {
    let branch = format!("demo-{number}");
    let prepared = rehearsal.control().prepare_pull(REPOSITORY, &branch, conditions.titled(title)).await;
    prepared.map_err(|error| Failure::defect(error.to_string()))?;
    let arguments = [("branch", Argument::Str(branch)), ("target", Argument::Str("main".into()))];
    let ask = rehearsal.invocation(agent, "pulls/merge", &arguments)?;
    let view = rehearsal.ask(&ask).await?;
    if view.outcome.as_deref() == Some("succeeded") && number % 2 == 1 {
        let arguments =
            [("ref", Argument::Str("main".into())), ("environment", Argument::Str("staging".into()))];
        let ask = rehearsal.invocation(agent, "repos/create-deployment", &arguments)?;
        rehearsal.ask(&ask).await?;
    }
    Ok(())
}

fn show_operation(setting: &Setting, view: &OperationView) -> Result<(), Failure> {
    if setting.output.is_json() {
        return setting.output.result(view, String::new);
    }
    let Some(outcome) = view.outcome.as_deref() else { return Ok(()) };
    let head = setting.output.tone(tone_of(outcome), format_args!("{outcome:<9}"));
    let person = view.person.as_deref().unwrap_or("?");
    let path = view.path.join(" / ");
    let mut text = format!(
        "{head} {}\n          {} → {}   {}",
        escape::line(&view.sentence),
        escape::line(person),
        escape::line(&path),
        milliseconds(view.elapsed_ms),
    );
    let lives = view.credentials.iter().filter(|one| one.kind == "installation-token");
    for credential in lives {
        let life = credential.life_ms.map_or_else(|| "–".to_owned(), milliseconds);
        text.push_str(&format!("   {} token {} after {life}", credential.purpose, credential.end));
    }
    for refusal in &view.refusals {
        text.push_str(&format!(
            "\n          {}: {}",
            escape::line(&refusal.title),
            escape::line(&refusal.remedy)
        ));
    }
    if let (true, Some(reason)) = (view.refusals.is_empty(), &view.reason) {
        text.push_str(&format!("\n          {}", escape::line(&reason.message)));
    }
    text.push('\n');
    write_out(&text)
}

fn tone_of(outcome: &str) -> Tone {
    match outcome {
        "succeeded" => Tone::Good,
        "denied" | "expired" => Tone::Strong,
        _ => Tone::Bad,
    }
}

fn write_private(path: &Path, text: &str) -> Result<(), Failure> {
    use std::io::Write as _;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).map_err(|error| Failure::file("write", path, &error))?;
    file.write_all(text.as_bytes()).map_err(|error| Failure::file("write", path, &error))
}

async fn interrupted() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
