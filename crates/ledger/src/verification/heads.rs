//! Series and their heads: what follows what, and from where to where each policy and connection was in force.

use bailiwick_authority::{Digest, KeyEnd, KeyId, Name, Roster};
use std::collections::HashMap;

/// Every statement of every series so far.
#[derive(Debug, Default)]
pub(super) struct Heads {
    heads: HashMap<String, Digest>,
    spans: HashMap<Digest, Span>,
}

/// How long a statement was in force.
#[derive(Debug)]
struct Span {
    series: String,
    issuer: KeyId,
    from: u64,
    /// The entry that replaced it or made it void.
    until: Option<u64>,
}

impl Heads {
    /// Takes the next statement of a series, which must follow the head, whether or not that is void.
    pub(super) fn follow(
        &mut self,
        series: &str,
        previous: Option<Digest>,
        (digest, issuer): (Digest, KeyId),
        place: u64,
    ) -> Result<(), String> {
        if self.heads.get(series).copied() != previous {
            return Err(format!("it does not follow the head of the series `{series}`"));
        }
        if let Some(before) = previous.and_then(|previous| self.spans.get_mut(&previous)) {
            before.until.get_or_insert(place);
        }
        self.heads.insert(series.to_owned(), digest);
        self.spans.insert(digest, Span { series: series.to_owned(), issuer, from: place, until: None });
        Ok(())
    }

    /// A policy or connection that a key signed since it was in other hands is void from this roster on.
    pub(super) fn void_what_is_compromised(&mut self, roster: &Roster, place: u64) {
        for span in self.spans.values_mut().filter(|span| span.series != "roster" && span.until.is_none()) {
            let end = roster.enrolled(span.issuer).and_then(|(_, key)| key.end);
            if matches!(end, Some(KeyEnd::CompromisedSince(entry)) if span.from >= entry) {
                span.until = Some(place);
            }
        }
    }

    /// The policy in force.
    pub(super) fn policy(&self) -> Option<Digest> {
        let head = self.heads.get("policy")?;
        self.spans.get(head).is_some_and(|span| span.until.is_none()).then_some(*head)
    }

    /// Whether what an operation that succeeded rests on was in force at some time after it was asked for.
    pub(super) fn check(
        &self,
        policy: Option<Digest>,
        connection: &Name,
        asked: u64,
    ) -> Result<(), &'static str> {
        let held = |span: &Span| span.until.is_none_or(|until| until > asked);
        let policy = policy.and_then(|policy| self.spans.get(&policy));
        if !policy.is_some_and(|span| span.series == "policy" && held(span)) {
            return Err("an operation that succeeded under a policy that was not in force");
        }
        let series = format!("connection/{connection}");
        if !self.spans.values().any(|span| span.series == series && held(span)) {
            return Err("an operation that succeeded through a connection that was not in force");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
