//! 64 writers at once: tasks on the two cores, as the broker has them, each signing a receipt, handing
//! it to the one writer and waiting until it is on disk.

use crate::Failed;
use crate::chain::now;
use crate::raw::RawFile;
use crate::receipt::Receipts;
use crate::rounds::{Series, quantile};
use crate::row::{Against, Goal, Line, rate, time};
use bailiwick_ledger::{Store, StoreError};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

const WRITERS: usize = 64;

/// How long each contestant writes in a round.
const ROUND: Duration = Duration::from_millis(700);

const ROUNDS: usize = 7;

/// The rows of this file.
pub(crate) fn lines(folder: &Path) -> Result<Vec<Line>, Failed> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let receipts = Arc::new(Receipts::new()?);
    let bytes = Arc::new(receipts.sign(0)?.envelope().to_bytes());
    let ledger = Ledger {
        store: Arc::new(Store::open(&folder.join("writers.ledger"), "")?),
        receipts: Arc::clone(&receipts),
        number: Arc::new(AtomicU64::new(0)),
    };
    let bare = Bare::start(RawFile::create(&folder.join("writers.raw"))?)?;
    let flush = RawFile::create(&folder.join("flush.raw"))?;
    let mut measured = Measured::default();
    for round in 0..=ROUNDS {
        let writer = ledger.clone();
        let ours = runtime.block_on(crowd(move || writer.clone().write_one()))?;
        let (writer, same) = (bare.clone(), Arc::clone(&bytes));
        let floor = runtime.block_on(crowd(move || writer.clone().write_one(Arc::clone(&same))))?;
        let alone = flushes(&flush, &bytes)?;
        if round > 0 {
            measured.add(&ours, &floor, alone);
        }
    }
    Ok(measured.lines())
}

/// What one contestant did in one round.
struct Crowd {
    per_second: f64,
    /// Microseconds from handing over to durable.
    waits: Vec<f64>,
}

/// Lets 64 tasks write one after another until the time is up.
async fn crowd<F, W>(write: F) -> Result<Crowd, Failed>
where
    F: Fn() -> W + Clone + Send + 'static,
    W: Future<Output = Result<f64, Failed>> + Send + 'static,
{
    let start = Instant::now();
    let tasks: Vec<_> = (0..WRITERS)
        .map(|_| {
            let write = write.clone();
            tokio::spawn(async move {
                let mut waits = Vec::new();
                while start.elapsed() < ROUND {
                    waits.push(write().await?);
                }
                Ok::<_, Failed>(waits)
            })
        })
        .collect();
    let mut waits = Vec::new();
    for task in tasks {
        waits.extend(task.await??);
    }
    let seconds = start.elapsed().as_secs_f64();
    Ok(Crowd { per_second: count(waits.len()) / seconds, waits })
}

/// Ours: signed, appended, durable.
#[derive(Clone)]
struct Ledger {
    store: Arc<Store>,
    receipts: Arc<Receipts>,
    number: Arc<AtomicU64>,
}

impl Ledger {
    async fn write_one(self) -> Result<f64, Failed> {
        let receipt = self.receipts.sign(self.number.fetch_add(1, Ordering::Relaxed))?;
        let (digest, bytes, at) = (receipt.digest(), receipt.envelope().to_bytes(), now()?);
        let (send, done) = oneshot::channel::<Result<u64, StoreError>>();
        let start = Instant::now();
        self.store.submit(
            move |transaction| transaction.append("receipt", digest, &bytes, at),
            move |result| drop(send.send(result)),
        );
        done.await??;
        Ok(start.elapsed().as_secs_f64() * 1e6)
    }
}

type Job = (Vec<u8>, oneshot::Sender<bool>);

/// The floor: a thread that writes what has queued up with one `pwrite` and one `fdatasync`.
#[derive(Clone)]
struct Bare(mpsc::Sender<Job>);

impl Bare {
    fn start(file: RawFile) -> Result<Bare, Failed> {
        let (queue, jobs) = mpsc::channel::<Job>();
        std::thread::Builder::new().name("bare-writer".into()).spawn(move || {
            while let Ok(first) = jobs.recv() {
                let (mut bytes, mut waiting) = (first.0, vec![first.1]);
                while let Ok((more, done)) = jobs.try_recv() {
                    bytes.extend_from_slice(&more);
                    waiting.push(done);
                }
                let durable = file.write(&bytes).is_ok();
                for done in waiting {
                    // Whoever went away does not want to know.
                    done.send(durable).ok();
                }
            }
        })?;
        Ok(Bare(queue))
    }

    async fn write_one(self, bytes: Arc<Vec<u8>>) -> Result<f64, Failed> {
        let (send, done) = oneshot::channel();
        let start = Instant::now();
        self.0.send((bytes.to_vec(), send))?;
        if !done.await? {
            return Err("the raw file was not written".into());
        }
        Ok(start.elapsed().as_secs_f64() * 1e6)
    }
}

/// The median of single flushes, in microseconds.
fn flushes(file: &RawFile, bytes: &[u8]) -> Result<f64, Failed> {
    let mut took = Vec::new();
    for _ in 0..50 {
        let start = Instant::now();
        file.write(bytes)?;
        took.push(start.elapsed().as_secs_f64() * 1e6);
    }
    Ok(quantile(&took, 0.5))
}

/// The rounds.
#[derive(Default)]
struct Measured {
    ours: Vec<f64>,
    floor: Vec<f64>,
    p50: Vec<f64>,
    p99: Vec<f64>,
    flush: Vec<f64>,
}

impl Measured {
    fn add(&mut self, ours: &Crowd, floor: &Crowd, flush: f64) {
        self.ours.push(ours.per_second);
        self.floor.push(floor.per_second);
        self.p50.push(quantile(&ours.waits, 0.5));
        self.p99.push(quantile(&ours.waits, 0.99));
        self.flush.push(flush);
    }

    fn lines(self) -> Vec<Line> {
        let [ours, floor, p50, p99, flush] =
            [self.ours, self.floor, self.p50, self.p99, self.flush].map(Series::of);
        let line = |ours: String, against, ratio, goal| Line {
            path: "durable signed statements, 64 writers".to_owned(),
            ours,
            against,
            ratio,
            goal,
            later: None,
        };
        // The share of the goal of 20,000 a second is a ratio, too.
        let of_goal = ours.median() / 20_000.0;
        let mut lines = vec![
            line(rate(ours.median()), Against::Floor("goal 20000/s".to_owned()), of_goal, Goal::AtLeast(1.0)),
            line(
                rate(ours.median()),
                Against::Floor(format!("bare group commit {}", rate(floor.median()))),
                ours.over(&floor),
                Goal::None,
            ),
            line(
                format!("p99 {}", time(p99.median())),
                Against::Ours(format!("p50 {}", time(p50.median()))),
                p99.over(&p50),
                Goal::AtMost(5.0),
            ),
        ];
        // The goal of 2.2 flushes holds where a flush is slow; elsewhere signing decides.
        let slow = flush.median() >= 1_000.0;
        lines.push(line(
            format!("p50 {}", time(p50.median())),
            Against::Floor(format!("pwrite + fdatasync {}", time(flush.median()))),
            p50.over(&flush),
            if slow { Goal::AtMost(2.2) } else { Goal::None },
        ));
        lines
    }
}

/// A count as a float: exact for any that a bench reaches.
#[allow(clippy::cast_precision_loss)]
fn count(of: usize) -> f64 {
    of as f64
}
