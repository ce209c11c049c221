//! What the broker says of itself: status, numbers, capabilities.

use crate::broker::{Broker, Mode, internal, store_error};
use crate::destinations::github::CATALOGUE;
use bailiwick_authority::{
    Capability, Digest, Grant, KeyId, Revocations as _, Target, Timestamp, Unverified, Value,
};
use bailiwick_ledger::StoreError;
use bailiwick_protocol::{
    ApiError, CapabilityView, ConnectionView, ErrorCode, GrantView, Numbers, OperationView, PROTOCOL,
    PauseView, ResourceView, Status, TargetView,
};
use rusqlite::Connection;

/// A link as the ledger has it.
pub(super) struct StoredLink {
    pub(super) text: String,
    digest: Digest,
    capability: Unverified<Capability>,
}

impl StoredLink {
    /// The key that signed it.
    pub(super) fn issuer(&self) -> KeyId {
        self.capability.common().issuer
    }

    /// When it ends.
    pub(super) fn expires(&self) -> Timestamp {
        self.capability.body().expires
    }
}

impl Broker {
    pub(super) fn status(&self) -> Result<Status, ApiError> {
        let realm = self.realm();
        let (entries, head) = self.journal.store().tip().map_err(store_error)?;
        let now = self.clock.now();
        let connections: Vec<ConnectionView> = realm
            .connections
            .values()
            .map(|connection| ConnectionView {
                name: connection.body().series.to_string(),
                statement: connection.digest().to_string(),
                api: connection.body().api.clone(),
                app: connection.body().github.app,
                installation: connection.body().github.installation,
                root_present: self.destinations.lock().contains_key(&connection.digest()),
                catalogue: CATALOGUE.into(),
            })
            .collect();
        let real = connections.iter().any(|connection| connection.api.starts_with("https://"));
        Ok(Status {
            version: env!("CARGO_PKG_VERSION").into(),
            protocol: PROTOCOL,
            realm: realm.digest.map(|digest| digest.to_string()),
            broker_key: self.public_key().to_line(),
            now: now.seconds(),
            mode: match self.mode {
                Mode::Sidecar => "sidecar".into(),
                Mode::Installed => "installed".into(),
            },
            advisory: self.mode == Mode::Sidecar && real,
            halted: realm.halts.first().map(ToString::to_string),
            paused: realm
                .pauses
                .iter()
                .map(|pause| PauseView {
                    id: pause.id.to_string(),
                    target: TargetView { kind: pause.target.kind().into(), id: pause.target.id() },
                    since: pause.since.seconds(),
                })
                .collect(),
            entries,
            head: head.digest().to_string(),
            policy: realm.policy.as_ref().map(|policy| policy.digest().to_string()),
            connections,
            clock_behind: self.clock.behind() > 0,
            numbers: self
                .journal
                .store()
                .read(|connection| numbers(connection, now.seconds()))
                .map_err(store_error)?,
        })
    }

    /// The view of an operation as it is now: the row on disk is only as new as its last durable step.
    pub(super) fn latest(&self, stored: OperationView) -> OperationView {
        let live = stored.id.parse::<Digest>().ok().and_then(|id| {
            let live = self.live.lock();
            live.get(&id).map(|live| live.view.borrow().clone())
        });
        live.unwrap_or(stored)
    }

    pub(crate) fn capabilities(&self) -> Result<Vec<CapabilityView>, ApiError> {
        let rows: Vec<([u8; 32], String, i64)> = self
            .journal
            .store()
            .read(|connection| {
                let mut query = connection.prepare(
                    "SELECT digest, person, committed FROM capability
                     JOIN leaf ON leaf.statement = capability.digest ORDER BY leaf.sequence",
                )?;
                let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
                Ok(rows.collect::<Result<_, _>>()?)
            })
            .map_err(store_error)?;
        rows.into_iter()
            .map(|(digest, person, uses)| {
                let chain = self.chain_of(&Digest::from_bytes(digest))?;
                let dead = chain.iter().any(|link| self.is_dead(link))
                    || self.gate.is_revoked(&person_target(&person)?);
                let own = chain.last().ok_or_else(|| internal("a chain is empty"))?;
                Ok(self.capability_view(own, person, uses.unsigned_abs(), dead))
            })
            .collect()
    }

