//! The journal's tables.

/// The journal's tables.
pub(crate) const TABLES: &str = "
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
-- What start reads: everything that persons decided, and nothing of what agents did.
CREATE INDEX IF NOT EXISTS leaf_decisions ON leaf (sequence)
    WHERE kind IN ('roster', 'connection', 'policy', 'halt', 'pause', 'resume');
-- Which roster is in force, asked for every request that is taken in.
CREATE INDEX IF NOT EXISTS leaf_rosters ON leaf (sequence) WHERE kind = 'roster';
";
