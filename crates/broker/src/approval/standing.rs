//! Standing rules: what persons made from answers, and whether one answers an ask now.

use super::matter::{Heard, is_met};
use crate::approval::How;
use crate::broker::{Broker, internal, store_error};
use crate::realm::Past as _;
use bailiwick_authority::{
    Ask, Digest, Invocation, KeyId, Revocations as _, Signed, Standing, Target, Timestamp,
};
use bailiwick_ledger::StoreError;
use bailiwick_protocol::{ApiError, ErrorCode};
use rusqlite::{Connection, OptionalExtension as _};

/// The longest that a rule answers, in seconds.
pub(crate) const MOST_SECONDS: u64 = 30 * 86_400;

/// The most uses of one rule.
pub(crate) const MOST_USES: u64 = 1_000;

impl Broker {
    /// Whether a rule that somebody makes now may be made: its end is near, its request was not denied.
    pub(crate) fn check_rule(&self, rule: &Standing) -> Result<(), ApiError> {
        let refuse = |message: String| {
            Err(ApiError::new(
                ErrorCode::NotPermitted,
                message,
                "make a narrower rule, from a request that was approved",
            ))
        };
        let now = self.clock.trusted()?;
        if rule.expires <= now || rule.expires > now.plus(MOST_SECONDS) || rule.max_uses > MOST_USES {
            return refuse(format!(
                "a rule answers at most {MOST_USES} times, and for at most {} days from now",
                MOST_SECONDS / 86_400
            ));
        }
        let row = self.journal.matter(&rule.request).map_err(store_error)?;
        let row = row.ok_or_else(|| internal("a request of the ledger has no row"))?;
        match row.how {
            None | Some(How::Approved) => Ok(()),
            Some(how) => refuse(format!("the request that it is made from is {}", how.as_str())),
        }
    }

    /// The rule that answers this ask for this invocation now. Those who made it must be persons who could
    /// answer this very ask: nobody approves their own operation by a rule either.
    pub(crate) fn rule_for(
        &self,
        ask: &Ask,
        agent: KeyId,
        body: &Invocation,
        now: Timestamp,
    ) -> Option<Digest> {
        let realm = self.realm();
        let fits = |rule: &Standing| {
            rule.asks.contains(&ask.policy)
                && rule.agent == agent
                && rule.action == body.action
                && rule.connection == body.connection
                && rule.resource == body.resource
                && rule.allows(&body.arguments)
        };
        let holds = |digest: &Digest, rule: &Signed<Standing>| {
            let Ok(makers) = self.makers_of(digest, rule) else { return false };
            self.state_of_rule(digest, rule, &makers, now).is_ok_and(|state| state == "active")
                && self.is_agreed(&makers, std::slice::from_ref(ask))
        };
        realm
            .rules
            .iter()
            .find(|(digest, rule)| fits(rule.body()) && holds(digest, rule))
            .map(|(digest, _)| *digest)
    }

    /// Who made a rule: whoever proposed it, then those who agreed.
    pub(crate) fn makers_of(&self, digest: &Digest, rule: &Signed<Standing>) -> Result<Vec<Heard>, ApiError> {
        let realm = self.realm();
        let (key, issued) = (rule.common().issuer, rule.common().issued);
        let enrolled = realm.roster.as_ref().and_then(|roster| roster.body().enrolled(key));
        let mut makers: Vec<Heard> = enrolled
            .map(|(person, _)| Heard::proposing(*digest, &person.name, key, issued))
            .into_iter()
            .collect();
        makers.extend(self.heard_of(digest)?);
        Ok(makers)
    }

    /// Whether those who made a rule meet these asks by the roster in force.
    fn is_agreed(&self, makers: &[Heard], asks: &[Ask]) -> bool {
        self.realm().roster.as_ref().is_some_and(|roster| is_met(asks, makers, roster.body()))
    }

    /// `active`, or why it answers nothing any more.
    pub(crate) fn state_of_rule(
        &self,
        digest: &Digest,
        rule: &Signed<Standing>,
        makers: &[Heard],
        now: Timestamp,
    ) -> Result<&'static str, ApiError> {
        let body = rule.body();
        let policy = self.realm().policy.as_ref().map(|policy| policy.digest());
        let used = |connection: &Connection| uses(connection, digest);
        Ok(if self.gate.is_revoked(&Target::Standing(*digest)) {
            "revoked"
        } else if policy != Some(body.policy) {
            "policy-changed"
        } else if now >= body.expires {
            "expired"
        } else if self.journal.store().read(used).map_err(store_error)? >= body.max_uses {
            "spent"
        } else {
            let request = self.past().request(&body.request)?;
            let request = request.ok_or_else(|| internal("the request that a rule was made from is gone"))?;
            let asks = request.body().asks.iter().filter(|ask| body.asks.contains(&ask.policy));
            if self.is_agreed(makers, &asks.cloned().collect::<Vec<_>>()) { "active" } else { "void" }
        })
    }

    /// How often a rule may answer.
    pub(crate) fn limits_of(&self, rules: &[Digest]) -> Vec<(Digest, u64)> {
        let realm = self.realm();
        rules.iter().filter_map(|digest| Some((*digest, realm.rules.get(digest)?.body().max_uses))).collect()
    }
}

/// How often a rule was used.
pub(crate) fn uses(connection: &Connection, digest: &Digest) -> Result<u64, StoreError> {
    let mut query = connection.prepare_cached("SELECT uses FROM standing WHERE digest = ?1")?;
    let uses: Option<i64> = query.query_row([digest.as_bytes()], |row| row.get(0)).optional()?;
    // A rule whose uses are unknown is one that is spent.
    Ok(uses.map_or(u64::MAX, i64::unsigned_abs))
}

/// Counts a use of each rule, or none at all: false when one of them is spent.
pub(crate) fn take_uses(connection: &Connection, rules: &[(Digest, u64)]) -> Result<bool, StoreError> {
    for (digest, most) in rules {
        if uses(connection, digest)? >= *most {
            return Ok(false);
        }
    }
    for (digest, _) in rules {
        connection
            .prepare_cached("UPDATE standing SET uses = uses + 1 WHERE digest = ?1")?
            .execute([digest.as_bytes()])?;
    }
    Ok(true)
}
