//! Measuring side by side: in every round each contestant has its turn, so that what drifts (load,
//! frequency, the disk's mood) drifts under all of them.
//!
//! A figure is the median over the rounds; a ratio is the median of each round's own ratio, never the
//! quotient of two medians. It must not measure one contestant after the other.

use crate::Failed;
use std::time::{Duration, Instant};

/// How long one turn of a repeated contestant is meant to take.
const TURN: Duration = Duration::from_millis(4);

/// One thing that is measured: a turn answers microseconds for one operation.
pub(crate) struct Contestant<'a> {
    name: &'static str,
    turn: Box<dyn FnMut() -> Result<f64, Failed> + 'a>,
}

impl<'a> Contestant<'a> {
    /// A contestant that times its own turns.
    pub(crate) fn timed(
        name: &'static str,
        turn: impl FnMut() -> Result<f64, Failed> + 'a,
    ) -> Contestant<'a> {
        Contestant { name, turn: Box::new(turn) }
    }

    /// A contestant whose `work` is repeated so often that a turn takes some milliseconds.
    pub(crate) fn repeated(
        name: &'static str,
        mut work: impl FnMut() -> Result<(), Failed> + 'a,
    ) -> Contestant<'a> {
        let mut times = 1_u32;
        let mut calibrated = false;
        Contestant::timed(name, move || {
            loop {
                let start = Instant::now();
                for _ in 0..times {
                    work()?;
                }
                let took = start.elapsed();
                if !calibrated && took < TURN {
                    times = times.saturating_mul(2);
                    continue;
                }
                calibrated = true;
                return Ok(took.as_secs_f64() * 1e6 / f64::from(times));
            }
        })
    }
}

/// What a contestant took, round by round, in microseconds.
#[derive(Clone, Debug)]
pub(crate) struct Series {
    rounds: Vec<f64>,
}

impl Series {
    /// A series that was measured elsewhere.
    pub(crate) fn of(rounds: Vec<f64>) -> Series {
        Series { rounds }
    }

    /// The median, in the unit that went in.
    pub(crate) fn median(&self) -> f64 {
        quantile(&self.rounds, 0.5)
    }

    /// The median over the rounds of this one's share of `other`.
    pub(crate) fn over(&self, other: &Series) -> f64 {
        let ratios: Vec<f64> =
            self.rounds.iter().zip(&other.rounds).map(|(own, other)| own / other).collect();
        quantile(&ratios, 0.5)
    }
}

/// Runs `count` rounds after one that is thrown away; the order turns by one from round to round, so
/// that nobody always comes after the same one. Answers the series by the contestants' order.
pub(crate) fn rounds<const N: usize>(
    count: usize,
    mut contestants: [Contestant<'_>; N],
) -> Result<[Series; N], Failed> {
    let mut series: [Series; N] = std::array::from_fn(|_| Series { rounds: Vec::with_capacity(count) });
    for round in 0..=count {
        for turn in 0..N {
            let place = (turn + round) % N;
            let Some(contestant) = contestants.get_mut(place) else { continue };
            let took =
                (contestant.turn)().map_err(|error| Failed::from(format!("{}: {error}", contestant.name)))?;
            if let (true, Some(series)) = (round > 0, series.get_mut(place)) {
                series.rounds.push(took);
            }
        }
    }
    Ok(series)
}

/// The value below which the share `at` of `values` lies; 0 for none.
pub(crate) fn quantile(values: &[f64], at: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let last = sorted.len().saturating_sub(1);
    // A place among a few million values: exact as a float, and never negative.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
    let place = (last as f64 * at).round() as usize;
    sorted.get(place).copied().unwrap_or_default()
}

/// Microseconds that `work` took, once.
pub(crate) fn once<T>(work: impl FnOnce() -> Result<T, Failed>) -> Result<(f64, T), Failed> {
    let start = Instant::now();
    let done = work()?;
    Ok((start.elapsed().as_secs_f64() * 1e6, done))
}
