//! The journal's tables.

/// The journal's tables.
pub(crate) const TABLES: &str = "
CREATE TABLE IF NOT EXISTS counter (key BLOB PRIMARY KEY, signed INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS operation (
    id BLOB PRIMARY KEY, issuer BLOB NOT NULL, nonce BLOB NOT NULL, received INTEGER NOT NULL,
    live INTEGER NOT NULL, outcome TEXT, view TEXT NOT NULL, UNIQUE (issuer, nonce)
) STRICT;
CREATE INDEX IF NOT EXISTS operation_live ON operation (live) WHERE live = 1;
CREATE INDEX IF NOT EXISTS operation_received ON operation (received);
CREATE INDEX IF NOT EXISTS operation_unknown ON operation (outcome) WHERE outcome = 'unknown';
CREATE TABLE IF NOT EXISTS credential (
    id INTEGER PRIMARY KEY, operation BLOB NOT NULL, purpose TEXT NOT NULL, kind TEXT NOT NULL, scope TEXT NOT NULL,
    requested INTEGER NOT NULL, sha256 BLOB, expires INTEGER, end TEXT, life_ms INTEGER
) STRICT;
CREATE INDEX IF NOT EXISTS credential_operation ON credential (operation);
CREATE INDEX IF NOT EXISTS credential_end ON credential (end);
CREATE TABLE IF NOT EXISTS act (
    operation BLOB PRIMARY KEY, at INTEGER NOT NULL, facts TEXT NOT NULL, outcome TEXT
) STRICT, WITHOUT ROWID;
-- What an act rested on besides its facts, for the receipt of one whose broker ended in the middle.
CREATE TABLE IF NOT EXISTS decided (operation BLOB PRIMARY KEY, what TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS capability (
    digest BLOB PRIMARY KEY, parent BLOB, holder BLOB NOT NULL, person TEXT NOT NULL,
    reserved INTEGER NOT NULL DEFAULT 0, committed INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS capability_parent ON capability (parent);
CREATE INDEX IF NOT EXISTS capability_holder ON capability (holder);
CREATE TABLE IF NOT EXISTS attempt (capability BLOB NOT NULL, at INTEGER NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS attempt_at ON attempt (capability, at);
CREATE TABLE IF NOT EXISTS revoked (kind TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY (kind, id)) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS text (digest BLOB PRIMARY KEY, text TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS body (commitment BLOB PRIMARY KEY, salt BLOB NOT NULL, bytes BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS high_water (one INTEGER PRIMARY KEY CHECK (one = 1), time INTEGER NOT NULL) STRICT;
-- What waits for persons, and what waited: a request of an operation, or a change that is proposed.
CREATE TABLE IF NOT EXISTS pending (
    target BLOB PRIMARY KEY, kind TEXT NOT NULL, operation BLOB, agent TEXT, label TEXT, action TEXT, resource TEXT,
    asks TEXT NOT NULL, envelope BLOB, texts TEXT, facts TEXT, decided TEXT,
    since INTEGER NOT NULL, expires INTEGER NOT NULL, held INTEGER, held_seconds INTEGER NOT NULL DEFAULT 0,
    asked_ms INTEGER NOT NULL, settled_ms INTEGER, opened INTEGER NOT NULL DEFAULT 0, state TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS pending_waiting ON pending (state) WHERE state = 'waiting';
CREATE INDEX IF NOT EXISTS pending_operation ON pending (operation);
CREATE INDEX IF NOT EXISTS pending_agent ON pending (agent, action);
-- Which statement each approval in the ledger answers.
CREATE TABLE IF NOT EXISTS answer (approval BLOB PRIMARY KEY, target BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS answer_target ON answer (target);
-- What a person denied, by the digest of everything that was asked: it is answered again without asking.
CREATE TABLE IF NOT EXISTS refused (what BLOB PRIMARY KEY, request BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS standing (digest BLOB PRIMARY KEY, uses INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID;
-- The most persons that a policy asks for, by its statement.
CREATE TABLE IF NOT EXISTS quorum (policy BLOB PRIMARY KEY, largest INTEGER NOT NULL) STRICT, WITHOUT ROWID;
-- What start reads: everything that persons decided, and nothing of what agents did.
DROP INDEX IF EXISTS leaf_decisions;
CREATE INDEX IF NOT EXISTS leaf_decided ON leaf (sequence)
    WHERE kind IN ('roster', 'connection', 'policy', 'halt', 'pause', 'resume', 'standing');
-- Which roster is in force, asked for every request that is taken in.
CREATE INDEX IF NOT EXISTS leaf_rosters ON leaf (sequence) WHERE kind = 'roster';
";
