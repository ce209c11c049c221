//! Changes that several persons must agree to: proposed by one, kept until the others have answered, and
//! admitted in the transaction that writes the answer that was still missing.

use super::Countdown;
use super::matter::{Matter, What, issuer_of};
use super::settle::How;
use crate::broker::{Broker, internal, store_error};
use crate::journal::{About, put_pending};
use crate::owed::Owed;
use crate::realm::{Change, Judged};
use bailiwick_authority::{Ask, Digest, Envelope, Role};
use bailiwick_protocol::{Admitted, ApiError, ErrorCode, PolicyTexts};
use std::sync::Arc;

/// How long a proposal waits, in seconds.
const LIFE_SECONDS: u64 = 7 * 86_400;

/// How many proposals wait at once.
const MOST_PROPOSALS: usize = 32;

/// What a change asks for: so many stewards, whoever proposed it among them.
pub(crate) fn proposal_ask(count: u64) -> Result<Ask, ApiError> {
    let text = |text: &str| text.parse().map_err(|_| internal("a sentence of ours is no text"));
    Ok(Ask {
        policy: "change-quorum".parse().map_err(|_| internal("a name of ours is no name"))?,
        title: text("several stewards agree to what changes the realm")?,
        because: text("nobody changes roster, policy or connections alone where the roster asks for more")?,
        count,
        role: Role::Steward,
        assurance: None,
        excluded: Vec::new(),
    })
}

impl Broker {
    /// Keeps a change or a rule until enough persons agree to it.
    pub(crate) async fn propose(
        &self,
        owed: &mut Vec<Owed>,
        judged: Judged,
        envelope: Envelope,
        texts: Option<PolicyTexts>,
    ) -> Result<Admitted, ApiError> {
        let Change::Proposed(asks) = judged.change else { return Err(internal("nothing is proposed")) };
        let now = self.clock.trusted()?;
        self.expire_proposals(owed).await.map_err(store_error)?;
        let realm = self.realm();
        if realm.matters.contains_key(&judged.digest) {
            return Err(ApiError::new(
                ErrorCode::Replayed,
                "this is proposed already, and waits for others to agree",
                "`bailiwick pending` shows it",
            ));
        }
        let proposals = realm.matters.values().filter(|matter| matter.request().is_none()).count();
        if proposals >= MOST_PROPOSALS {
            return Err(ApiError::new(
                ErrorCode::UsesSpent,
                format!("{MOST_PROPOSALS} proposals wait already"),
                "answer some of them first: `bailiwick pending`",
            ));
        }
        let what = What::Proposal {
            kind: judged.kind,
            proposer: issuer_of(&envelope).ok_or_else(|| internal("a proposal has no issuer"))?,
            envelope: envelope.clone(),
            texts: texts.clone().map(Box::new),
        };
        let matter = Matter {
            target: judged.digest,
            what,
            asks,
            facts: None,
            since: now,
            countdown: Countdown::until(now.plus(LIFE_SECONDS)),
        };
        let about =
            About { envelope: Some(envelope.to_bytes()), texts, asked_ms: self.now_ms(), ..About::default() };
        let row = matter.clone();
        let known = self
            .write_in_order(owed, move |transaction| {
                let connection = transaction.connection();
                let known: bool = connection
                    .prepare_cached("SELECT EXISTS (SELECT 1 FROM pending WHERE target = ?1)")?
                    .query_row([row.target.as_bytes()], |row| row.get(0))?;
                if known {
                    return Ok(true);
                }
                put_pending(connection, &row, &about)?;
                crate::journal::note_time(connection, now)?;
                Ok(false)
            })
            .await
            .map_err(store_error)?;
        if known {
            return Err(ApiError::new(
                ErrorCode::Replayed,
                "this was proposed before",
                "make the change again",
            ));
        }
        let target = matter.target;
        self.remember(Arc::new(matter));
        let waits_for = self.missing(&target);
        Ok(Admitted { digest: target.to_string(), sequence: 0, stopped: None, waits_for: Some(waits_for) })
    }

    /// How many persons a matter still needs.
    fn missing(&self, target: &Digest) -> u64 {
        self.pending_one(target).map_or(0, |pending| {
            pending.asks.iter().map(|ask| ask.count.saturating_sub(ask.approved)).max().unwrap_or(0)
        })
    }

    /// Ends the proposals that nobody answered. The lock of admissions is held.
    pub(crate) async fn expire_proposals(
        &self,
        owed: &mut Vec<Owed>,
    ) -> Result<(), bailiwick_ledger::StoreError> {
        let (now, realm) = (self.clock.now(), self.realm());
        let over = realm.matters.values().filter(|one| one.request().is_none() && one.countdown.is_over(now));
        for matter in over {
            self.settle_locked(owed, matter.target, How::Expired, None).await?;
        }
        Ok(())
    }

    /// Ends what rested on something that is not in force any more: requests under another policy or
    /// connection, changes that follow what was replaced. The lock of admissions is held.
    pub(crate) async fn void_what_no_longer_holds(&self, owed: &mut Vec<Owed>) {
        let realm = self.realm();
        for matter in realm.matters.values() {
            let why = match &matter.what {
                What::Request { request, .. } => {
                    let request = request.body();
                    let policy = realm.policy.as_ref().map(|policy| policy.digest());
                    let connection = realm.connections.get(&request.connection).map(|one| one.digest());
                    if policy != Some(request.policy) {
                        Some("the policy was changed")
                    } else if connection != Some(request.connection_statement) {
                        Some("the connection was changed")
                    } else {
                        None
                    }
                }
                What::Proposal { envelope, .. } => {
                    let again = realm.judge(envelope.clone(), self.clock.now(), &self.past());
                    again.is_err().then_some("what it would have changed is not in force any more")
                }
            };
            let Some(why) = why else { continue };
            let void = ApiError::new(
                ErrorCode::ApprovalVoid,
                format!("{why} while it waited for persons"),
                "ask again with a new invocation",
            );
            if let Err(error) = self.settle_locked(owed, matter.target, How::Void, Some(void)).await {
                // It cannot be acted on: everything is judged again before an act.
                tracing::error!(%error, target = %matter.target, "what is void could not be settled yet");
            }
        }
    }

    /// Takes a matter into memory, and tells every console. The lock of admissions is held.
    pub(crate) fn remember(&self, matter: Arc<Matter>) {
        let mut next = (*self.realm()).clone();
        let target = matter.target;
        Arc::make_mut(&mut next.matters).insert(target, matter);
        *self.realm.write() = Arc::new(next);
        self.announce_matter(&target);
    }
}
