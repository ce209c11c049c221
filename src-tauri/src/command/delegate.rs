//! Delegating: what the page filled in becomes a capability, which is shown, signed and handed in here.
//!
//! What a resource is called is taken from the destination, by its id: a page that names another repository's id
//! `acme/backend` is shown for what it is.

use crate::asking::Windows;
use crate::failure::Failure;
use crate::shell::Shell;
use bailiwick_authority::{Argument, Capability, Constraint, Grant, Name, PublicKey, Rate, Resource};
use bailiwick_person::action::{ACTIONS, Action, Parameter, ParameterKind, Unsaid};
use bailiwick_person::delegating::{self, Said};
use bailiwick_person::{AgentFolder, Shown, Steward, moment, sentence, submit};
use bailiwick_protocol::ResourceView;
use serde::{Deserialize, Serialize};
use tauri::{AppHandle, State};

/// A constraint as it stands in a grant.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum ConstraintView {
    Exact(Scalar),
    OneOf(Vec<Scalar>),
    Glob(String),
    Range { min: i64, max: i64 },
    PathPrefix(String),
    Ref(String),
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Scalar {
    Bool(bool),
    Int(i64),
    Str(String),
}

#[derive(Serialize)]
struct ArgumentView {
    name: &'static str,
    kind: &'static str,
    required: bool,
    unsaid: &'static str,
    any: ConstraintView,
}

