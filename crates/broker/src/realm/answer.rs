//! Judging what persons answer, what they propose, and the rules that they make: the part of
//! [`Realm::judge`] that is about agreeing.

use super::{Change, Judged, Realm, bad, not_permitted};
use crate::approval::{Answered, Heard, Matter, Verdict, What};
use crate::approval::{is_met, proposal_ask};
use bailiwick_authority::{
    Answer, Approval, Ask, Digest, EnrolledKey, Envelope, KeyId, Name, Payload, Person, Realm as RealmOf,
    Request, Role, Roster, Signed, Standing, Timestamp, Unverified,
};
use bailiwick_protocol::{ApiError, ErrorCode};
use std::sync::Arc;

/// Whoever has any role may say no; who may say yes stands in the asks.
const EVERYBODY: &[Role] = &[Role::Steward, Role::Approver, Role::Security];

/// What the ledger knows of before.
pub(crate) trait Past {
    /// A request of this broker's own.
    fn request(&self, digest: &Digest) -> Result<Option<Signed<Request>>, ApiError>;
}

impl Realm {
    /// A person's answer to something that waits.
    pub(super) fn answer(
        &self,
        envelope: Envelope,
        now: Timestamp,
        past: &dyn Past,
    ) -> Result<Judged, ApiError> {
        let (signed, heard) = self.hear(envelope, now)?;
        let target = signed.body().target;
        let matter = self.matters.get(&target).ok_or_else(not_waiting)?;
        if matter.countdown.is_over(now) {
            return Err(ApiError::new(
                ErrorCode::NobodyAnswered,
                "its time is over: it is denied because nobody answered in time",
                "have it asked again",
            ));
        }
        let (person, key) = self.signer(heard.key)?;
        self.check_answer(matter, &heard, (person, key))?;
        let denied = heard.answer == Answer::Deny;
        let mut next = self.clone();
        Arc::make_mut(&mut next.heard).entry(target).or_default().push(heard);
        let all = next.heard.get(&target).cloned().unwrap_or_default();
        let verdict = match &matter.what {
            _ if denied => Verdict::Denied,
            What::Request { .. }
                if next.roster.as_ref().is_some_and(|roster| is_met(&matter.asks, &all, roster.body())) =>
            {
                Verdict::Approved(None)
            }
            What::Request { .. } => Verdict::Waiting,
            What::Proposal { envelope, .. } => match next.judge(envelope.clone(), now, past) {
                Ok(Judged { change: Change::Proposed(_), .. }) => Verdict::Waiting,
                Ok(judged) => Verdict::Approved(Some(Box::new(judged))),
                Err(why) => Verdict::Void(why),
            },
        };
        if !matches!(verdict, Verdict::Waiting) {
            next.forget(&target);
        }
        let answered = Answered { target, heard: all, verdict };
        Ok(self.judged(&signed, next, Change::Answered(Box::new(answered))))
    }

    /// Reads an answer, which an active person of any role signed in this realm, whatever it answers.
    pub(crate) fn hear(
        &self,
        envelope: Envelope,
        now: Timestamp,
    ) -> Result<(Signed<Approval>, Heard), ApiError> {
        let (signed, person) = self.by_person::<Approval>(envelope, EVERYBODY, now)?;
        let body = signed.body();
        let heard = Heard {
            digest: signed.digest(),
            person,
            key: signed.common().issuer,
            answer: body.answer,
            reason: body.reason.clone(),
            time: now,
        };
        Ok((signed, heard))
    }

    /// An answer of the ledger, whether or not whoever signed it may still answer anything.
    pub(crate) fn recall(&self, bytes: &[u8], time: Timestamp) -> Option<Heard> {
        let signed: Unverified<Approval> = Unverified::parse(bytes).ok()?;
        let key = signed.common().issuer;
        let roster = self.roster.as_ref()?;
        let person =
            roster.body().persons.iter().find(|one| one.keys.iter().any(|own| own.key.id() == key))?;
        let body = signed.body();
        Some(Heard {
            digest: signed.digest(),
            person: person.name.clone(),
            key,
            answer: body.answer,
            reason: body.reason.clone(),
            time,
        })
    }

