//! Taking a request in: judged, durable with its uses reserved, alive from then on.

use super::ended::refused_error;
use crate::admission::new_capability;
use crate::broker::{Broker, Live, store_error};
use crate::journal::{Arrival, Limit, Received};
use crate::process::Peer;
use crate::record::Record;
use crate::standing_roots::Ledger;
use bailiwick_authority::{
    Authorised, Capability, Digest, Envelope, Link, Presented, Setting, Signed, Timestamp, attribute,
    verify_chain,
};
use bailiwick_protocol::{ApiError, Ask, ErrorCode, MAX_WAIT_MS, OperationView};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// The most operations under way at once: whoever asks without waiting fills no memory.
const MOST_LIVE: usize = 1_024;

/// How many rosters a request is judged by, should they change while it is taken in.
const MOST_ROSTERS: usize = 3;

/// A request that was taken in.
enum Taken {
    /// It had been received before; nothing ran again.
    Before(Box<OperationView>),
    /// It lives from now on.
    UnderWay(watch::Receiver<OperationView>),
}

impl Broker {
    /// Takes a request in and answers where it stands, at the latest after `wait_ms`.
    pub(crate) async fn ask(self: &Arc<Self>, ask: Ask, peer: Peer) -> Result<OperationView, ApiError> {
        let wait = Duration::from_millis(ask.wait_ms.min(MAX_WAIT_MS));
        let broker = Arc::clone(self);
        match self.to_the_end(async move { broker.take_in(ask, peer).await }).await? {
            Taken::Before(view) => Ok(OperationView { replayed: true, ..*view }),
            Taken::UnderWay(view) => Ok(wait_until_finished(view, wait).await),
        }
    }

    async fn take_in(self: &Arc<Self>, ask: Ask, peer: Peer) -> Result<Taken, ApiError> {
        // Whoever is past here is waited for when the broker ends; nobody comes past here after that.
        if self.ending.is_cancelled() {
            return Err(ApiError::new(
                ErrorCode::NoBroker,
                "the broker is ending and takes nothing new in",
                "ask again once it was started again",
            ));
        }
        let invocation = ask.invocation.into_bytes();
        let chain: Vec<Vec<u8>> = ask.chain.into_iter().map(String::into_bytes).collect();
        let id = Envelope::parse(&invocation)
            .map_err(|error| {
                ApiError::new(
                    ErrorCode::BadStatement,
                    format!("the invocation is {error}"),
                    "sign a new invocation",
                )
            })?
            .statement_digest();
        if let Some(before) = self.received_before(&id)? {
            return Ok(Taken::Before(Box::new(before)));
        }
        if self.live.lock().len() >= MOST_LIVE {
            return Err(ApiError::new(
                ErrorCode::UsesSpent,
                format!("{MOST_LIVE} operations are under way already; this one is not recorded"),
                "ask again once some have ended",
            ));
        }
        for _ in 0..MOST_ROSTERS {
            let now = self.clock.trusted()?;
            let (record, arrival, verdict) = self.judge(&chain, invocation.clone(), &peer, now)?;
            if let Some(taken) = self.start(record, arrival, verdict).await? {
                return Ok(taken);
            }
            // Another roster stands in the ledger than the one that judged: it is in force once whoever
            // admits it lets go.
            drop(self.admissions.lock().await);
        }
        Err(ApiError::new(
            ErrorCode::NotAuthorised,
            "the roster changes too often for this request to be judged",
            "ask again",
        ))
    }

    /// Whether the chain authorises the invocation. A request that is its holder's gets a receipt of its
    /// refusal; any other is only told.
    fn judge(
        &self,
        chain: &[Vec<u8>],
        invocation: Vec<u8>,
        peer: &Peer,
        now: Timestamp,
    ) -> Result<(Record, Arrival, Result<Authorised, ApiError>), ApiError> {
        let realm = self.realm();
        let (Some(digest), Some(roster)) = (realm.digest, realm.roster.as_ref()) else {
            return Err(crate::realm::not_set_up());
        };
        let setting = Setting {
            realm: digest,
            roster: roster.body(),
            broker: self.key_id(),
            now,
            admissions: &Ledger(self.journal.store()),
            revocations: self.gate.as_ref(),
            known: &self.links,
        };
        let presented = Presented { chain, invocation: &invocation };
        match verify_chain(presented, &setting) {
            Ok(authorised) => {
                let record =
                    Record::new(authorised.invocation(), authorised.chain(), authorised.person(), peer, now);
                let arrival = arrival(&record, authorised.chain(), chain, invocation, roster.digest());
                Ok((record, arrival, Ok(authorised)))
            }
            Err(refused) => {
                let reason = refused_error(&refused);
                let attributed = attribute(presented, &setting).map_err(|_| reason.clone())?;
                let links = || attributed.chain.iter().map(|link: &Arc<Link>| link.capability());
                let record = Record::new(&attributed.invocation, links(), &attributed.person, peer, now);
                let arrival = arrival(&record, links(), chain, invocation, roster.digest());
                Ok((record, arrival, Err(reason)))
            }
        }
    }

