//! The table: *ours / floor / peer / ratio / goal / met or not met*, one line for each goal.

use crate::Failed;
use std::io::Write;

/// Differences below this share say nothing on a shared machine.
const NOISE: f64 = 0.10;

/// What a goal asks of a ratio.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Goal {
    /// Ours over the other is at most this.
    AtMost(f64),
    /// The other over ours (or, for rates, ours over the other) is at least this.
    AtLeast(f64),
    /// There is none: the figure is there to compare.
    None,
}

/// Against what a line holds ours.
#[derive(Clone, Debug)]
pub(crate) enum Against {
    /// The physics.
    Floor(String),
    /// Somebody else's.
    Peer(String),
    /// Ours in another setting.
    Ours(String),
}

/// One line of the table.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) path: String,
    pub(crate) ours: String,
    pub(crate) against: Against,
    pub(crate) ratio: f64,
    pub(crate) goal: Goal,
    /// Where a goal belongs to work that is still to come: where.
    pub(crate) later: Option<&'static str>,
}

impl Line {
    fn verdict(&self) -> String {
        let (met, near) = match self.goal {
            Goal::AtMost(most) => (self.ratio <= most, self.ratio <= most * (1.0 + NOISE)),
            Goal::AtLeast(least) => (self.ratio >= least, self.ratio >= least * (1.0 - NOISE)),
            Goal::None => return "–".to_owned(),
        };
        match (met, near, self.later) {
            (true, ..) => "met".to_owned(),
            (false, true, None) => "not met, by less than 10 %".to_owned(),
            (false, false, None) => "NOT MET".to_owned(),
            (false, _, Some(later)) => format!("not met; {later}"),
        }
    }

    fn cells(&self) -> [String; 7] {
        let (floor, peer) = match &self.against {
            Against::Floor(text) => (text.clone(), String::new()),
            Against::Peer(text) => (String::new(), text.clone()),
            Against::Ours(text) => (format!("(ours) {text}"), String::new()),
        };
        let (ratio, goal) = match self.goal {
            Goal::AtMost(most) => (format!("{} ×", short(self.ratio)), format!("≤ {} ×", plain(most))),
            Goal::AtLeast(least) => (format!("{} ×", short(self.ratio)), format!("≥ {} ×", plain(least))),
            Goal::None => (format!("{} ×", short(self.ratio)), "–".to_owned()),
        };
        [self.path.clone(), self.ours.clone(), floor, peer, ratio, goal, self.verdict()]
    }
}

/// A time as a person reads it, from microseconds.
pub(crate) fn time(us: f64) -> String {
    if us < 10.0 {
        format!("{us:.2} µs")
    } else if us < 10_000.0 {
        format!("{us:.0} µs")
    } else {
        format!("{:.1} ms", us / 1e3)
    }
}

/// A rate as a person reads it.
pub(crate) fn rate(per_second: f64) -> String {
    format!("{per_second:.0}/s")
}

fn short(ratio: f64) -> String {
    if ratio < 10.0 { format!("{ratio:.2}") } else { format!("{ratio:.0}") }
}

fn plain(limit: f64) -> String {
    format!("{limit}")
}

/// Writes the lines as one Markdown table, padded so that a terminal shows it well.
pub(crate) fn print(out: &mut impl Write, lines: &[Line]) -> Result<(), Failed> {
    let head = ["path", "ours", "floor", "peer", "ratio", "goal", "met?"].map(str::to_owned);
    let mut cells = vec![head];
    let mut before = String::new();
    for line in lines {
        let mut row = line.cells();
        // A path with several goals is named once.
        if line.path == before
            && let Some(path) = row.first_mut()
        {
            path.clear();
        }
        before.clone_from(&line.path);
        cells.push(row);
    }
    let widths: [usize; 7] = std::array::from_fn(|column| {
        cells.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    });
    for (place, row) in cells.iter().enumerate() {
        let padded: Vec<String> =
            row.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        writeln!(out, "| {} |", padded.join(" | "))?;
        if place == 0 {
            let rules: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
            writeln!(out, "| {} |", rules.join(" | "))?;
        }
    }
    out.flush()?;
    Ok(())
}
