//! `drill`: lives the whole story against the practice range, in a realm of its own, and prints each step
//! with what it measured. A fire drill: run it before the day on which it matters.

use crate::escape;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::moment::{microseconds, milliseconds};
use crate::output::{Output, Tone};
use crate::rehearsal::{CLOSED, CONNECTION, Holder, OPEN, REPOSITORY, Rehearsal};
use crate::setting::Setting;
use bailiwick_authority::{Argument, Constraint, Digest, PublicKey, Resume, Revocation, Signer as _, Target};
use bailiwick_ledger::{Head, Leaf, Verification};
use bailiwick_practice::Conditions;
use bailiwick_protocol::{ApiError, ErrorCode, OperationView, TargetView};
use clap::Args;
use serde::Serialize;
use std::time::Instant;

/// Nothing to choose.
#[derive(Args, Debug)]
pub(crate) struct Arguments {}

#[derive(Serialize)]
struct Step {
    step: &'static str,
    ok: bool,
    ms: u64,
    /// What was seen, in a sentence.
    saw: String,
}

#[derive(Serialize)]
struct Credentials {
    minted: u64,
    revoked: u64,
    alive: u64,
    longest_life_ms: u64,
    median_life_ms: u64,
}

#[derive(Serialize)]
struct Report {
    steps: Vec<Step>,
    credentials: Credentials,
}

/// What a step saw, or why it does not count as done.
type Saw = Result<String, String>;

pub(crate) async fn run(_: Arguments, setting: &Setting) -> Result<Exit, Failure> {
    let output = &setting.output;
    output.remark("starting a practice range and a broker of its own…");
    let started = Instant::now();
    let rehearsal = Rehearsal::start().await?;
    let mut drill = Drill { rehearsal, output: *output, steps: Vec::new() };
    drill.note("set-up", started, Ok("realm founded, policy activated, practice range connected".into()));
    drill.live_through().await?;
    let credentials = drill.credentials().await?;
    let Drill { rehearsal, steps, .. } = drill;
    rehearsal.stop().await?;
    let good = steps.iter().all(|step| step.ok) && credentials.alive == 0;
    let report = Report { steps, credentials };
    output.result(&report, || summary(&report, output, good))?;
    Ok(if good { Exit::Done } else { Exit::Unverified })
}

struct Drill {
    rehearsal: Rehearsal,
    output: Output,
    steps: Vec<Step>,
}

impl Drill {
    async fn live_through(&mut self) -> Result<(), Failure> {
        let start = Instant::now();
        let bot = self.rehearsal.delegate("ci-bot").await?;
        self.note("delegate", start, Ok("eight hours: merge into main, comment, deploy to staging".into()));
        self.refusals(&bot).await?;
        self.successes(&bot).await?;
        self.passing_on(&bot).await?;
        self.stopping(&bot).await
    }

    async fn refusals(&mut self, bot: &Holder) -> Result<(), Failure> {
        let cases = [
            ("refuse-failing-check", "drill-red", Conditions::failing(), "checks"),
            ("refuse-missing-review", "drill-unreviewed", Conditions::without_review(), "review"),
            ("refuse-protected-path", "drill-workflow", Conditions::protected_path(), "protected"),
        ];
        for (step, branch, conditions, about) in cases {
            self.prepare(branch, conditions).await?;
            let start = Instant::now();
            let view = self.merge(bot, branch).await;
            let saw = refused_by_policy(view, about);
            self.note(step, start, saw);
        }
        self.prepare("drill-late", Conditions::met()).await?;
        self.rehearsal.activate(CLOSED).await?;
        let start = Instant::now();
        let view = self.merge(bot, "drill-late").await;
        let saw = refused_by_policy(view, "hours");
        self.note("refuse-outside-hours", start, saw);
        self.rehearsal.activate(OPEN).await
    }

    async fn successes(&mut self, bot: &Holder) -> Result<(), Failure> {
        self.prepare("drill-green", Conditions::met().titled("Cache invalidation")).await?;
        let start = Instant::now();
        let view = self.merge(bot, "drill-green").await;
        let saw = succeeded(view, "merge_commit");
        self.note("merge", start, saw);

        let start = Instant::now();
        let arguments = [("issue", Argument::Int(8)), ("body", Argument::Str("Merged by the drill.".into()))];
        let view = self.ask(bot, "issues/create-comment", &arguments).await;
        self.note("comment", start, succeeded(view, "comment"));

        let start = Instant::now();
        let arguments =
            [("ref", Argument::Str("main".into())), ("environment", Argument::Str("staging".into()))];
        let view = self.ask(bot, "repos/create-deployment", &arguments).await;
        self.note("deploy", start, succeeded(view, "deployment"));
        Ok(())
    }

