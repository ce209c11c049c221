//! Whether persons had agreed to what needed them: answers, rules, changes under a quorum, and receipts of
//! operations that were asked about.

use bailiwick_authority::{
    Answer, Approval, Ask, Digest, KeyId, Outcome, Receipt, Request, Roster, Signed, Standing,
};
use std::collections::HashMap;

/// What persons were asked and answered in the entries so far.
#[derive(Debug, Default)]
pub(super) struct Agreement {
    requests: HashMap<Digest, Request>,
    answers: HashMap<Digest, Vec<Given>>,
    /// Which statement each approval answers.
    targets: HashMap<Digest, Digest>,
    rules: HashMap<Digest, Standing>,
}

/// An answer of somebody.
#[derive(Debug)]
struct Given {
    key: KeyId,
    answer: Answer,
}

impl Agreement {
    pub(super) fn request(&mut self, request: &Signed<Request>) {
        self.requests.insert(request.digest(), request.body().clone());
    }

    /// An answer that an active person of any role signed.
    pub(super) fn answer(&mut self, approval: &Signed<Approval>, roster: &Roster) -> Result<(), String> {
        let (body, key) = (approval.body(), approval.common().issuer);
        let (person, enrolled) = roster.active(key).ok_or("its issuer is not an active key")?;
        let given = self.answers.entry(body.target).or_default();
        if given.iter().any(|one| one.answer == Answer::Deny) {
            return Err("it answers what was denied already".into());
        }
        let same = |one: &&Given| roster.stands(one.key).is_some_and(|(other, _)| other.name == person.name);
        if body.answer == Answer::Approve && given.iter().find(same).is_some() {
            return Err(format!("`{}` approves it twice", person.name));
        }
        if let Some(request) = self.requests.get(&body.target) {
            if request.agent == key {
                return Err("the key that asked answers itself".into());
            }
            let counts = request.asks.iter().any(|ask| ask.counts(person, enrolled));
            if body.answer == Answer::Approve && !counts {
                return Err(format!("the approval of `{}` counts for none of the asks", person.name));
            }
        }
        given.push(Given { key, answer: body.answer });
        self.targets.insert(approval.digest(), body.target);
        Ok(())
    }

    /// A rule: no wider than its request, and agreed to by those whose answers it replaces.
    pub(super) fn rule(
        &mut self,
        rule: &Signed<Standing>,
        roster: &Roster,
        policy: Option<Digest>,
    ) -> Result<(), String> {
        let body = rule.body();
        let request = self.requests.get(&body.request).ok_or("its request is not in the ledger")?;
        let same = body.agent == request.agent
            && body.connection == request.connection
            && body.action == request.action
            && body.resource == request.resource
            && body.policy == request.policy
            && policy == Some(body.policy);
        if !same || !body.allows(&request.arguments) {
            return Err("it is not a rule about its request".into());
        }
        let asks: Vec<Ask> =
            request.asks.iter().filter(|ask| body.asks.contains(&ask.policy)).cloned().collect();
        if asks.len() != body.asks.len() {
            return Err("it answers an ask that its request does not have".into());
        }
        self.check(rule.digest(), rule.common().issuer, &asks, roster)?;
        self.rules.insert(rule.digest(), body.clone());
        Ok(())
    }

    /// Whether those who answered `target`, with its issuer, meet every ask.
    pub(super) fn check(
        &self,
        target: Digest,
        issuer: KeyId,
        asks: &[Ask],
        roster: &Roster,
    ) -> Result<(), String> {
        let given = self.answers.get(&target).map(Vec::as_slice).unwrap_or_default();
        if given.iter().any(|one| one.answer == Answer::Deny) {
            return Err("it was denied".into());
        }
        let keys: Vec<KeyId> = given.iter().map(|one| one.key).chain([issuer]).collect();
        for ask in asks {
            let signers = keys.iter().filter_map(|key| roster.stands(*key));
            if ask.approved_by(signers) < ask.count {
                return Err(format!("fewer than {} persons agreed to it", ask.count));
            }
        }
        Ok(())
    }

    /// Whether a receipt names what persons answered, and no operation acted without enough of it.
    pub(super) fn receipt(&self, receipt: &Receipt, roster: &Roster) -> Result<(), String> {
        for approval in &receipt.approvals {
            let answers = self.targets.get(approval).copied();
            if answers.is_none() && !self.rules.contains_key(approval) {
                return Err("it rests on an approval that the ledger does not have".into());
            }
            if answers.is_some() && answers != receipt.request {
                return Err("it rests on an approval of something else".into());
            }
        }
        let Some(digest) = receipt.request else { return Ok(()) };
        let request = self.requests.get(&digest).ok_or("its request is not in the ledger")?;
        if request.operation != receipt.operation {
            return Err("its request is about another operation".into());
        }
        // What may have happened must have been agreed to. Whether a signer may still answer today is not asked.
        if !matches!(receipt.outcome, Outcome::Succeeded | Outcome::Unknown) {
            return Ok(());
        }
        let given = self.answers.get(&digest).map(Vec::as_slice).unwrap_or_default();
        if given.iter().any(|one| one.answer == Answer::Deny) {
            return Err("it was carried out though a person had denied it".into());
        }
        let signers = || given.iter().filter_map(|one| enrolled(roster, one.key));
        match request.asks.iter().find(|ask| ask.approved_by(signers()) < ask.count) {
            Some(ask) => Err(format!("it was carried out though `{}` was not met", ask.policy)),
            None => Ok(()),
        }
    }
}

fn enrolled(
    roster: &Roster,
    id: KeyId,
) -> Option<(&bailiwick_authority::Person, &bailiwick_authority::EnrolledKey)> {
    roster
        .persons
        .iter()
        .flat_map(|person| person.keys.iter().map(move |key| (person, key)))
        .find(|(_, key)| key.key.id() == id)
}