/// An action of the catalogue.
#[derive(Serialize)]
pub(crate) struct ActionView {
    id: &'static str,
    alias: &'static str,
    does: &'static str,
    arguments: Vec<ArgumentView>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SaidView {
    name: String,
    constraint: ConstraintView,
    may_be_absent: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DraftAction {
    action: String,
    arguments: Vec<SaidView>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RateView {
    uses: u64,
    seconds: u64,
}

/// What the person has filled in.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Draft {
    holder: String,
    label: String,
    purpose: String,
    connection: String,
    actions: Vec<DraftAction>,
    resources: Vec<ResourceView>,
    seconds: u64,
    max_uses: Option<u64>,
    rate: Option<RateView>,
    max_depth: u64,
}

/// A capability that was signed and admitted.
#[derive(Serialize)]
pub(crate) struct Delegated {
    capability: String,
    sequence: u64,
    lines: Vec<String>,
}

#[tauri::command]
pub(crate) async fn actions() -> Result<Vec<ActionView>, Failure> {
    Ok(ACTIONS.iter().map(action_view).collect())
}

#[tauri::command]
pub(crate) async fn delegate(
    draft: Draft,
    app: AppHandle,
    shell: State<'_, Shell>,
) -> Result<Delegated, Failure> {
    let (console, _, realm) = shell.realm().await?;
    let connection: Name =
        draft.connection.parse().map_err(|why| Failure::bad_value("a connection", &draft.connection, why))?;
    let wanted: Vec<String> = draft.resources.iter().map(|resource| resource.id.clone()).collect();
    let resources = delegating::find_repositories(&console, &connection, &wanted).await?;
    let capability = draft.capability(&connection, &resources)?;
    let steward = Steward::of(&shell.profile()?, Windows::of(&app))?;
    let signed = steward
        .seal(realm, &capability, |unsigned| {
            let words = sentence::capability(steward.name().as_str(), unsigned.body());
            Shown::of("Delegate", &words, unsigned)
        })
        .await?;
    let admitted = submit(&console, &signed, None).await?;
    let lines = lines(&shell, signed.body())?;
    Ok(Delegated { capability: signed.digest().to_string(), sequence: admitted.sequence, lines })
}

/// What to paste on the agent's side; nothing for the demo agent, which fetches by itself.
fn lines(shell: &Shell, capability: &Capability) -> Result<Vec<String>, Failure> {
    use bailiwick_authority::Signer as _;
    let folder = AgentFolder::of(shell.places());
    let mut agent = None;
    for name in folder.names()? {
        if folder.open(&name)?.public() == &capability.holder {
            agent = Some(name);
        }
    }
    if agent.as_ref().is_some_and(|name| name.as_str() == super::agents::DEMO) {
        return Ok(Vec::new());
    }
    Ok(delegating::next_steps(agent.as_ref(), capability))
}

impl Draft {
    fn capability(&self, connection: &Name, resources: &[Resource]) -> Result<Capability, Failure> {
        let holder = PublicKey::from_line(&self.holder)
            .map_err(|why| Failure::bad_value("a public key", &self.holder, why))?;
        let mut grants: Vec<Grant> = Vec::new();
        for line in &self.actions {
            let action = Action::find(&line.action)?;
            let said = line.arguments.iter().map(|one| one.read(action)).collect::<Result<Vec<_>, _>>()?;
            grants.extend(delegating::grants(action, &said, connection, resources)?);
        }
        let text = |what: &str, text: &str| text.parse().map_err(|why| Failure::bad_value(what, text, why));
        let not_before = moment::now()?;
        Ok(Capability {
            parent: None,
            label: match self.label.trim() {
                "" => delegating::label(None, &holder)?,
                label => text("a name for the holder", label)?,
            },
            holder,
            grants,
            not_before,
            expires: not_before.plus(self.seconds),
            max_uses: self.max_uses,
            rate: self.rate.as_ref().map(|rate| Rate { uses: rate.uses, seconds: rate.seconds }),
            max_depth: self.max_depth,
            purpose: match self.purpose.trim() {
                "" => text("a purpose", "not stated")?,
                purpose => text("a purpose", purpose)?,
            },
        })
    }
}

impl SaidView {
    fn read(&self, action: &Action) -> Result<Said, Failure> {
        let parameter = action.parameter(&self.name).ok_or_else(|| {
            Failure::bad_value("an argument", &self.name, format!("{} has no such argument", action.alias))
        })?;
        let may_be_absent = self.may_be_absent && !parameter.required;
        Ok(Said { name: self.name.clone(), constraint: self.constraint.read(), may_be_absent })
    }
}

impl ConstraintView {
    pub(super) fn read(&self) -> Constraint {
        match self {
            ConstraintView::Exact(value) => Constraint::Exact(value.read()),
            ConstraintView::OneOf(values) => Constraint::OneOf(values.iter().map(Scalar::read).collect()),
            ConstraintView::Glob(glob) => Constraint::Glob(glob.clone()),
            ConstraintView::Range { min, max } => Constraint::Range(*min, *max),
            ConstraintView::PathPrefix(prefix) => Constraint::PathPrefix(prefix.clone()),
            ConstraintView::Ref(pattern) => Constraint::Ref(pattern.clone()),
        }
    }
}

impl Scalar {
    fn read(&self) -> Argument {
        match self {
            Scalar::Bool(flag) => Argument::Bool(*flag),
            Scalar::Int(number) => Argument::Int(*number),
            Scalar::Str(text) => Argument::Str(text.clone()),
        }
    }
}

fn action_view(action: &'static Action) -> ActionView {
    let argument = |parameter: &'static Parameter| ArgumentView {
        name: parameter.name,
        kind: argument_kind(parameter),
        required: parameter.required,
        unsaid: match parameter.unsaid {
            Unsaid::Any => "any",
            Unsaid::MustBeSaid => "must-be-said",
            Unsaid::LeftOut => "left-out",
        },
        any: any_value(parameter),
    };
    let arguments = action.arguments.iter().map(argument).collect();
    ActionView { id: action.id, alias: action.alias, does: action.does, arguments }
}

/// What kind of value an argument has.
pub(super) fn argument_kind(parameter: &Parameter) -> &'static str {
    match parameter.kind {
        ParameterKind::Ref => "ref",
        ParameterKind::Text => "text",
        ParameterKind::Number => "number",
        ParameterKind::Word => "word",
    }
}

/// The constraint that every value of an argument's kind meets.
pub(super) fn any_value(parameter: &Parameter) -> ConstraintView {
    match parameter.any() {
        Constraint::Ref(pattern) => ConstraintView::Ref(pattern),
        Constraint::Range(min, max) => ConstraintView::Range { min, max },
        Constraint::Glob(glob) => ConstraintView::Glob(glob),
        // The table has no other.
        _ => ConstraintView::OneOf(Vec::new()),
    }
}
