//! What waits, as consoles and agents see it.

use super::matter::{Heard, Matter, What, approved};
use crate::broker::{Broker, store_error};
use bailiwick_authority::{Assurance, Digest, Request};
use bailiwick_ledger::StoreError;
use bailiwick_protocol::{AnswerView, ApiError, AskView, Event, Pending, Waiting};
use rusqlite::params;

/// The most bytes of envelopes and facts that one answer carries, the last one's beyond; what came first is
/// answered first, and the rest follows.
const MOST_BYTES: usize = 4 << 20;

impl Broker {
    /// Everything that waits, oldest first.
    pub(crate) fn pending(&self) -> Result<Vec<Pending>, ApiError> {
        let (realm, now) = (self.realm(), self.shown_now());
        let mut all: Vec<&Matter> = realm
            .matters
            .values()
            .map(AsRef::as_ref)
            .filter(|matter| !matter.countdown.is_over(now))
            .collect();
        all.sort_by_key(|matter| (matter.since, matter.target));
        let (mut views, mut bytes) = (Vec::new(), 0);
        for matter in all {
            let news = self.news(matter).map_err(store_error)?;
            let view = Pending { news, ..self.view_of(matter) };
            bytes += view.envelope.len() + view.facts.as_ref().map_or(0, String::len);
            views.push(view);
            if bytes >= MOST_BYTES {
                break;
            }
        }
        Ok(views)
    }

    /// One of these.
    pub(crate) fn pending_one(&self, target: &Digest) -> Option<Pending> {
        let realm = self.realm();
        let matter = realm.matters.get(target)?;
        // What cannot be read of the past now is missing from the view only.
        Some(Pending { news: self.news(matter).unwrap_or_default(), ..self.view_of(matter) })
    }

    /// Tells consoles and the operation itself that something about a matter changed.
    pub(crate) fn announce_matter(&self, target: &Digest) {
        if let Some(pending) = self.pending_one(target) {
            self.announce(Event::Pending { pending: Box::new(pending) });
        }
        self.matters_changed.send_modify(|count| *count = count.wrapping_add(1));
    }

    /// What an operation waits for, as its agent sees it.
    pub(crate) fn waiting_for(&self, target: &Digest) -> Option<Waiting> {
        let view = self.pending_one(target)?;
        let left = view.asks.iter().filter(|ask| ask.approved < ask.count);
        Some(Waiting {
            request: view.target.clone(),
            code: bailiwick_card::code(target).map(str::to_owned).to_vec(),
            needs: left
                .map(|ask| format!("{} of {}", ask.count.saturating_sub(ask.approved), ask.role))
                .collect(),
            expires: view.expires,
            held: view.held,
        })
    }

    fn view_of(&self, matter: &Matter) -> Pending {
        let (realm, now) = (self.realm(), self.shown_now());
        let heard = realm.heard.get(&matter.target).map(Vec::as_slice).unwrap_or_default();
        let roster = realm.roster.as_ref().map(|roster| roster.body());
        let assurance = |key| {
            let found = roster.and_then(|roster| roster.stands(key));
            found.map_or("ended", |(_, key)| Assurance::as_str(key.assurance)).to_owned()
        };
        let mut agreed = heard.to_vec();
        let proposer = matter.proposer().zip(roster);
        if let Some((person, key)) = proposer.and_then(|(key, roster)| roster.stands(key)) {
            agreed.push(Heard::proposing(matter.target, &person.name, key.key.id(), matter.since));
        }
        let asks = matter.asks.iter().map(|ask| AskView {
            policy: ask.policy.to_string(),
            title: ask.title.to_string(),
            because: ask.because.to_string(),
            count: ask.count,
            role: ask.role.as_str().into(),
            assurance: ask.assurance.map(|assurance| assurance.as_str().into()),
            excluded: ask.excluded.iter().map(ToString::to_string).collect(),
            approved: roster.map_or(0, |roster| approved(ask, &agreed, roster)),
        });
        let answers = heard.iter().map(|one| AnswerView {
            digest: one.digest.to_string(),
            person: one.person.to_string(),
            assurance: assurance(one.key),
            answer: one.answer.as_str().into(),
            reason: one.reason.as_ref().map(ToString::to_string),
            time: one.time.seconds(),
        });
        let envelope = String::from_utf8_lossy(&matter.envelope().to_bytes()).into_owned();
        Pending {
            target: matter.target.to_string(),
            kind: matter.kind().as_str().into(),
            envelope,
            facts: matter.facts.clone(),
            operation: matter.request().map(|request| request.body().operation.to_string()),
            asks: asks.collect(),
            answers: answers.collect(),
            since: matter.since.seconds(),
            expires: matter.countdown.expires_at(now).seconds(),
            held: matter.countdown.is_held(now),
            has_diff: matter.request().is_some_and(|request| has_diff(request.body())),
            news: Vec::new(),
        }
    }

    /// What is new compared with what persons approved before.
    fn news(&self, matter: &Matter) -> Result<Vec<String>, StoreError> {
        let What::Request { request, .. } = &matter.what else { return Ok(Vec::new()) };
        let request = request.body();
        let (agent, action) = (request.agent.to_string(), request.action.as_str());
        let resource = request.resource.id.as_str();
        let approved_before = |condition: &str, third: &str| {
            self.journal.store().read(|connection| {
                let mut query = connection.prepare_cached(&format!(
                    "SELECT EXISTS (SELECT 1 FROM pending WHERE state = 'approved' AND agent = ?1 AND action = ?2 AND {condition})"
                ))?;
                Ok(query.query_row(params![agent, action, third], |row| row.get::<_, bool>(0))?)
            })
        };
        if !approved_before("?3 = ?3", "")? {
            return Ok(vec![format!(
                "the first `{action}` that persons are asked to approve for this agent"
            )]);
        }
        if !approved_before("resource = ?3", resource)? {
            return Ok(vec![format!("the first `{action}` on {} by this agent", request.resource.name)]);
        }
        Ok(Vec::new())
    }
}

/// Whether there is a change to look at.
fn has_diff(request: &Request) -> bool {
    matches!(request.action.as_str(), "pulls/merge")
}
