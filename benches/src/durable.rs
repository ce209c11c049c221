//! A signed statement on disk: alone, after idling, and among 64 writers.

use crate::Failed;
use crate::chain::now;
use crate::raw::RawFile;
use crate::receipt::Receipts;
use crate::rounds::{Contestant, Series, once, quantile, rounds};
use crate::row::{Against, Goal, Line, time};
use crate::writers;
use bailiwick_ledger::Store;
use rusqlite::{Connection, params};
use std::cell::Cell;
use std::path::Path;
use std::time::Duration;

/// How many operations one turn has when the disk is kept busy.
const TURN: usize = 20;

/// How long nobody writes before a write "after idling".
const IDLE: Duration = Duration::from_millis(50);

/// How often the write-ahead log is filled before anything is measured, so that it is overwritten as in
/// a broker that has run for a while, and not extended.
const WARM_BYTES: usize = 20 << 20;

/// The rows of this file.
pub(crate) fn lines(folder: &Path) -> Result<Vec<Line>, Failed> {
    let bench = Alone::new(folder)?;
    bench.warm_up()?;
    let mut lines = bench.measured("durable signed statement, one writer, hot", 60, TURN, Duration::ZERO)?;
    lines.extend(bench.measured("the same, after idling 50 ms", 60, 1, IDLE)?);
    drop(bench);
    lines.extend(writers::lines(folder)?);
    Ok(lines)
}

/// One writer, and what it is held against, each with a file of its own.
struct Alone {
    receipts: Receipts,
    store: Store,
    raw: RawFile,
    sqlite: Connection,
    number: Cell<u64>,
}

impl Alone {
    fn new(folder: &Path) -> Result<Alone, Failed> {
        let sqlite = Connection::open(folder.join("stock.sqlite"))?;
        sqlite.pragma_update(None, "journal_mode", "wal")?;
        sqlite.pragma_update(None, "synchronous", "full")?;
        sqlite.execute_batch("CREATE TABLE row (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL)")?;
        Ok(Alone {
            receipts: Receipts::new()?,
            store: Store::open(&folder.join("alone.ledger"), "")?,
            raw: RawFile::create(&folder.join("alone.raw"))?,
            sqlite,
            number: Cell::new(0),
        })
    }

    fn warm_up(&self) -> Result<(), Failed> {
        let mut written = 0;
        while written < WARM_BYTES {
            let receipt = self.receipts.sign(self.next())?;
            let bytes = receipt.envelope().to_bytes();
            written += bytes.len();
            self.append(&receipt, bytes)?;
        }
        Ok(())
    }

    fn measured(
        &self,
        path: &'static str,
        count: usize,
        turn: usize,
        idle: Duration,
    ) -> Result<Vec<Line>, Failed> {
        let bytes = self.receipts.sign(self.next())?.envelope().to_bytes();
        let repeat = |work: &dyn Fn() -> Result<(), Failed>| -> Result<f64, Failed> {
            let mut took = Vec::with_capacity(turn);
            for _ in 0..turn {
                if !idle.is_zero() {
                    std::thread::sleep(idle);
                }
                took.push(once(work)?.0);
            }
            Ok(quantile(&took, 0.5))
        };
        let signed = || self.receipts.sign(self.next());
        let [own, append, floor, stock, signing] = rounds(
            count,
            [
                Contestant::timed("ours", || {
                    repeat(&|| {
                        let receipt = signed()?;
                        let bytes = receipt.envelope().to_bytes();
                        self.append(&receipt, bytes)
                    })
                }),
                Contestant::timed("ours, signed before", || {
                    let receipt = std::cell::RefCell::new(Vec::new());
                    for _ in 0..turn {
                        let signed = signed()?;
                        let bytes = signed.envelope().to_bytes();
                        receipt.borrow_mut().push((signed, bytes));
                    }
                    repeat(&|| {
                        let (receipt, bytes) = receipt.borrow_mut().pop().ok_or("a receipt")?;
                        self.append(&receipt, bytes)
                    })
                }),
                Contestant::timed("raw", || repeat(&|| self.raw.write(&bytes))),
                Contestant::timed("sqlite", || {
                    repeat(&|| {
                        let mut insert = self.sqlite.prepare_cached("INSERT INTO row (bytes) VALUES (?1)")?;
                        insert.execute(params![bytes])?;
                        Ok(())
                    })
                }),
                Contestant::timed("signing", || repeat(&|| signed().map(drop))),
            ],
        )?;
        let line = |ours: &Series, path: String, against, ratio, goal| Line {
            path,
            ours: time(ours.median()),
            against,
            ratio,
            goal,
            later: None,
        };
        let raw = |series: &Series| {
            Against::Floor(format!("pwrite + fdatasync of {} B {}", bytes.len(), time(series.median())))
        };
        let stock_text = Against::Peer(format!("SQLite WAL FULL, a row a commit {}", time(stock.median())));
        let part = |what: &str| format!("{path}: {what}");
        Ok(vec![
            line(&own, path.to_owned(), raw(&floor), own.over(&floor), Goal::AtMost(1.4)),
            line(&own, path.to_owned(), stock_text, stock.over(&own), Goal::None),
            line(&append, part("append alone"), raw(&floor), append.over(&floor), Goal::None),
            line(&signing, part("signing alone"), raw(&floor), signing.over(&floor), Goal::None),
        ])
    }

    fn append(
        &self,
        receipt: &bailiwick_authority::Signed<bailiwick_authority::Receipt>,
        bytes: Vec<u8>,
    ) -> Result<(), Failed> {
        let (digest, at) = (receipt.digest(), now()?);
        self.store.write(move |transaction| transaction.append("receipt", digest, &bytes, at))?;
        Ok(())
    }

    fn next(&self) -> u64 {
        self.number.replace(self.number.get() + 1)
    }
}
