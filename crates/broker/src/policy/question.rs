//! What a policy is asked: one verified invocation with the evidence that was gathered for it.

use crate::effect::Effect;
use bailiwick_authority::{
    ActionId, Arguments, Assurance, Digest, KeyId, Name, Resource, Role, Text, Timestamp, Value,
};

/// One operation to be judged. Everything in it was verified before or seen by the broker itself.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The key that asks.
    pub agent: KeyId,
    /// The labels along the chain, root first. Policies see only the first, which a person signed.
    pub path: &'a [Text],
    /// The person at the root.
    pub person: &'a Name,
    /// That person's roles.
    pub roles: &'a [Role],
    /// How the key is kept that the person signed the root with.
    pub assurance: Assurance,
    /// The capability that is used: the leaf's statement digest.
    pub capability: Digest,
    /// When that capability ends.
    pub expires: Timestamp,
    /// What is asked for.
    pub action: &'a ActionId,
    /// What that would do. Empty refuses.
    pub effects: &'a [Effect],
    /// Through which connection.
    pub connection: &'a Name,
    /// On what, with the name that the destination confirmed.
    pub resource: &'a Resource,
    /// With which arguments.
    pub arguments: &'a Arguments,
    /// What the broker saw, where the action has evidence.
    pub facts: Option<&'a Value>,
    /// The broker's time.
    pub now: Timestamp,
}