    async fn passing_on(&mut self, bot: &Holder) -> Result<(), Failure> {
        self.prepare("drill-child", Conditions::met()).await?;
        let start = Instant::now();
        let reviewer = self.rehearsal.attenuate(bot, "release-helper", |child| {
            child.grants.retain(|grant| grant.actions.iter().any(|action| action.as_str() == "pulls/merge"));
            child.max_uses = Some(2);
            for grant in &mut child.grants {
                grant
                    .arguments
                    .insert("branch".into(), Constraint::Exact(Argument::Str("drill-child".into())));
            }
        })?;
        let view = self.merge(&reviewer, "drill-child").await;
        self.note("attenuate", start, succeeded(view, "merge_commit"));

        let start = Instant::now();
        let greedy = self.rehearsal.attenuate(bot, "greedy", |child| {
            for grant in &mut child.grants {
                grant.arguments.insert("target".into(), Constraint::Ref("refs/heads/**".into()));
            }
        })?;
        let refused = self.merge(&greedy, "drill-child").await;
        self.note("refuse-widening", start, refused_with(refused, ErrorCode::NotAuthorised));

        self.prepare("drill-once", Conditions::met()).await?;
        let start = Instant::now();
        let saw = self.replay(bot).await?;
        self.note("refuse-replay", start, saw);
        Ok(())
    }

    /// Sends the same invocation twice: the second is answered with the first's operation.
    async fn replay(&mut self, bot: &Holder) -> Result<Saw, Failure> {
        let ask = self.rehearsal.invocation(bot, "pulls/merge", &merge_arguments("drill-once"))?;
        let first = self.rehearsal.ask(&ask).await?;
        self.rehearsal.control().clear_requests();
        let second = self.rehearsal.ask(&ask).await?;
        let sent = self.rehearsal.control().requests().len();
        Ok(if first.outcome.as_deref() != Some("succeeded") {
            Err(format!("the first time ended as {:?}", first.outcome))
        } else if !second.replayed || second.id != first.id || sent != 0 {
            Err(format!("the second time sent {sent} requests"))
        } else {
            Ok("the same invocation again got the first one's answer, and nothing was sent".into())
        })
    }

    async fn stopping(&mut self, bot: &Holder) -> Result<(), Failure> {
        self.prepare("drill-paused", Conditions::met()).await?;
        let start = Instant::now();
        let agent = TargetView { kind: "agent".into(), id: bot.key.public().id().to_string() };
        let pause = self.rehearsal.console.pause(agent).await?;
        let refused = self.merge(bot, "drill-paused").await;
        self.note("pause", start, refused_with(refused, ErrorCode::Paused));

        let start = Instant::now();
        let lifts: Digest =
            pause.id.parse().map_err(|why| Failure::defect(format!("a pause's id is {why}")))?;
        self.rehearsal.steward_submits(Resume { lifts }).await?;
        let view = self.merge(bot, "drill-paused").await;
        self.note("resume", start, succeeded(view, "merge_commit"));

        self.prepare("drill-revoked", Conditions::met()).await?;
        let start = Instant::now();
        let saw = self.revoke(bot).await?;
        self.note("revoke", start, saw);

        let start = Instant::now();
        let refused = self.merge(bot, "drill-revoked").await;
        self.note("refuse-after-revoke", start, refused_with(refused, ErrorCode::Revoked));

        let start = Instant::now();
        let saw = self.verify_ledger().await?;
        self.note("verify-ledger", start, saw);
        Ok(())
    }

    async fn revoke(&mut self, bot: &Holder) -> Result<Saw, Failure> {
        let root = bot.chain.first().ok_or_else(|| Failure::defect("nothing was delegated"))?.digest();
        let reason =
            "the drill is over".parse().map_err(|why| Failure::defect(format!("a reason is {why}")))?;
        let body = Revocation { target: Target::Capability(root), reason };
        let (_, admitted) = self.rehearsal.steward_submits(body).await?;
        Ok(match admitted.stopped {
            Some(stopped) if stopped.durable && stopped.capabilities.len() >= 2 => Ok(format!(
                "{} capabilities ended, acknowledged after {}",
                stopped.capabilities.len(),
                microseconds(stopped.acknowledged_us)
            )),
            other => Err(format!("the answer was {other:?}")),
        })
    }

    async fn verify_ledger(&mut self) -> Result<Saw, Failure> {
        let console = &self.rehearsal.console;
        let status = console.status().await?;
        let key =
            PublicKey::from_line(&status.broker_key).map_err(|error| Failure::defect(error.to_string()))?;
        let mut verification = Verification::new(Some(self.rehearsal.realm), key);
        loop {
            let page = console.ledger(verification.summary().entries, 500).await?;
            for entry in &page.entries {
                if let Err(why) = take_entry(&mut verification, entry) {
                    return Ok(Err(why));
                }
            }
            if verification.summary().entries >= page.size {
                break;
            }
        }
        let summary = verification.summary();
        let receipts = summary.receipts;
        if receipts == 0 {
            return Ok(Err("the ledger holds no receipt".into()));
        }
        Ok(Ok(format!("{} entries, {receipts} receipts, from the genesis to the head", summary.entries)))
    }

    async fn prepare(&self, branch: &str, conditions: Conditions) -> Result<(), Failure> {
        let prepared = self.rehearsal.control().prepare_pull(REPOSITORY, branch, conditions).await;
        prepared.map(drop).map_err(|error| Failure::defect(error.to_string()))
    }

