//! A person's answer becomes part of the ledger, and what it brings about takes effect with it.

use super::matter::{Heard, Verdict, What};
use super::settle::{self, How, Settled};
use crate::admission::check_texts;
use crate::broker::{Broker, internal, store_error};
use crate::journal::{put_answer, put_refused};
use crate::owed::Owed;
use crate::realm::{Change, Judged};
use bailiwick_authority::{Digest, Kind, Request, Value};
use bailiwick_protocol::{Admitted, ApiError};
use std::sync::Arc;

/// An answer that was judged.
#[derive(Debug)]
pub(crate) struct Answered {
    /// What it answers.
    pub(crate) target: Digest,
    /// What was answered so far, this one last.
    pub(crate) heard: Vec<Heard>,
    pub(crate) verdict: Verdict,
}

impl Broker {
    /// Writes an answer with everything that follows from it, in one transaction.
    pub(crate) async fn admit_answer(
        self: &Arc<Self>,
        owed: &mut Vec<Owed>,
        judged: Judged,
        bytes: Vec<u8>,
    ) -> Result<Admitted, ApiError> {
        let Judged { digest, next, change: Change::Answered(answered), .. } = judged else {
            return Err(internal("nothing was answered"));
        };
        let Answered { target, heard, verdict } = *answered;
        let realm = self.realm();
        let matter = realm.matters.get(&target).ok_or_else(|| internal("what was answered is gone"))?;
        let (how, why) = match &verdict {
            Verdict::Waiting => (None, None),
            Verdict::Approved(_) => (Some(How::Approved), None),
            Verdict::Denied => (Some(How::Denied), None),
            Verdict::Void(why) => (Some(How::Void), Some(why.clone())),
        };
        let refused = match (&verdict, &matter.what) {
            (Verdict::Denied, What::Request { request, above }) => {
                Some(what_is_asked(request.body(), &above.to_string()))
            }
            _ => None,
        };
        let proposed = match (verdict, &matter.what) {
            (Verdict::Approved(Some(judged)), What::Proposal { envelope, texts, .. }) => {
                Some((*judged, envelope.to_bytes(), texts.as_deref().cloned()))
            }
            _ => None,
        };
        let (now, now_ms) = (self.clock.trusted()?, self.now_ms());
        let policy = match &proposed {
            Some((Judged { change: Change::Policy(set), .. }, _, texts)) => {
                Some(Arc::new(check_texts(texts.clone(), set)?.1))
            }
            _ => None,
        };
        let admitting = proposed.as_ref().map(|(judged, bytes, texts)| {
            crate::admission::Entry::of(judged, bytes.clone(), texts.clone(), policy.as_deref())
        });
        let places = self
            .write_in_order(owed, move |transaction| {
                if crate::admission::is_known(transaction.connection(), &digest)? {
                    return Ok(None);
                }
                let place = transaction.append(Kind::Approval.as_str(), digest, &bytes, now)?;
                put_answer(transaction.connection(), &digest, &target)?;
                if let Some(what) = &refused {
                    put_refused(transaction.connection(), what, &target)?;
                }
                if let Some(how) = how {
                    settle::write(transaction.connection(), &target, how, now_ms)?;
                }
                let more = match &admitting {
                    Some(entry) => Some(entry.write(transaction, now)?),
                    None => None,
                };
                crate::journal::note_time(transaction.connection(), now)?;
                Ok(Some((place, more)))
            })
            .await
            .map_err(store_error)?;
        let (sequence, more) = places.ok_or_else(crate::admission::replayed)?;
        self.announce_statement(sequence, Kind::Approval, digest);
        *self.realm.write() = Arc::new(next);
        if let Some((mut judged, _, _)) = proposed {
            judged.next.forget(&target);
            let place = more.flatten();
            if let Some(place) = place {
                self.announce_statement(place, judged.kind, judged.digest);
            }
            self.bring_about(owed, judged, place.unwrap_or(sequence), policy).await?;
        }
        match how {
            Some(how) => self.tell(target, Settled { how, heard, why }),
            None => self.announce_matter(&target),
        }
        Ok(Admitted { digest: digest.to_string(), sequence, stopped: None, waits_for: None })
    }
}

/// Everything that was asked, by digest: the same for the same agent, whatever sub-agent asks, as long as
/// the policy is in force.
pub(crate) fn what_is_asked(request: &Request, above: &str) -> Digest {
    let arguments = request.arguments.iter().map(|(name, value)| (name.clone(), value.to_value()));
    let value = Value::object([
        ("agent", Value::from(above)),
        ("action", Value::from(&request.action)),
        ("connection", Value::from(&request.connection)),
        ("resource", Value::from(&request.resource.id)),
        ("arguments", Value::object(arguments)),
        ("facts", Value::from(request.facts)),
        ("policy", Value::from(request.policy)),
    ]);
    Digest::of(&value.encode())
}
