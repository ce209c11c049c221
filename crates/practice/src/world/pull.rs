//! A pull request and its reviews.

use jiff::Timestamp;

use crate::git::Sha;
use crate::seed::Verdict;

/// A review of a pull request, of the commit that was the head then.
#[derive(Clone, Debug)]
pub(crate) struct Review {
    pub(crate) id: u64,
    pub(crate) user: u64,
    pub(crate) verdict: Verdict,
    pub(crate) body: String,
    pub(crate) commit: Sha,
    pub(crate) submitted: Option<Timestamp>,
}

/// A pull request.
#[derive(Clone, Debug)]
pub(crate) struct Pull {
    pub(crate) id: u64,
    pub(crate) number: u64,
    pub(crate) title: String,
    pub(crate) body: Option<String>,
    pub(crate) author: u64,
    pub(crate) head_ref: String,
    pub(crate) head_sha: Sha,
    pub(crate) base_ref: String,
    /// The tip of the base when the head last moved: GitHub does not follow the base.
    pub(crate) base_sha: Sha,
    pub(crate) draft: bool,
    pub(crate) open: bool,
    pub(crate) created: Timestamp,
    pub(crate) updated: Timestamp,
    pub(crate) closed: Option<Timestamp>,
    pub(crate) merged: Option<Merged>,
    pub(crate) maintainer_can_modify: bool,
    pub(crate) reviews: Vec<Review>,
}

/// How a pull request went in.
#[derive(Clone, Debug)]
pub(crate) struct Merged {
    pub(crate) at: Timestamp,
    pub(crate) by: u64,
    pub(crate) commit: Sha,
}

impl Pull {
    /// The head moved to `head`. With `stale`, approvals of what it was are dismissed.
    pub(crate) fn move_head(&mut self, head: Sha, base: Option<Sha>, stale: bool, now: Timestamp) {
        self.head_sha = head;
        if let Some(base) = base {
            self.base_sha = base;
        }
        self.updated = now;
        if stale {
            for review in self.reviews.iter_mut().filter(|r| r.verdict == Verdict::Approved) {
                review.verdict = Verdict::Dismissed;
            }
        }
    }

    /// What each reviewer says in the end: their last approval or objection that still stands.
    pub(crate) fn opinions(&self) -> Vec<&Review> {
        let mut last: Vec<&Review> = Vec::new();
        for review in &self.reviews {
            if matches!(review.verdict, Verdict::Commented | Verdict::Pending) {
                continue;
            }
            last.retain(|other| other.user != review.user);
            last.push(review);
        }
        last.retain(|review| review.verdict != Verdict::Dismissed);
        last
    }

    /// Goes in as `commit`.
    pub(crate) fn merge(&mut self, commit: Sha, by: u64, at: Timestamp) {
        self.open = false;
        self.closed = Some(at);
        self.updated = at;
        self.merged = Some(Merged { at, by, commit });
    }
}
