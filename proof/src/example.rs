//! A counterexample as people read it: the request that a solver made up.

use cedar_policy::EntityUid;
use cedar_policy_symcc::Env;
use serde_json::Value;

/// The request of a counterexample: who, what, on what, and a context in which it is so. What is false, empty
/// or 0 in the context is left out (records stay): solvers fill in everything, and little of it matters.
pub(crate) fn request(env: &Env) -> Value {
    let request = &env.request;
    let name = |uid: Option<&EntityUid>| uid.map(ToString::to_string).unwrap_or_default();
    let context = request.context().and_then(|context| context.to_json_value().ok());
    serde_json::json!({
        "principal": name(request.principal()),
        "action": name(request.action()),
        "resource": name(request.resource()),
        "context": context.and_then(telling).unwrap_or_else(|| serde_json::json!({})),
    })
}

fn telling(value: Value) -> Option<Value> {
    match value {
        Value::Null | Value::Bool(false) => None,
        Value::Number(number) if number.as_i64() == Some(0) => None,
        Value::String(text) if text.is_empty() => None,
        Value::Array(items) if items.is_empty() => None,
        Value::Object(members) => {
            let told = members.into_iter().filter_map(|(name, value)| Some((name, telling(value)?)));
            Some(Value::Object(told.collect()))
        }
        other => Some(other),
    }
}
