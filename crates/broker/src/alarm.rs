//! Alarms: a statement that was refused, a change that too few persons agreed to, and an authenticator that has not
//! counted on. They stand in the ledger, and consoles are told; none changes what was decided.

use crate::admission::is_known;
use crate::approval::{How, issuer_of};
use crate::broker::{Broker, internal, store_error};
use crate::record::cut_text;
use bailiwick_authority::{Alarm, Assertion, Digest, Envelope, KeyId, Kind};
use bailiwick_ledger::{StoreError, Transaction};
use bailiwick_protocol::{Admitted, ApiError, ErrorCode};
use rusqlite::{OptionalExtension as _, params};
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Whoever reaches the console socket can have statements refused: so many of them are written down, and no
/// more, within this time.
const MOST_REFUSED: usize = 30;
const WITHIN: Duration = Duration::from_secs(3_600);

/// The refusals that were written down lately.
#[derive(Debug, Default)]
pub(crate) struct Refusals(VecDeque<(Instant, Digest)>);

impl Refusals {
    /// Whether this one is to be written down: once each, and not without end.
    fn admit(&mut self, statement: Digest, now: Instant) -> bool {
        self.0.retain(|(time, _)| now.duration_since(*time) < WITHIN);
        let new = self.0.len() < MOST_REFUSED && self.0.iter().all(|(_, known)| *known != statement);
        if new {
            self.0.push_back((now, statement));
        }
        new
    }
}

/// `a roster`, `an invitation`.
fn with_article(kind: Kind) -> String {
    let word = kind.as_str();
    let article = if word.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    format!("{article} {word}")
}

impl Broker {
    /// Looks at what became of a person's statement.
    pub(crate) async fn watch(&self, envelope: &str, answer: &Result<Admitted, ApiError>) {
        let Ok(envelope) = Envelope::parse(envelope.as_bytes()) else { return };
        let (Some(kind), Some(issuer)) = (Kind::of(&envelope), issuer_of(&envelope)) else { return };
        if self.realm().digest.is_none() {
            return;
        }
        let seen = match answer {
            Ok(_) => self.watch_counter(&envelope, kind, issuer).await,
            Err(why) => self.watch_refusal(&envelope, kind, issuer, why).await,
        };
        if let Err(error) = seen {
            tracing::error!(%error, statement = %envelope.statement_digest(), "an alarm could not be written");
        }
    }

    async fn watch_refusal(
        &self,
        envelope: &Envelope,
        kind: Kind,
        issuer: KeyId,
        why: &ApiError,
    ) -> Result<(), ApiError> {
        let forbidden = matches!(
            why.code,
            ErrorCode::NotPermitted | ErrorCode::NotTheSuccessor | ErrorCode::BadStatement
        );
        let statement = envelope.statement_digest();
        if !forbidden || !self.refusals.lock().admit(statement, Instant::now()) {
            return Ok(());
        }
        let text = format!("{} was refused: {}", with_article(kind), why.message);
        let alarm = self.alarm("refused", statement, kind, issuer, &text)?;
        self.write_alarm(move |_| Ok(Some(alarm))).await
    }

    /// The alarm about a change that ends without enough persons; nothing else of a matter's end raises one.
    pub(crate) fn lapsed(&self, target: &Digest, how: How) -> Option<(Digest, Vec<u8>)> {
        let why = match how {
            How::Expired => "nobody else did in time",
            How::Void => "what it would have changed is not in force any more",
            How::Approved | How::Denied | How::Halted => return None,
        };
        let realm = self.realm();
        let matter = realm.matters.get(target)?;
        let issuer = matter.proposer()?;
        let pending = self.pending_one(target)?;
        let of = pending.asks.first().map(|ask| format!("{} of {}", ask.approved, ask.count))?;
        let text =
            format!("{} was not put in force: {of} agreed to it, and {why}", with_article(matter.kind()));
        match self.alarm("lapsed", *target, matter.kind(), issuer, &text) {
            Ok(alarm) => Some(alarm),
            Err(error) => {
                tracing::error!(%error, statement = %target, "an alarm could not be written");
                None
            }
        }
    }

    /// Takes note of how often the authenticator says that it has signed.
    async fn watch_counter(&self, envelope: &Envelope, kind: Kind, issuer: KeyId) -> Result<(), ApiError> {
        let Some(now) = Assertion::decode(envelope.signature()).and_then(|one| one.counter()) else {
            return Ok(());
        };
        let statement = envelope.statement_digest();
        let text = "the authenticator has not counted on: a copy of the key may have signed";
        let alarm = self.alarm("counter", statement, kind, issuer, text)?;
        self.write_alarm(move |transaction| {
            let connection = transaction.connection();
            let key = issuer.digest().as_bytes().to_vec();
            let before: Option<u32> = connection
                .prepare_cached("SELECT signed FROM counter WHERE key = ?1")?
                .query_row([&key], |row| row.get(0))
                .optional()?;
            connection
                .prepare_cached(
                    "INSERT INTO counter (key, signed) VALUES (?1, ?2)
                     ON CONFLICT (key) DO UPDATE SET signed = max(signed, ?2)",
                )?
                .execute(params![key, now])?;
            // One that never counts says zero every time (WebAuthn, 6.1.1).
            Ok(before.is_some_and(|before| (before, now) != (0, 0) && now <= before).then_some(alarm))
        })
        .await
    }

    fn alarm(
        &self,
        code: &str,
        statement: Digest,
        kind: Kind,
        key: KeyId,
        text: &str,
    ) -> Result<(Digest, Vec<u8>), ApiError> {
        let named = |name: &str| name.parse().map_err(|_| internal("a name of ours is no name"));
        let realm = self.realm();
        let person = realm
            .roster
            .as_ref()
            .and_then(|roster| roster.body().enrolled(key).map(|(person, _)| person.name.clone()));
        let alarm = self.seal(Alarm {
            code: named(code)?,
            statement,
            kind: named(kind.as_str())?,
            key,
            person,
            text: cut_text(text).ok_or_else(|| internal("an alarm says nothing"))?,
        })?;
        Ok((alarm.digest(), alarm.envelope().to_bytes()))
    }

    async fn write_alarm(
        &self,
        raised: impl FnOnce(&mut Transaction<'_>) -> Result<Option<(Digest, Vec<u8>)>, StoreError>
        + Send
        + 'static,
    ) -> Result<(), ApiError> {
        let now = self.clock.now();
        let mut owed = self.admissions.lock().await;
        let written = self
            .write_in_order(&mut owed, move |transaction| {
                let Some((digest, bytes)) = raised(transaction)? else { return Ok(None) };
                if is_known(transaction.connection(), &digest)? {
                    return Ok(None);
                }
                transaction
                    .append(Kind::Alarm.as_str(), digest, &bytes, now)
                    .map(|place| Some((place, digest)))
            })
            .await
            .map_err(store_error)?;
        drop(owed);
        if let Some((place, digest)) = written {
            self.announce_statement(place, Kind::Alarm, digest);
        }
        Ok(())
    }
}