    async fn merge(&self, holder: &Holder, branch: &str) -> Result<OperationView, ApiError> {
        self.ask(holder, "pulls/merge", &merge_arguments(branch)).await
    }

    async fn ask(
        &self,
        holder: &Holder,
        action: &str,
        arguments: &[(&str, Argument)],
    ) -> Result<OperationView, ApiError> {
        let ask = self
            .rehearsal
            .invocation(holder, action, arguments)
            .map_err(|_| ApiError::new(ErrorCode::Internal, "the invocation could not be signed", ""))?;
        self.rehearsal.ask(&ask).await
    }

    async fn credentials(&self) -> Result<Credentials, Failure> {
        let numbers = self.rehearsal.console.status().await?.numbers;
        // The destination is asked too: what it saw minted and revoked is what counts.
        let tokens = self.rehearsal.control().minted();
        let revoked = tokens.iter().filter(|token| token.revoked.is_some()).count();
        let revoked = u64::try_from(revoked).unwrap_or(u64::MAX);
        let minted = u64::try_from(tokens.len()).unwrap_or(u64::MAX);
        Ok(Credentials {
            minted,
            revoked,
            alive: minted.saturating_sub(revoked).max(numbers.alive),
            longest_life_ms: numbers.longest_life_ms.unwrap_or(0),
            median_life_ms: numbers.median_life_ms.unwrap_or(0),
        })
    }

    fn note(&mut self, step: &'static str, start: Instant, saw: Saw) {
        let ms = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
        let (ok, saw) = match saw {
            Ok(saw) => (true, saw),
            Err(saw) => (false, saw),
        };
        let mark =
            if ok { self.output.tone(Tone::Good, "ok  ") } else { self.output.tone(Tone::Bad, "FAIL") };
        self.output.remark(format_args!("{mark} {step:<22} {:>9}  {}", milliseconds(ms), escape::line(&saw)));
        self.steps.push(Step { step, ok, ms, saw });
    }
}

fn merge_arguments(branch: &str) -> [(&'static str, Argument); 2] {
    [("branch", Argument::Str(branch.to_owned())), ("target", Argument::Str("main".into()))]
}

fn take_entry(
    verification: &mut Verification,
    entry: &bailiwick_protocol::LedgerEntry,
) -> Result<(), String> {
    let digest = |text: &str| text.parse::<Digest>().map_err(|why| why.to_string());
    let leaf = Leaf {
        sequence: entry.sequence,
        kind: entry.kind.clone(),
        statement: digest(&entry.statement)?,
        envelope: digest(&entry.envelope_digest)?,
        time: bailiwick_authority::Timestamp::from_seconds(entry.time)
            .ok_or("a time beyond the year 9999")?,
    };
    let envelope = entry.envelope.as_ref().map(String::as_bytes);
    verification
        .entry(&leaf, Head::from_digest(digest(&entry.head)?), envelope)
        .map_err(|broken| broken.to_string())
}

fn succeeded(view: Result<OperationView, ApiError>, output: &str) -> Saw {
    let view = view.map_err(|error| error.to_string())?;
    let id = view.output.as_ref().and_then(|all| all.get(output)).map(ToString::to_string);
    match (view.outcome.as_deref(), id, &view.receipt) {
        (Some("succeeded"), Some(id), Some(_)) => {
            Ok(format!("{} ({output} {})", view.sentence, id.trim_matches('"')))
        }
        _ => Err(format!("it ended as {:?}: {:?}", view.outcome, view.reason)),
    }
}

fn refused_by_policy(view: Result<OperationView, ApiError>, about: &str) -> Saw {
    let view = view.map_err(|error| error.to_string())?;
    let names = |refusal: &&bailiwick_protocol::PolicyRefusal| {
        refusal.policy.contains(about) || refusal.title.to_lowercase().contains(about)
    };
    match (view.outcome.as_deref(), view.refusals.iter().find(names)) {
        (Some("denied"), Some(refusal)) if view.refusals.len() == 1 => {
            Ok(format!("{}: {}", refusal.title, refusal.remedy))
        }
        _ => Err(format!("it ended as {:?} with {:?}: {:?}", view.outcome, view.refusals, view.reason)),
    }
}

fn refused_with(answer: Result<OperationView, ApiError>, code: ErrorCode) -> Saw {
    let reason = match answer {
        Ok(view) if view.outcome.as_deref() == Some("succeeded") => return Err("it was carried out".into()),
        Ok(view) => view.reason,
        Err(error) => Some(error),
    };
    match reason {
        Some(reason) if reason.code == code => Ok(reason.message),
        other => Err(format!("it was refused with {other:?}")),
    }
}

fn summary(report: &Report, output: &Output, good: bool) -> String {
    let credentials = &report.credentials;
    let head = if good {
        output.tone(Tone::Good, "The drill went through.")
    } else {
        output.tone(Tone::Bad, "The drill did not go through.")
    };
    format!(
        "{head} {} steps on `{CONNECTION}`. Credentials: {} minted, {} revoked, {} alive; the longest lived {}.",
        report.steps.len(),
        credentials.minted,
        credentials.revoked,
        credentials.alive,
        milliseconds(credentials.longest_life_ms),
    )
}
