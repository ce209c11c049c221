//! The memory of verified links. What can change (time, revocation, uses) is never remembered here.

use bailiwick_authority::{Digest, KnownLinks, Link};
use parking_lot::RwLock;
use std::collections::HashMap;
use std::sync::Arc;

/// How many links are remembered before all are forgotten: a bound on memory, not a policy.
const MOST: usize = 65_536;

/// Links by the digest of their envelope.
#[derive(Debug, Default)]
pub(crate) struct Links(RwLock<HashMap<Digest, Arc<Link>>>);

impl KnownLinks for Links {
    fn recall(&self, envelope: &Digest) -> Option<Arc<Link>> {
        self.0.read().get(envelope).cloned()
    }

    fn remember(&self, envelope: Digest, link: Arc<Link>) {
        let mut links = self.0.write();
        if links.len() >= MOST {
            links.clear();
        }
        links.insert(envelope, link);
    }
}
