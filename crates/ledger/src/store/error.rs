//! What a store can refuse, told apart as far as somebody acts differently.

use rusqlite::ErrorCode;

/// Why something is not in the store.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// No space is left.
    #[error("the disk is full")]
    Full,
    /// The file or its file system is read-only.
    #[error("the store is read-only")]
    ReadOnly,
    /// The file is damaged.
    #[error("the store is damaged: {0}")]
    Damaged(String),
    /// The file was written by a newer version.
    #[error("the store has format {found}, this version reads up to {known}")]
    Newer {
        /// The file's format.
        found: i64,
        /// The newest format that this version reads.
        known: i64,
    },
    /// The SQLite that was linked is too old to be safe.
    #[error("the SQLite library is {0}, at least 3.51.3 is needed")]
    OldLibrary(String),
    /// The writer has ended.
    #[error("the store is closed")]
    Closed,
    /// Anything else that SQLite or the system said.
    #[error("the store failed: {0}")]
    Other(String),
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> StoreError {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => StoreError::Full,
            Some(ErrorCode::ReadOnly) => StoreError::ReadOnly,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                StoreError::Damaged(error.to_string())
            }
            _ => StoreError::Other(error.to_string()),
        }
    }
}
