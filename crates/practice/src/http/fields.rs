//! Reading a JSON body field by field, refusing what GitHub refuses.

use serde_json::{Map, Value};

use super::answer::Refusal;

/// A JSON object that somebody sent.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fields(Map<String, Value>);

impl Fields {
    /// Reads a body. Nothing at all, and `null`, are an empty object.
    pub(crate) fn parse(body: &[u8]) -> Result<Self, Refusal> {
        if body.is_empty() {
            return Ok(Self::default());
        }
        match serde_json::from_slice(body) {
            Ok(Value::Object(map)) => Ok(Self(map)),
            Ok(Value::Null) => Ok(Self::default()),
            Ok(_) => Err(Refusal::new(400, "Body should be a JSON object")),
            Err(_) => Err(Refusal::new(400, "Problems parsing JSON")),
        }
    }

    /// The value, with `null` as absent.
    pub(crate) fn value(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    pub(crate) fn text(&self, name: &str) -> Result<Option<&str>, Refusal> {
        self.value(name).map(|v| v.as_str().ok_or_else(|| wrong(name, v, "a string"))).transpose()
    }

    pub(crate) fn flag(&self, name: &str) -> Result<Option<bool>, Refusal> {
        self.value(name).map(|v| v.as_bool().ok_or_else(|| wrong(name, v, "a boolean"))).transpose()
    }

    pub(crate) fn needed(&self, name: &str) -> Result<&str, Refusal> {
        self.text(name)?
            .ok_or_else(|| Refusal::new(422, format!("Invalid request.\n\n\"{name}\" wasn't supplied.")))
    }

    /// One of the given words.
    pub(crate) fn choice(&self, name: &str, words: &[&str]) -> Result<Option<&str>, Refusal> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        if words.contains(&text) {
            return Ok(Some(text));
        }
        let list = words.join(", ");
        let message =
            format!("Invalid request.\n\nFor 'properties/{name}', \"{text}\" is not one of {list}.");
        Err(Refusal::new(422, message))
    }

    /// An array, each element read by `read`.
    pub(crate) fn list<T>(
        &self,
        name: &str,
        what: &str,
        read: impl Fn(&Value) -> Option<T>,
    ) -> Result<Option<Vec<T>>, Refusal> {
        let Some(value) = self.value(name) else { return Ok(None) };
        let array = value.as_array().ok_or_else(|| wrong(name, value, "an array"))?;
        array
            .iter()
            .map(|one| read(one).ok_or_else(|| wrong(&format!("{name}/items"), one, what)))
            .collect::<Result<Vec<T>, Refusal>>()
            .map(Some)
    }

    pub(crate) fn object(&self, name: &str) -> Result<Option<Fields>, Refusal> {
        let Some(value) = self.value(name) else { return Ok(None) };
        let map = value.as_object().ok_or_else(|| wrong(name, value, "an object"))?;
        Ok(Some(Self(map.clone())))
    }

    /// Every name and value.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.0.iter()
    }
}

/// 422 for a value of the wrong type, in the words of GitHub's validator.
fn wrong(name: &str, value: &Value, what: &str) -> Refusal {
    Refusal::new(422, format!("Invalid request.\n\nFor 'properties/{name}', {value} is not {what}."))
}
