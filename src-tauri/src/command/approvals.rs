//! What waits for persons: shown from the bytes, answered with a signature that the page cannot make.

use super::delegate::{ConstraintView, any_value, argument_kind};
use crate::asking::Windows;
use crate::failure::Failure;
use crate::shell::Shell;
use bailiwick_authority::{Answer, Bounds, Name, NameError, Standing, Text};
use bailiwick_client::Console;
use bailiwick_person::action::{Action, Unsaid};
use bailiwick_person::{Steward, moment, ruling, waiting};
use bailiwick_protocol::{Admitted, Backtest, CardView, Diff, Fatigue, Pending, StandingView};
use serde::{Deserialize, Serialize};
use tauri::{AppHandle, State};

/// Something that waits, with its card.
#[derive(Serialize)]
pub(crate) struct PendingCard {
    pending: Pending,
    card: CardView,
    rule: Option<RuleBasis>,
}

/// What a rule that is made from a request may say.
#[derive(Serialize)]
struct RuleBasis {
    agent: String,
    action: String,
    resource: String,
    connection: String,
    arguments: Vec<RuleArgument>,
}

#[derive(Serialize)]
struct RuleArgument {
    name: String,
    kind: &'static str,
    value: serde_json::Value,
    any: Option<ConstraintView>,
}

/// A rule that the person has filled in.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RuleDraft {
    request: String,
    asks: Vec<String>,
    arguments: Vec<DraftArgument>,
    max_uses: u64,
    seconds: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DraftArgument {
    name: String,
    constraint: ConstraintView,
}

/// A statement that was signed; without a place it waits for others.
#[derive(Serialize)]
pub(crate) struct Proposed {
    digest: String,
    sequence: Option<u64>,
}

impl From<Admitted> for Proposed {
    fn from(admitted: Admitted) -> Proposed {
        let sequence = admitted.waits_for.is_none().then_some(admitted.sequence);
        Proposed { digest: admitted.digest, sequence }
    }
}

#[tauri::command]
pub(crate) async fn pending(shell: State<'_, Shell>) -> Result<Vec<PendingCard>, Failure> {
    let (console, status) = shell.console().await?;
    let mut cards = Vec::new();
    for pending in console.pending().await? {
        let face = waiting::face(&console, &status, &pending).await?;
        cards.push(PendingCard { rule: basis(&pending), card: face.into_card(&pending), pending });
    }
    Ok(cards)
}

#[tauri::command]
pub(crate) async fn diff(target: String, shell: State<'_, Shell>) -> Result<Diff, Failure> {
    Ok(shell.console().await?.0.diff(&target).await?)
}

#[tauri::command]
pub(crate) async fn standing(shell: State<'_, Shell>) -> Result<Vec<StandingView>, Failure> {
    Ok(shell.console().await?.0.standing().await?)
}

#[tauri::command]
pub(crate) async fn fatigue(shell: State<'_, Shell>) -> Result<Vec<Fatigue>, Failure> {
    Ok(shell.console().await?.0.fatigue().await?)
}

#[tauri::command]
pub(crate) async fn hold(target: String, held: bool, shell: State<'_, Shell>) -> Result<Pending, Failure> {
    Ok(shell.console().await?.0.hold(&target, held).await?)
}

#[tauri::command]
pub(crate) async fn approve(
    target: String,
    app: AppHandle,
    shell: State<'_, Shell>,
) -> Result<Admitted, Failure> {
    answer(&target, Answer::Approve, None, &app, &shell).await
}

#[tauri::command]
pub(crate) async fn deny(
    target: String,
    reason: String,
    app: AppHandle,
    shell: State<'_, Shell>,
) -> Result<Admitted, Failure> {
    let reason: Option<Text> = match reason.trim() {
        "" => None,
        text => Some(text.parse().map_err(|why| Failure::bad_value("a reason", text, why))?),
    };
    answer(&target, Answer::Deny, reason, &app, &shell).await
}

async fn answer(
    target: &str,
    answer: Answer,
    reason: Option<Text>,
    app: &AppHandle,
    shell: &Shell,
) -> Result<Admitted, Failure> {
    let (console, status, realm) = shell.realm().await?;
    let pending = console.pending_one(target).await?;
    let face = waiting::face(&console, &status, &pending).await?;
    let steward = Steward::of(&shell.profile()?, Windows::of(app))?;
    let said = (answer, reason);
    Ok(waiting::answer(&console, &steward, realm, (&face, &pending), said, status.now).await?)
}

#[tauri::command]
pub(crate) async fn backtest(
    draft: RuleDraft,
    app: AppHandle,
    shell: State<'_, Shell>,
) -> Result<Backtest, Failure> {
    let (console, _, realm) = shell.realm().await?;
    let (rule, _) = draft.rule(&console).await?;
    let steward = Steward::of(&shell.profile()?, Windows::of(&app))?;
    Ok(ruling::backtest(&console, &steward, realm, &rule).await?)
}

#[tauri::command]
pub(crate) async fn propose_rule(
    draft: RuleDraft,
    app: AppHandle,
    shell: State<'_, Shell>,
) -> Result<Proposed, Failure> {
    let (console, _, realm) = shell.realm().await?;
    let (rule, agent) = draft.rule(&console).await?;
    let steward = Steward::of(&shell.profile()?, Windows::of(&app))?;
    Ok(ruling::propose(&console, &steward, realm, &rule, &agent).await?.into())
}

impl RuleDraft {
    /// The rule, and what the agent that it is for is called.
    async fn rule(&self, console: &Console) -> Result<(Standing, String), Failure> {
        let request = ruling::request(&console.statement(&self.request).await?)?;
        let asks =
            self.asks.iter().map(|ask| read("a policy's id", ask)).collect::<Result<Vec<Name>, _>>()?;
        let bounds: Bounds =
            self.arguments.iter().map(|one| (one.name.clone(), one.constraint.read())).collect();
        let expires = moment::now()?.plus(self.seconds);
        let agent = request.body().path.last().map(ToString::to_string).unwrap_or_default();
        Ok((ruling::rule(&request, asks, bounds, self.max_uses, expires), agent))
    }
}

/// What a rule could be made of; nothing for a change.
fn basis(pending: &Pending) -> Option<RuleBasis> {
    let request = ruling::request(&pending.envelope).ok()?;
    let body = request.body();
    let action = Action::find(body.action.as_str()).ok()?;
    let arguments = body.arguments.iter().map(|(name, value)| {
        let known = action.parameter(name);
        RuleArgument {
            name: name.clone(),
            kind: known.map_or("text", argument_kind),
            value: serde_json::from_slice(&value.to_value().encode()).unwrap_or_default(),
            any: known.filter(|known| known.unsaid == Unsaid::Any).map(any_value),
        }
    });
    Some(RuleBasis {
        agent: body.path.last().map_or_else(String::new, ToString::to_string),
        action: body.action.to_string(),
        resource: body.resource.name.to_string(),
        connection: body.connection.to_string(),
        arguments: arguments.collect(),
    })
}

fn read<T: std::str::FromStr<Err = NameError>>(what: &str, text: &str) -> Result<T, Failure> {
    text.parse().map_err(|why| Failure::bad_value(what, text, why))
}
