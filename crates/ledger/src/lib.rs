//! The append-only ledger: leaf and head maths, and the SQLite store behind a feature.
