//! What a rule would have done with what persons answered before, and the rules that there are.

use super::standing::uses;
use crate::broker::{Broker, internal, store_error};
use crate::realm::Past as _;
use bailiwick_authority::{Digest, Standing, Unverified, Value};
use bailiwick_ledger::StoreError;
use bailiwick_protocol::{ApiError, Backtest, ErrorCode, StandingView, Submission};

/// The newest answered requests that a rule is tried on.
const MOST_TRIED: i64 = 10_000;

impl Broker {
    /// Tries a rule, signed or not yet admitted, on past requests. Nothing takes effect.
    pub(crate) fn try_rule(&self, submission: &Submission) -> Result<Backtest, ApiError> {
        let rule: Unverified<Standing> =
            Unverified::parse(submission.envelope.as_bytes()).map_err(|error| {
                ApiError::new(ErrorCode::BadStatement, error.to_string(), "send a standing rule")
            })?;
        let rule = rule.body();
        let mut backtest = Backtest { asked: 0, would_have_approved: 0, against_a_denial: 0 };
        for (target, approved) in self.journal.store().read(answered).map_err(store_error)? {
            let Some(request) = self.past().request(&target)? else { continue };
            let request = request.body();
            if !request.asks.iter().any(|ask| rule.asks.contains(&ask.policy)) {
                continue;
            }
            backtest.asked += 1;
            let fits = rule.agent == request.agent
                && rule.action == request.action
                && rule.connection == request.connection
                && rule.resource.id == request.resource.id
                && rule.allows(&request.arguments);
            backtest.would_have_approved += u64::from(fits && approved);
            backtest.against_a_denial += u64::from(fits && !approved);
        }
        Ok(backtest)
    }

    /// Every rule, newest first, those that are proposed before them.
    pub(crate) fn standing_rules(&self) -> Result<Vec<StandingView>, ApiError> {
        let (realm, now) = (self.realm(), self.shown_now());
        let mut all = Vec::new();
        for matter in realm.matters.values().filter(|one| one.kind() == bailiwick_authority::Kind::Standing) {
            let rule: Unverified<Standing> =
                Unverified::read(matter.envelope().clone()).map_err(|error| internal(error.to_string()))?;
            let heard = realm.heard.get(&matter.target).cloned().unwrap_or_default();
            let mut persons = vec![self.name_of(rule.common().issuer)];
            persons.extend(heard.iter().map(|one| one.person.to_string()));
            all.push((matter.since, self.rule_view(matter.target, rule.body(), persons, "proposed")?));
        }
        for (digest, rule) in realm.rules.iter() {
            let makers = self.makers_of(digest, rule)?;
            let state = self.state_of_rule(digest, rule, &makers, now)?;
            let persons = makers.iter().map(|one| one.person.to_string()).collect();
            all.push((rule.common().issued, self.rule_view(*digest, rule.body(), persons, state)?));
        }
        all.sort_by(|(a, one), (b, other)| {
            let proposed = |view: &StandingView| view.state != "proposed";
            proposed(one).cmp(&proposed(other)).then(b.cmp(a)).then_with(|| one.id.cmp(&other.id))
        });
        Ok(all.into_iter().map(|(_, view)| view).collect())
    }

    fn rule_view(
        &self,
        id: Digest,
        rule: &Standing,
        persons: Vec<String>,
        state: &str,
    ) -> Result<StandingView, ApiError> {
        let uses = self.journal.store().read(|connection| uses(connection, &id)).map_err(store_error)?;
        let path = self.past().request(&rule.request)?.map(|request| request.body().path.clone());
        let agent = path.and_then(|path| path.last().map(ToString::to_string));
        let agent = agent.unwrap_or_else(|| rule.agent.digest().short());
        let until =
            i64::try_from(rule.expires.seconds()).ok().and_then(|one| jiff::Timestamp::from_second(one).ok());
        let until = until.map(|until| until.to_string()).unwrap_or_default();
        let arguments = rule.arguments.iter().map(|(name, bound)| (name.clone(), bound.to_value()));
        Ok(StandingView {
            id: id.to_string(),
            sentence: format!(
                "{agent} may do {} on {} without asking, {} times, until {until}",
                rule.action, rule.resource.name, rule.max_uses
            ),
            arguments: crate::record::to_json(&Value::object(arguments)),
            asks: rule.asks.iter().map(ToString::to_string).collect(),
            persons,
            uses: if uses == u64::MAX { 0 } else { uses },
            max_uses: rule.max_uses,
            expires: rule.expires.seconds(),
            state: state.to_owned(),
        })
    }

    fn name_of(&self, key: bailiwick_authority::KeyId) -> String {
        let realm = self.realm();
        let persons =
            realm.roster.as_ref().map(|roster| roster.body().persons.as_slice()).unwrap_or_default();
        let found = persons.iter().find(|person| person.keys.iter().any(|own| own.key.id() == key));
        found.map_or_else(|| key.digest().short(), |person| person.name.to_string())
    }
}

/// The requests that persons answered, newest first, and whether they approved.
fn answered(connection: &rusqlite::Connection) -> Result<Vec<(Digest, bool)>, StoreError> {
    let mut query = connection.prepare_cached(
        "SELECT target, state = 'approved' FROM pending WHERE kind = 'request' AND state IN ('approved', 'denied')
         ORDER BY asked_ms DESC LIMIT ?1",
    )?;
    let rows = query.query_map([MOST_TRIED], |row| Ok((Digest::from_bytes(row.get(0)?), row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
