//! What waited for persons when the last broker ended, taken up from its store.

use super::matter::{Matter, What, issuer_of};
use crate::approval::{Requests, proposal_ask};
use crate::journal::{Journal, PendingRow};
use crate::realm::{Past as _, Realm};
use bailiwick_authority::{Capability, Digest, Envelope, Kind, Standing, Unverified};
use bailiwick_protocol::ApiError;
use std::sync::Arc;

/// Puts back into memory what still waits. Answers are there already, from the ledger.
pub(crate) fn take_up(realm: &mut Realm, journal: &Journal, past: &Requests<'_>) -> Result<(), String> {
    let rows = journal.waiting().map_err(|error| error.to_string())?;
    for row in rows {
        let matter = match matter_of(realm, row, past) {
            Ok(matter) => matter,
            Err(error) => return Err(format!("something that waits for persons: {}", error.message)),
        };
        Arc::make_mut(&mut realm.matters).insert(matter.target, Arc::new(matter));
    }
    // What was answered about anything else is settled.
    let waiting = Arc::clone(&realm.matters);
    Arc::make_mut(&mut realm.heard).retain(|target, _| waiting.contains_key(target));
    Ok(())
}

fn matter_of(realm: &Realm, row: PendingRow, past: &Requests<'_>) -> Result<Matter, ApiError> {
    let damaged = |what: &str| crate::broker::internal(format!("its {what} is damaged"));
    let (what, asks) = match row.envelope {
        None => {
            let request = past.request(&row.target)?.ok_or_else(|| damaged("request"))?;
            let root = request.body().chain.first().ok_or_else(|| damaged("chain"))?;
            let above = holder_of(past, root)?.unwrap_or(request.body().agent);
            let asks = request.body().asks.clone();
            (What::Request { request: Box::new(request), above }, asks)
        }
        Some(bytes) => {
            let envelope = Envelope::parse(&bytes).map_err(|_| damaged("proposal"))?;
            let kind = Kind::of(&envelope).ok_or_else(|| damaged("kind"))?;
            let asks = match kind {
                Kind::Standing => {
                    let rule: Unverified<Standing> =
                        Unverified::read(envelope.clone()).map_err(|_| damaged("rule"))?;
                    let request = past.request(&rule.body().request)?.ok_or_else(|| damaged("request"))?;
                    let asks =
                        request.body().asks.iter().filter(|ask| rule.body().asks.contains(&ask.policy));
                    asks.cloned().collect()
                }
                _ => vec![proposal_ask(realm.quorum())?],
            };
            let proposer = issuer_of(&envelope).ok_or_else(|| damaged("issuer"))?;
            (What::Proposal { kind, envelope, proposer, texts: row.texts.map(Box::new) }, asks)
        }
    };
    let facts = row.facts.map(|facts| String::from_utf8_lossy(&facts.encode()).into_owned());
    Ok(Matter { target: row.target, what, asks, facts, since: row.since, countdown: row.countdown })
}

fn holder_of(
    past: &Requests<'_>,
    capability: &Digest,
) -> Result<Option<bailiwick_authority::KeyId>, ApiError> {
    let bytes = past.store.envelope(capability).map_err(crate::broker::store_error)?;
    let capability = bytes.and_then(|bytes| Unverified::<Capability>::parse(&bytes).ok());
    Ok(capability.map(|capability| capability.body().holder.id()))
}
