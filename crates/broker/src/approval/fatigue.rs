//! How asking goes, as measured: how often, how it ended, how long persons took, whether they looked.

use crate::broker::{Broker, store_error};
use bailiwick_authority::Value;
use bailiwick_ledger::StoreError;
use bailiwick_protocol::{ApiError, Fatigue};
use std::collections::BTreeMap;

/// The newest requests that are counted: what was long ago says nothing about how asking goes.
const MOST_COUNTED: i64 = 10_000;

/// From so many answers on, a policy that is approved more often than this, in percent, is proposed for
/// narrowing or automation.
const TIRED: (u64, u64) = (50, 95);

#[derive(Debug, Default)]
struct Count {
    name: String,
    asked: u64,
    approved: u64,
    denied: u64,
    timed_out: u64,
    opened: u64,
    times_ms: Vec<u64>,
}

/// A request that was asked, as the store has it.
struct Row {
    asks: String,
    agent: String,
    label: String,
    state: String,
    took_ms: Option<u64>,
    opened: bool,
}

impl Broker {
    /// How asking goes, for each policy and each agent, the most asked first.
    pub(crate) fn fatigue(&self) -> Result<Vec<Fatigue>, ApiError> {
        let rows = self.journal.store().read(rows).map_err(store_error)?;
        let (mut policies, mut agents) = (BTreeMap::<String, Count>::new(), BTreeMap::<String, Count>::new());
        for row in &rows {
            for (policy, title) in asks(&row.asks) {
                count(policies.entry(policy).or_default(), title, row);
            }
            count(agents.entry(row.agent.clone()).or_default(), row.label.clone(), row);
        }
        let mut all: Vec<Fatigue> =
            policies.into_iter().map(|(id, count)| count.into_view("policy", id)).collect();
        all.extend(agents.into_iter().map(|(id, count)| count.into_view("agent", id)));
        all.sort_by(|a, b| b.asked.cmp(&a.asked).then_with(|| (&b.by, &a.id).cmp(&(&a.by, &b.id))));
        Ok(all)
    }
}

fn rows(connection: &rusqlite::Connection) -> Result<Vec<Row>, StoreError> {
    let mut query = connection.prepare_cached(
        "SELECT asks, agent, label, state, settled_ms - asked_ms, opened > 0 FROM pending
         WHERE kind = 'request' ORDER BY asked_ms DESC LIMIT ?1",
    )?;
    let rows = query.query_map([MOST_COUNTED], |row| {
        Ok(Row {
            asks: row.get(0)?,
            agent: row.get::<_, Option<String>>(1)?.unwrap_or_default(),
            label: row.get::<_, Option<String>>(2)?.unwrap_or_default(),
            state: row.get(3)?,
            took_ms: row.get::<_, Option<i64>>(4)?.and_then(|ms| u64::try_from(ms).ok()),
            opened: row.get(5)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Id and title of each ask.
fn asks(text: &str) -> Vec<(String, String)> {
    let Ok(Value::List(asks)) = Value::parse_any_size(text.as_bytes()) else { return Vec::new() };
    let part = |ask: &Value, name: &str| ask.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    asks.iter().map(|ask| (part(ask, "policy"), part(ask, "title"))).collect()
}

fn count(count: &mut Count, name: String, row: &Row) {
    if count.name.is_empty() {
        // The newest name: rows come newest first.
        count.name = name;
    }
    count.asked += 1;
    count.opened += u64::from(row.opened);
    match row.state.as_str() {
        "approved" => count.approved += 1,
        "denied" => count.denied += 1,
        "expired" => count.timed_out += 1,
        _ => {}
    }
    if matches!(row.state.as_str(), "approved" | "denied") {
        count.times_ms.extend(row.took_ms);
    }
}

impl Count {
    fn into_view(mut self, by: &str, id: String) -> Fatigue {
        self.times_ms.sort_unstable();
        let answered = self.approved + self.denied + self.timed_out;
        let tired = answered > TIRED.0 && self.approved * 100 > answered * TIRED.1;
        Fatigue {
            by: by.to_owned(),
            id,
            name: self.name,
            asked: self.asked,
            approved: self.approved,
            denied: self.denied,
            timed_out: self.timed_out,
            median_ms: self.times_ms.get(self.times_ms.len() / 2).copied(),
            evidence_opened: self.opened,
            proposal: tired.then(|| {
                "almost everything is approved: narrow it, or let a standing rule answer".to_owned()
            }),
        }
    }
}
