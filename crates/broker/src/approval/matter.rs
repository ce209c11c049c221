//! Something that waits for persons, who answered it, and what the answers come to. Pure.

use super::Countdown;
use crate::realm::Judged;
use bailiwick_authority::{
    Answer, Ask, Digest, Envelope, KeyId, Kind, Name, Request, Roster, Signed, Text, Timestamp, Value,
};
use bailiwick_protocol::{ApiError, PolicyTexts};

/// What waits.
#[derive(Clone, Debug)]
pub(crate) enum What {
    /// An operation.
    Request {
        /// What persons sign.
        request: Box<Signed<Request>>,
        /// The key that the person at the root delegated to: whatever is below shares its bounds.
        above: KeyId,
    },
    /// A statement of a person that takes effect once enough others agree.
    Proposal {
        /// Which kind.
        kind: Kind,
        /// The statement as it was signed.
        envelope: Envelope,
        /// The key that signed it: whoever proposes something agrees to it.
        proposer: KeyId,
        /// For a policy: its texts.
        texts: Option<Box<PolicyTexts>>,
    },
}

/// Something that waits.
#[derive(Clone, Debug)]
pub(crate) struct Matter {
    /// What an answer names.
    pub(crate) target: Digest,
    pub(crate) what: What,
    /// Who must agree.
    pub(crate) asks: Vec<Ask>,
    /// For a request: the facts that it names by digest.
    pub(crate) facts: Option<String>,
    pub(crate) since: Timestamp,
    pub(crate) countdown: Countdown,
}

/// A person's answer that the ledger has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Heard {
    /// The approval's statement digest.
    pub(crate) digest: Digest,
    pub(crate) person: Name,
    pub(crate) key: KeyId,
    pub(crate) answer: Answer,
    pub(crate) reason: Option<Text>,
    pub(crate) time: Timestamp,
}

impl Heard {
    /// What whoever proposes something says by proposing it.
    pub(crate) fn proposing(target: Digest, person: &Name, key: KeyId, time: Timestamp) -> Heard {
        Heard { digest: target, person: person.clone(), key, answer: Answer::Approve, reason: None, time }
    }
}

/// What an answer comes to.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// More persons are needed.
    Waiting,
    /// Every ask is met. For a proposal: what it does.
    Approved(Option<Box<Judged>>),
    /// A person said no: final.
    Denied,
    /// Enough persons agree to a proposal that can no longer take effect.
    Void(ApiError),
}

impl Matter {
    /// The kind, as it is written.
    pub(crate) fn kind(&self) -> Kind {
        match &self.what {
            What::Request { .. } => Kind::Request,
            What::Proposal { kind, .. } => *kind,
        }
    }

    /// The key of whoever proposed it, if somebody did.
    pub(crate) fn proposer(&self) -> Option<KeyId> {
        match &self.what {
            What::Request { .. } => None,
            What::Proposal { proposer, .. } => Some(*proposer),
        }
    }

    /// The request, if it is one.
    pub(crate) fn request(&self) -> Option<&Signed<Request>> {
        match &self.what {
            What::Request { request, .. } => Some(request),
            What::Proposal { .. } => None,
        }
    }

    /// The statement that waits, as it was signed.
    pub(crate) fn envelope(&self) -> &Envelope {
        match &self.what {
            What::Request { request, .. } => request.envelope(),
            What::Proposal { envelope, .. } => envelope,
        }
    }
}

/// The key that a statement names as its issuer.
pub(crate) fn issuer_of(envelope: &Envelope) -> Option<KeyId> {
    Value::parse(envelope.payload()).ok()?.get("issuer")?.as_str()?.parse().ok()
}

/// How many persons have approved this ask, by the keys whose earlier signatures stand today.
pub(crate) fn approved(ask: &Ask, heard: &[Heard], roster: &Roster) -> u64 {
    let approvals = heard.iter().filter(|one| one.answer == Answer::Approve);
    ask.approved_by(
        approvals.filter_map(|one| roster.stands(one.key).filter(|(person, _)| person.name == one.person)),
    )
}

/// Whether every ask is met.
pub(crate) fn is_met(asks: &[Ask], heard: &[Heard], roster: &Roster) -> bool {
    heard.iter().all(|one| one.answer == Answer::Approve)
        && asks.iter().all(|ask| approved(ask, heard, roster) >= ask.count)
}