    /// Where an operation stands, at the latest after `wait`.
    pub(crate) async fn wait_for(&self, id: &Digest, wait: Duration) -> Result<OperationView, ApiError> {
        let watching = self.live.lock().get(id).map(|live| live.view.subscribe());
        if let Some(view) = watching {
            return Ok(wait_until_finished(view, wait).await);
        }
        self.journal.operation(id).map_err(store_error)?.ok_or_else(|| {
            ApiError::new(
                ErrorCode::NotFound,
                format!("there is no operation {id}"),
                "use the id that the request answered",
            )
        })
    }

    pub(crate) fn key_id(&self) -> bailiwick_authority::KeyId {
        self.public_key().id()
    }

    fn received_before(&self, id: &Digest) -> Result<Option<OperationView>, ApiError> {
        let live = self.live.lock().get(id).map(|live| live.view.borrow().clone());
        let known = match live {
            Some(view) => Some(view),
            None => self.journal.operation(id).map_err(store_error)?,
        };
        Ok(known)
    }

    /// Makes it durable and alive; `None` if another roster is in the ledger than the one that judged it.
    async fn start(
        self: &Arc<Self>,
        record: Record,
        arrival: Arrival,
        authorised: Result<Authorised, ApiError>,
    ) -> Result<Option<Taken>, ApiError> {
        let id = record.id;
        let received = self.journal.receive(arrival).await.map_err(store_error)?;
        let verdict = match received {
            Received::Before(view) => return Ok(Some(Taken::Before(view))),
            Received::OtherRoster => return Ok(None),
            Received::NonceUsed => {
                return Err(ApiError::new(
                    ErrorCode::Replayed,
                    "this key used the invocation's nonce for something else before",
                    "make a new invocation with a fresh nonce",
                ));
            }
            Received::FarOver(capability) => {
                return Err(ApiError::new(
                    ErrorCode::UsesSpent,
                    format!(
                        "the rate of capability {} is far exceeded; this is not recorded",
                        capability.short()
                    ),
                    "wait until the rate allows it again",
                ));
            }
            Received::Spent(what) => Err(ApiError::new(
                ErrorCode::UsesSpent,
                format!("{what} are spent"),
                "wait, or ask whoever delegated for another capability",
            )),
            Received::Fresh => authorised,
        };
        let (send, view) = watch::channel(record.view.clone());
        self.live.lock().insert(id, Live { view: send, pass: None });
        let broker = Arc::clone(self);
        self.tasks.spawn(async move { broker.live_through_all(record, verdict).await });
        Ok(Some(Taken::UnderWay(view)))
    }
}

async fn wait_until_finished(mut view: watch::Receiver<OperationView>, wait: Duration) -> OperationView {
    // A time-out, like a broker that ends, answers with what is known by then.
    tokio::time::timeout(wait, view.wait_for(|view| view.outcome.is_some())).await.ok();
    view.borrow().clone()
}

fn arrival<'a>(
    record: &Record,
    links: impl Iterator<Item = &'a Signed<Capability>>,
    envelopes: &[Vec<u8>],
    invocation: Vec<u8>,
    roster: Digest,
) -> Arrival {
    let (capabilities, limits) = links
        .zip(envelopes)
        .map(|(link, envelope)| {
            let limit = Limit {
                capability: link.digest(),
                max_uses: link.body().max_uses,
                rate: link.body().rate.map(|rate| (rate.uses, rate.seconds)),
            };
            (new_capability(link, &record.person, envelope.clone()), limit)
        })
        .unzip();
    Arrival {
        id: record.id,
        issuer: *record.agent().digest(),
        nonce: record.invocation.common().nonce.0,
        envelope: invocation,
        roster,
        capabilities,
        limits,
        view: record.view.clone(),
        now: record.received,
    }
}
