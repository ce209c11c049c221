//! Whether a child capability stays within its parent.
//!
//! A chain is a conjunction, so a child that asks for more would gain nothing; it is refused all the
//! same, because somebody meant something by it.

use crate::capability::{Capability, Rate};
use crate::grant::Grant;

/// In which way a child asks for more than its parent has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Widening {
    /// One of its grants lies within none of the parent's.
    #[error("its grant {0} lies within no single grant of its parent")]
    Grant(usize),
    /// It begins earlier.
    #[error("it begins before its parent")]
    Begins,
    /// It ends later.
    #[error("it outlives its parent")]
    Expires,
    /// It may be used more often.
    #[error("it may be used more often than its parent")]
    Uses,
    /// It may be used faster.
    #[error("it may be used faster than its parent")]
    Rate,
    /// It may be passed on as far as its parent, or the parent may not be passed on at all.
    #[error("it may be passed on further than its parent allows")]
    Depth,
}

impl Capability {
    /// Whether `child` stays within this capability.
    pub fn covers(&self, child: &Capability) -> Result<(), Widening> {
        if child.max_depth >= self.max_depth {
            return Err(Widening::Depth);
        }
        if child.not_before < self.not_before {
            return Err(Widening::Begins);
        }
        if child.expires > self.expires {
            return Err(Widening::Expires);
        }
        if self.max_uses.is_some_and(|limit| child.max_uses.is_none_or(|uses| uses > limit)) {
            return Err(Widening::Uses);
        }
        if self.rate.is_some_and(|limit| child.rate.is_none_or(|rate| !slower(rate, limit))) {
            return Err(Widening::Rate);
        }
        for (index, grant) in child.grants.iter().enumerate() {
            if !self.grants.iter().any(|own| own.covers(grant)) {
                return Err(Widening::Grant(index + 1));
            }
        }
        Ok(())
    }
}

impl Grant {
    /// Whether everything that `narrower` allows is allowed here.
    pub fn covers(&self, narrower: &Grant) -> bool {
        self.connection == narrower.connection
            && self.catalogue == narrower.catalogue
            && narrower.actions.iter().all(|action| self.actions.contains(action))
            && narrower.resources.iter().all(|resource| self.resources.contains(resource))
            && self.arguments.len() == narrower.arguments.len()
            && narrower
                .arguments
                .iter()
                .all(|(name, narrow)| self.arguments.get(name).is_some_and(|wide| wide.covers(narrow)))
    }
}

/// At most as many uses in a window at least as long.
fn slower(rate: Rate, limit: Rate) -> bool {
    rate.uses <= limit.uses && rate.seconds >= limit.seconds
}
