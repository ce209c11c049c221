//! The physics of durability: `pwrite` and `fdatasync` of the same bytes, into a file that is there
//! already, as a write-ahead log is once it goes round.

use crate::Failed;
use rustix::fs::fdatasync;
use std::fs::File;
use std::io::Write as _;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

/// How large the file is: as large as the ledger's log becomes before it begins anew.
const LENGTH: u64 = 8 << 20;

/// A file of fixed length that is written round and round.
pub(crate) struct RawFile {
    file: File,
    at: AtomicU64,
}

impl RawFile {
    /// Makes the file, all of it allocated.
    pub(crate) fn create(path: &Path) -> Result<RawFile, Failed> {
        let mut file = File::options().create_new(true).read(true).write(true).open(path)?;
        file.write_all(&vec![1; usize::try_from(LENGTH)?])?;
        file.sync_all()?;
        Ok(RawFile { file, at: AtomicU64::new(0) })
    }

    /// Writes `bytes` at the next place; durable when it returns. One writer at a time.
    pub(crate) fn write(&self, bytes: &[u8]) -> Result<(), Failed> {
        let length = u64::try_from(bytes.len())?;
        let mut at = self.at.load(Ordering::Relaxed);
        if at + length > LENGTH {
            at = 0;
        }
        self.file.write_all_at(bytes, at)?;
        fdatasync(&self.file)?;
        self.at.store(at + length, Ordering::Relaxed);
        Ok(())
    }
}