    fn capability_view(&self, link: &StoredLink, person: String, uses: u64, dead: bool) -> CapabilityView {
        let (body, now) = (link.capability.body(), self.clock.now());
        let state = match () {
            () if dead => "revoked",
            () if now >= body.expires => "expired",
            () if now < body.not_before => "not-yet",
            () => "active",
        };
        CapabilityView {
            id: link.digest.to_string(),
            parent: body.parent.map(|parent| parent.to_string()),
            person,
            holder: body.holder.to_line(),
            holder_id: body.holder.id().to_string(),
            label: body.label.to_string(),
            purpose: body.purpose.to_string(),
            grants: body.grants.iter().map(grant_view).collect(),
            not_before: body.not_before.seconds(),
            expires: body.expires.seconds(),
            max_uses: body.max_uses,
            uses,
            max_depth: body.max_depth,
            state: state.into(),
        }
    }

    /// A capability of the ledger with those above it, root first.
    pub(super) fn chain_of(&self, digest: &Digest) -> Result<Vec<StoredLink>, ApiError> {
        let mut chain = Vec::new();
        let mut next = Some(*digest);
        while let Some(digest) = next {
            let bytes = self.journal.store().envelope(&digest).map_err(store_error)?.ok_or_else(|| {
                ApiError::new(
                    ErrorCode::NotFound,
                    format!("there is no capability {digest}"),
                    "check the digest",
                )
            })?;
            let capability: Unverified<Capability> =
                Unverified::parse(&bytes).map_err(|error| internal(error.to_string()))?;
            next = capability.body().parent;
            let text = String::from_utf8(bytes).map_err(|error| internal(error.to_string()))?;
            chain.push(StoredLink { text, digest, capability });
        }
        chain.reverse();
        Ok(chain)
    }

    pub(super) fn is_over(&self, link: &StoredLink) -> bool {
        self.clock.now() >= link.capability.body().expires
    }

    pub(super) fn is_dead(&self, link: &StoredLink) -> bool {
        let holder = link.capability.body().holder.id();
        self.gate.is_revoked(&Target::Capability(link.digest)) || self.gate.is_revoked(&Target::Agent(holder))
    }
}

fn person_target(person: &str) -> Result<Target, ApiError> {
    Target::from_parts("person", person).map_err(|error| internal(error.to_string()))
}

fn grant_view(grant: &Grant) -> GrantView {
    let arguments = grant.arguments.iter().map(|(name, constraint)| (name.clone(), constraint.to_value()));
    GrantView {
        connection: grant.connection.to_string(),
        actions: grant.actions.iter().map(ToString::to_string).collect(),
        resources: grant
            .resources
            .iter()
            .map(|resource| ResourceView { id: resource.id.to_string(), name: resource.name.to_string() })
            .collect(),
        arguments: crate::record::to_json(&Value::object(arguments)),
    }
}

fn numbers(connection: &Connection, now: u64) -> Result<Numbers, StoreError> {
    let count = |sql: &str| -> Result<u64, StoreError> {
        Ok(connection.prepare_cached(sql)?.query_row([], |row| row.get::<_, i64>(0))?.unsigned_abs())
    };
    // App JWTs live a minute and never leave the broker's own requests; the lives counted are of tokens.
    let minted =
        count("SELECT COUNT(*) FROM credential WHERE kind = 'installation-token' AND sha256 IS NOT NULL")?;
    let alive: i64 = connection
        .prepare_cached(
            "SELECT COUNT(*) FROM credential WHERE kind = 'installation-token' AND (end IS NULL AND sha256 IS NOT NULL
             OR end IN ('value-lost', 'not-revocable') AND COALESCE(expires, requested + 3600) > ?1)",
        )?
        .query_row([crate::journal::as_i64(now)], |row| row.get(0))?;
    let life = |sql: &str| -> Result<Option<u64>, StoreError> {
        Ok(connection
            .prepare_cached(sql)?
            .query_row([], |row| row.get::<_, Option<i64>>(0))?
            .map(i64::unsigned_abs))
    };
    const LIVES: &str = "FROM credential WHERE kind = 'installation-token' AND life_ms IS NOT NULL";
    Ok(Numbers {
        operations: count("SELECT COUNT(*) FROM operation WHERE live = 0")?,
        attributed: count(
            "SELECT COUNT(*) FROM operation WHERE live = 0 AND json_extract(view, '$.person') IS NOT NULL",
        )?,
        held_by_agents: count("SELECT COUNT(*) FROM credential WHERE purpose = 'handed-out'")?,
        minted,
        dead: minted.saturating_sub(alive.unsigned_abs()),
        alive: alive.unsigned_abs(),
        median_life_ms: life(&format!(
            "SELECT (SELECT life_ms {LIVES} ORDER BY life_ms LIMIT 1 OFFSET (SELECT COUNT(*) / 2 {LIVES}))"
        ))?,
        longest_life_ms: life(&format!("SELECT MAX(life_ms) {LIVES}"))?,
    })
}