    /// Takes an answer up from the ledger.
    pub(crate) fn hear_again(&mut self, envelope: Envelope, now: Timestamp) -> Result<(), ApiError> {
        let (signed, heard) = self.hear(envelope, now)?;
        Arc::make_mut(&mut self.heard).entry(signed.body().target).or_default().push(heard);
        Ok(())
    }

    /// Whether this person may give this answer now.
    fn check_answer(
        &self,
        matter: &Matter,
        heard: &Heard,
        signer: (&Person, &EnrolledKey),
    ) -> Result<(), ApiError> {
        let before = self.heard.get(&matter.target).map(Vec::as_slice).unwrap_or_default();
        let proposer = matter.proposer().and_then(|key| self.signer(key).ok());
        let proposed = proposer.is_some_and(|(person, _)| person.name == heard.person);
        let approved = proposed || before.iter().any(|one| one.person == heard.person);
        if heard.answer == Answer::Approve && approved {
            let name = &heard.person;
            let keys = before.iter().map(|one| one.key).chain(matter.proposer());
            return Err(if keys.into_iter().any(|key| key == heard.key) {
                let said = format!("`{name}` has approved it already");
                ApiError::new(ErrorCode::Replayed, said, "wait for the others")
            } else {
                not_permitted(&format!(
                    "`{name}` has approved it already with another key, and counts once however many keys sign"
                ))
            });
        }
        if matter.request().is_some_and(|request| request.body().agent == heard.key) {
            return Err(not_permitted("the key that asked cannot answer for itself"));
        }
        if heard.answer == Answer::Deny || matter.asks.iter().any(|ask| ask.counts(signer.0, signer.1)) {
            return Ok(());
        }
        let name = &heard.person;
        let of_role = |ask: &&Ask| signer.0.roles.contains(&ask.role);
        Err(match matter.asks.iter().filter(of_role).collect::<Vec<_>>().as_slice() {
            [] => not_permitted(&format!("`{name}` has none of the roles that are asked for")),
            asks if asks.iter().all(|ask| ask.excluded.binary_search(name).is_ok()) => not_permitted(
                &format!("`{name}` delegated or wrote it, and nobody approves their own operation"),
            ),
            _ => not_permitted(&format!(
                "the key of `{name}` is kept as `{}`, and a better kept one is asked for",
                signer.1.assurance.as_str()
            )),
        })
    }

    /// What a change of roster, policy or connections still needs; `None` when enough persons agree to it.
    pub(super) fn lacks<T: Payload>(&self, signed: &Signed<T>) -> Result<Option<Vec<Ask>>, ApiError> {
        let asks = vec![proposal_ask(self.quorum())?];
        Ok((!self.agreed(signed, &asks)?).then_some(asks))
    }

    /// Whether whoever signed it, and those who answered, meet every ask.
    pub(super) fn agreed<T: Payload>(&self, signed: &Signed<T>, asks: &[Ask]) -> Result<bool, ApiError> {
        self.agree(signed.digest(), signed.common().issuer, asks, signed.common().issued)
    }

    /// What is asked of those who are named for it, if this roster only gives a new key to a person who lost
    /// theirs and `issuer` is one of those who are named.
    pub(super) fn recovery_ask(
        &self,
        signed: &Signed<Roster>,
        issuer: &Name,
    ) -> Result<Option<Ask>, ApiError> {
        let Some(before) = self.roster.as_ref().map(|roster| roster.body()) else { return Ok(None) };
        let (Some(recovery), Some(lost)) = (&before.recovery, signed.body().recovers(before)) else {
            return Ok(None);
        };
        if lost.name == *issuer || !recovery.persons.contains(issuer) {
            return Ok(None);
        }
        recovery.ask(&lost.name, before).map(Some).map_err(|error| bad(error.to_string()))
    }

    /// How many stewards must agree to a change: as the roster says, and as many as the policy asks for
    /// anything else, if there are as many.
    pub(crate) fn quorum(&self) -> u64 {
        let Some(roster) = &self.roster else { return 1 };
        let stewards = roster.body().persons.iter().filter(|person| {
            person.roles.contains(&Role::Steward) && person.keys.iter().any(|key| key.end.is_none())
        });
        let stewards = u64::try_from(stewards.count()).unwrap_or(u64::MAX);
        roster.body().change_quorum.max(self.largest_ask.min(stewards)).max(1)
    }

