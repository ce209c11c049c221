//! The windows between two durable steps of an operation, as the journal shows them after a kill.

use crate::stage::Books;
use std::collections::BTreeMap;
use std::fmt;

/// Between which two durable steps an operation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Window {
    Received,
    EvidenceIntended,
    EvidenceMinted,
    EvidenceEnded,
    OperationIntended,
    OperationMinted,
    ActIntended,
    OutcomeKnown,
    OperationEnded,
    /// Nothing was under way: all that was asked for had its receipt.
    Finished,
}

impl Window {
    pub(super) const ALL: [Window; 10] = [
        Window::Received,
        Window::EvidenceIntended,
        Window::EvidenceMinted,
        Window::EvidenceEnded,
        Window::OperationIntended,
        Window::OperationMinted,
        Window::ActIntended,
        Window::OutcomeKnown,
        Window::OperationEnded,
        Window::Finished,
    ];
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Window::Received => "received → mint intent (evidence)",
            Window::EvidenceIntended => "mint intent (evidence) → minted",
            Window::EvidenceMinted => "minted (evidence) → ended",
            Window::EvidenceEnded => "evidence ended, decided → mint intent (operation)",
            Window::OperationIntended => "mint intent (operation) → minted",
            Window::OperationMinted => "minted (operation) → act intent",
            Window::ActIntended => "act intent → outcome",
            Window::OutcomeKnown => "outcome → credential ended",
            Window::OperationEnded => "credential ended → finished",
            Window::Finished => "finished, nothing under way",
        })
    }
}

/// The windows that unfinished operations are in.
pub(super) fn windows(books: &Books) -> Vec<Window> {
    try_windows(books).unwrap()
}

/// As [`windows`], of a broker that may have been stopped while it held the locks of its write-ahead log.
pub(super) fn try_windows(books: &Books) -> rusqlite::Result<Vec<Window>> {
    let mut query = books
        .connection()
        .prepare_cached(
            "SELECT (SELECT COUNT(*) FROM credential c WHERE c.operation = o.id AND purpose = 'evidence' AND kind = 'installation-token'),
                    (SELECT COUNT(*) FROM credential c WHERE c.operation = o.id AND purpose = 'evidence' AND kind = 'installation-token' AND sha256 IS NOT NULL),
                    (SELECT COUNT(*) FROM credential c WHERE c.operation = o.id AND purpose = 'evidence' AND kind = 'installation-token' AND end IS NOT NULL),
                    (SELECT COUNT(*) FROM credential c WHERE c.operation = o.id AND purpose = 'operation' AND kind = 'installation-token'),
                    (SELECT COUNT(*) FROM credential c WHERE c.operation = o.id AND purpose = 'operation' AND kind = 'installation-token' AND sha256 IS NOT NULL),
                    (SELECT COUNT(*) FROM credential c WHERE c.operation = o.id AND purpose = 'operation' AND kind = 'installation-token' AND end IS NOT NULL),
                    (SELECT COUNT(*) FROM act WHERE act.operation = o.id),
                    (SELECT COUNT(*) FROM act WHERE act.operation = o.id AND outcome IS NOT NULL)
             FROM operation o WHERE live = 1",
        )?;
    let rows = query.query_map([], |row| {
        let has = |column: usize| row.get::<_, i64>(column).map(|count| count > 0);
        Ok(match (has(6)?, has(7)?) {
            (true, true) if has(5)? => Window::OperationEnded,
            (true, true) => Window::OutcomeKnown,
            (true, false) => Window::ActIntended,
            _ if has(4)? => Window::OperationMinted,
            _ if has(3)? => Window::OperationIntended,
            _ if has(2)? => Window::EvidenceEnded,
            _ if has(1)? => Window::EvidenceMinted,
            _ if has(0)? => Window::EvidenceIntended,
            _ => Window::Received,
        })
    })?;
    rows.collect()
}

/// How often a kill met each window.
#[derive(Debug, Default)]
pub(super) struct Hits(BTreeMap<Window, usize>);

impl Hits {
    /// Counts a kill: every window that something was in, once.
    pub(super) fn count(&mut self, mut met: Vec<Window>) {
        if met.is_empty() {
            met.push(Window::Finished);
        }
        met.sort();
        met.dedup();
        for window in met {
            *self.0.entry(window).or_default() += 1;
        }
    }

    pub(super) fn of(&self, window: Window) -> usize {
        self.0.get(&window).copied().unwrap_or(0)
    }

    pub(super) fn fewest(&self) -> usize {
        Window::ALL.iter().map(|window| self.of(*window)).min().unwrap_or(0)
    }
}
