//! Loading: every check that can be made before the first question.

use super::data::Data;
use super::extent;
use super::problem::{PolicyProblem, PolicyText, Source};
use super::question::Question;
use super::refusal::{CALENDAR_NAMES, SCENE_NAMES};
use super::request::{Reading, ask};
use super::rule::{Rule, RuleSet};
use super::scope::Scopes;
use super::shape::PolicySchema;
use super::slice::Slices;
use super::{Policy, PolicyDigests};
use crate::effect::Effect;
use bailiwick_authority::{ActionId, Arguments, Assurance, Digest, KeyId, Resource, Role, Timestamp};
use bailiwick_protocol::PolicyTexts;
use cedar_policy::{ActionConstraint, Effect as Says, PolicyId, ValidationMode, Validator};
use std::collections::HashSet;

/// The largest text of a policy, in bytes.
const MAX_BYTES: usize = 8 * 1024 * 1024;

/// The stack on which texts are read, in bytes: the engine's parser recurses, and its frames are large.
const STACK: usize = 64 * 1024 * 1024;

pub(super) fn load(texts: &PolicyTexts) -> Result<Policy, Vec<PolicyProblem>> {
    let guard_source = Source::new(PolicyText::Guard, &texts.guard);
    let ask_source = Source::new(PolicyText::Ask, &texts.ask);
    let schema_source = Source::new(PolicyText::Schema, &texts.schema);
    let mut problems = Vec::new();
    for source in [guard_source, ask_source, schema_source] {
        if source.text.len() > MAX_BYTES {
            problems.push(source.problem(0, "the text is larger than 8 MiB", "split the policy"));
        } else {
            problems.extend(extent::check(source).err());
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let failed = |why: String| vec![guard_source.problem(0, why, "try again; if it stays, report it")];
    std::thread::scope(|scope| {
        let reader = std::thread::Builder::new().stack_size(STACK).name("policy".to_owned());
        let reader = reader.spawn_scoped(scope, || read(texts, guard_source, ask_source, schema_source));
        match reader.map(|reader| reader.join()) {
            Ok(Ok(read)) => read,
            Ok(Err(_)) => Err(failed("the policy engine failed on these texts".to_owned())),
            Err(error) => Err(failed(format!("there is no room to read the policy: {error}"))),
        }
    })
}

fn read(
    texts: &PolicyTexts,
    guard_source: Source<'_>,
    ask_source: Source<'_>,
    schema_source: Source<'_>,
) -> Result<Policy, Vec<PolicyProblem>> {
    let mut problems = Vec::new();
    let data = Data::parse(&texts.data).map_err(|problem| problems.push(problem)).ok();
    let schema = PolicySchema::parse(&texts.schema).map_err(|problem| problems.push(problem)).ok();
    let guard = RuleSet::parse(guard_source, &mut problems);
    let ask_set = RuleSet::parse(ask_source, &mut problems);
    for (id, rule) in &ask_set.rules {
        if guard.rules.contains_key(id) {
            let message = format!("the id `{id}` stands in the guard too");
            problems.push(ask_source.problem(rule.offset, message, "ids are unique over both sets"));
        }
    }
    if let Some(schema) = &schema {
        validate(guard_source, &guard, schema, &mut problems);
        validate(ask_source, &ask_set, schema, &mut problems);
        permits_name_actions(guard_source, &guard, schema, &mut problems);
    }
    if let (Some(schema), Some(data)) = (&schema, &data) {
        calendars_agree(schema_source, &texts.data, schema, data, &mut problems);
        sentences_can_be_filled(guard_source, &guard, schema, &mut problems);
        sentences_can_be_filled(ask_source, &ask_set, schema, &mut problems);
        requests_fit(schema_source, schema, data, &mut problems);
    }
    problems
        .sort_by(|a, b| (a.set, a.line, a.column, &a.message).cmp(&(b.set, b.line, b.column, &b.message)));
    problems.dedup();
    match (schema, data) {
        (Some(schema), Some(data)) if problems.is_empty() => Ok(Policy {
            guard_slices: Slices::of(&guard),
            ask_slices: Slices::of(&ask_set),
            scopes: Scopes::default(),
            guard,
            ask: ask_set,
            schema,
            data,
            digests: PolicyDigests::of(texts),
        }),
        _ => Err(problems),
    }
}

/// The engine's own validation, strict, its warnings included: a policy that can never match, and a
/// string that looks like another one, are mistakes or worse.
fn validate(source: Source<'_>, set: &RuleSet, schema: &PolicySchema, problems: &mut Vec<PolicyProblem>) {
    let place = |id: &PolicyId| set.rules.get::<str>(id.as_ref()).map_or(0, |rule| rule.offset);
    let result = Validator::new(schema.cedar.clone()).validate(&set.policies, ValidationMode::Strict);
    let errors = result.validation_errors().map(|error| source.diagnosed(error, place(error.policy_id())));
    let warnings =
        result.validation_warnings().map(|found| source.diagnosed(found, place(found.policy_id())));
    let mut found: Vec<PolicyProblem> = errors.chain(warnings).collect();
    // The validator says the same once for every action.
    found.sort_by(|a, b| (a.line, a.column, &a.message).cmp(&(b.line, b.column, &b.message)));
    found.dedup_by_key(|problem| (problem.line, problem.column));
    problems.append(&mut found);
}

/// An action is in one group for each of its effects, so a permit by group would also allow its others.
fn permits_name_actions(
    source: Source<'_>,
    set: &RuleSet,
    schema: &PolicySchema,
    problems: &mut Vec<PolicyProblem>,
) {
    for policy in set.policies.policies().filter(|policy| policy.effect() == Says::Permit) {
        let named = match policy.action_constraint() {
            ActionConstraint::Any => Vec::new(),
            ActionConstraint::Eq(uid) => vec![uid],
            ActionConstraint::In(uids) => uids,
        };
        let id: &str = policy.id().as_ref();
        for uid in named.iter().filter(|uid| !schema.actions.contains_key(uid.id().unescaped())) {
            let message = format!("`{id}` permits by the effect `{}`", uid.id().unescaped());
            let hint = "an action has other effects too: name the actions that are permitted";
            problems.push(source.problem(set.rules.get(id).map_or(0, |rule| rule.offset), message, hint));
        }
    }
}

/// The calendars that the schema declares and those of the data must be the same.
fn calendars_agree(
    source: Source<'_>,
    data_text: &str,
    schema: &PolicySchema,
    data: &Data,
    problems: &mut Vec<PolicyProblem>,
) {
    let declared: HashSet<&str> = schema
        .actions
        .values()
        .filter_map(|action| action.context.get("calendar"))
        .flat_map(|shape| shape.names())
        .collect();
    for name in declared.iter().filter(|name| !data.calendars.contains_key(**name)) {
        let at = source.find(&format!("\"{name}\""), 0).or_else(|| source.find(name, 0)).unwrap_or(0);
        let message = format!("the calendar `{name}` is not in the data");
        problems.push(source.problem(at, message, "add it to `calendars` in the data, or remove it here"));
    }
    let source = Source::new(PolicyText::Data, data_text);
    for name in data.calendars.keys().filter(|name| !declared.contains(name.as_str())) {
        let at = source.find(&format!("\"{name}\""), 0).unwrap_or(0);
        let message = format!("the calendar `{name}` is not in the schema, so no policy can ask for it");
        problems.push(source.problem(
            at,
            message,
            "add it to `type Calendars` in the schema, or remove it here",
        ));
    }
}

/// Every place of every sentence names something that the policy could read.
fn sentences_can_be_filled(
    source: Source<'_>,
    set: &RuleSet,
    schema: &PolicySchema,
    problems: &mut Vec<PolicyProblem>,
) {
    let fields = |rule: &Rule| -> Vec<Vec<String>> {
        let templates = rule.missing.iter().chain(rule.remedy.iter());
        templates.flat_map(|template| template.fields().map(<[String]>::to_vec)).collect()
    };
    for (id, rule) in &set.rules {
        for path in fields(rule).into_iter().filter(|path| !can_be_filled(path, schema)) {
            let message = format!("a sentence of `{id}` names `{{{}}}`, which is nothing", path.join("."));
            let hint = "a place names a path of the context, `{action}`, `{agent}`, `{connection}`, `{person}`, \
                        `{resource}`, or `{calendar.<name>.hours}` and `{calendar.<name>.opens}`";
            problems.push(source.problem(rule.offset, message, hint));
        }
    }
}

fn can_be_filled(path: &[String], schema: &PolicySchema) -> bool {
    let known = |path: &[String]| schema.actions.values().any(|action| action.context.has(path));
    match path {
        [one] if SCENE_NAMES.contains(&one.as_str()) => true,
        [first, name, what] if first == "calendar" => {
            CALENDAR_NAMES.contains(&what.as_str()) && known(&[first.clone(), name.clone()])
        }
        [first, ..] if first == "calendar" => false,
        path => known(path),
    }
}

/// A question about each action must fit, or every one of them would be refused later.
fn requests_fit(source: Source<'_>, schema: &PolicySchema, data: &Data, problems: &mut Vec<PolicyProblem>) {
    let (Ok(person), Ok(connection), Ok(label), Ok(id), Ok(name)) = (
        "somebody".parse(),
        "somewhere".parse(),
        "agent".parse(),
        "repository:1".parse(),
        "owner/name".parse(),
    ) else {
        return;
    };
    let (Ok(agent), Some(now)) = (Digest::of(b"").to_string().parse::<KeyId>(), Timestamp::from_seconds(0))
    else {
        return;
    };
    let (resource, path, arguments) = (Resource { id, name }, [label], Arguments::new());
    for (id, shape) in &schema.actions {
        let at = source.find(&format!("\"{id}\""), 0).unwrap_or(0);
        let Ok(action) = id.parse::<ActionId>() else {
            let message = format!("`{}` is no action's id", id.escape_default());
            problems.push(source.problem(
                at,
                message,
                "actions are named as in the catalogue: `pulls/merge`",
            ));
            continue;
        };
        let effects: Vec<Effect> = shape.effects.iter().filter_map(|name| effect(name)).collect();
        let question = Question {
            agent,
            path: &path,
            person: &person,
            roles: &[Role::Steward],
            assurance: Assurance::File,
            capability: Digest::of(b""),
            expires: now,
            action: &action,
            effects: &effects,
            connection: &connection,
            resource: &resource,
            arguments: &arguments,
            facts: None,
            now,
        };
        let (none, scopes) = (Slices::default(), Scopes::default());
        let reading = Reading { schema, data, guard: &none, ask: &none, scopes: &scopes };
        for objection in ask(&question, reading).objections {
            let message = format!("no request for `{id}` fits this schema: {objection}");
            problems.push(source.problem(at, message, "start from the shipped schema"));
        }
    }
}

/// An effect by its group's name.
fn effect(name: &str) -> Option<Effect> {
    let on = || "x".to_owned();
    let all = [
        Effect::Reads,
        Effect::MovesRef(on()),
        Effect::RunsCode,
        Effect::Publishes,
        Effect::Deploys(on()),
        Effect::ChangesSettings,
        Effect::Discloses,
        Effect::Spends,
        Effect::Deletes,
    ];
    all.into_iter().find(|effect| effect.name() == name)
}