    /// Whether those who answered, with the one who proposed it, meet every ask.
    fn agree(
        &self,
        target: Digest,
        issuer: KeyId,
        asks: &[Ask],
        issued: Timestamp,
    ) -> Result<bool, ApiError> {
        let roster = self.roster.as_ref().ok_or_else(super::not_set_up)?;
        let mut all = self.heard.get(&target).cloned().unwrap_or_default();
        if let Some(no) = all.iter().find(|one| one.answer == Answer::Deny) {
            return Err(ApiError::new(
                ErrorCode::DeniedByPerson,
                format!("`{}` denied it, and that is final", no.person),
                "propose something else",
            ));
        }
        let (person, key) = self.signer(issuer)?;
        all.push(Heard::proposing(target, &person.name, key.key.id(), issued));
        Ok(is_met(asks, &all, roster.body()))
    }

    /// A rule that somebody made from a request.
    pub(super) fn standing(
        &self,
        envelope: Envelope,
        now: Timestamp,
        past: &dyn Past,
    ) -> Result<Judged, ApiError> {
        let (signed, _) = self.by_person::<Standing>(envelope, EVERYBODY, now)?;
        let rule = signed.body();
        let request = past.request(&rule.request)?.ok_or_else(|| {
            ApiError::new(
                ErrorCode::NotFound,
                format!("this broker has no request {}", rule.request),
                "make a rule from a request that was asked here",
            )
        })?;
        if Some(request.common().realm) != self.digest.map(RealmOf::Of) {
            return Err(bad("its request belongs to another realm"));
        }
        let asks = asks_of(rule, request.body())?;
        if self.policy.as_ref().map(|policy| policy.digest()) != Some(rule.policy) {
            return Err(ApiError::new(
                ErrorCode::ApprovalVoid,
                "the policy that it was made under is not in force any more",
                "make it from a request that the policy in force asks about",
            ));
        }
        let agreed = self.agree(signed.digest(), signed.common().issuer, &asks, signed.common().issued)?;
        let mut next = self.clone();
        if !agreed {
            return Ok(self.judged(&signed, next, Change::Proposed(asks)));
        }
        Arc::make_mut(&mut next.rules).insert(signed.digest(), Arc::new(signed.clone()));
        Ok(self.judged(&signed, next, Change::Ruled))
    }

    /// Takes a matter out, with what was answered.
    pub(crate) fn forget(&mut self, target: &Digest) -> Vec<Heard> {
        Arc::make_mut(&mut self.matters).remove(target);
        Arc::make_mut(&mut self.heard).remove(target).unwrap_or_default()
    }

    fn signer(&self, key: KeyId) -> Result<(&Person, &EnrolledKey), ApiError> {
        let roster = self.roster.as_ref().ok_or_else(super::not_set_up)?;
        roster
            .body()
            .active(key)
            .ok_or_else(|| not_permitted("it was not signed by an active key of anybody on the roster"))
    }
}

/// The asks of the request that the rule would answer, if it is no wider than the request.
fn asks_of(rule: &Standing, request: &Request) -> Result<Vec<Ask>, ApiError> {
    let same = rule.agent == request.agent
        && rule.connection == request.connection
        && rule.action == request.action
        && rule.resource == request.resource
        && rule.policy == request.policy;
    if !same {
        return Err(not_permitted(
            "a rule is for the agent, the action, the resource and the policy of the request that it is made from",
        ));
    }
    if !rule.allows(&request.arguments) {
        return Err(not_permitted("its bounds do not even allow the request that it is made from"));
    }
    let found: Vec<Ask> =
        request.asks.iter().filter(|ask| rule.asks.contains(&ask.policy)).cloned().collect();
    let mut named = rule.asks.clone();
    named.sort();
    named.dedup();
    if named.len() != rule.asks.len() || found.len() != rule.asks.len() {
        return Err(not_permitted("it answers an ask that its request does not have"));
    }
    Ok(found)
}

fn not_waiting() -> ApiError {
    ApiError::new(
        ErrorCode::NotFound,
        "nothing waits for an answer under this digest; it may have been answered, or its time is over",
        "`bailiwick pending` lists what waits",
    )
}
