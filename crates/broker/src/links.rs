//! The memory of verified links. What can change (time, revocation, uses) is never remembered here.

use bailiwick_authority::{Digest, KnownLinks, Link};
use parking_lot::RwLock;
use std::collections::HashMap;
use std::sync::Arc;

/// How much is remembered before all is forgotten, in bytes of payload: a bound on memory, not a policy.
/// An agent writes its children's payloads, up to 64 KiB each, and as many as it likes.
const MOST_BYTES: usize = 32 << 20;

/// What a link takes up beside its payload, at least.
const OVERHEAD_BYTES: usize = 1_024;

/// Links by the digest of their envelope.
#[derive(Debug, Default)]
pub(crate) struct Links(RwLock<Known>);

#[derive(Debug, Default)]
struct Known {
    links: HashMap<Digest, Arc<Link>>,
    bytes: usize,
}

impl KnownLinks for Links {
    fn recall(&self, envelope: &Digest) -> Option<Arc<Link>> {
        self.0.read().links.get(envelope).cloned()
    }

    fn remember(&self, envelope: Digest, link: Arc<Link>) {
        let size = OVERHEAD_BYTES + link.capability().envelope().payload().len();
        let mut known = self.0.write();
        if known.bytes + size > MOST_BYTES {
            *known = Known::default();
        }
        if known.links.insert(envelope, link).is_none() {
            known.bytes += size;
        }
    }
}
