//! Which of an agent's capabilities a request is made under.
//!
//! It is a convenience: the broker judges. Of the capabilities that fit the one with the longest chain is
//! taken, since it gives least away, and among equals the one that ends last.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::moment;
use bailiwick_authority::{ActionId, Arguments, Capability, Name, Resource, Timestamp};
use bailiwick_person::Chain;

/// What is asked for, before a capability is chosen.
#[derive(Debug)]
pub(crate) struct Wish<'a> {
    pub(crate) action: &'a ActionId,
    /// The repository by name or id, as it was written.
    pub(crate) resource: &'a str,
    pub(crate) arguments: &'a Arguments,
    /// The connection, if it was said.
    pub(crate) connection: Option<&'a Name>,
    pub(crate) now: Timestamp,
}

/// A capability and what the wish means under it.
#[derive(Debug)]
pub(crate) struct Choice {
    pub(crate) chain: Chain,
    pub(crate) connection: Name,
    pub(crate) resource: Resource,
}

impl Wish<'_> {
    /// The best of `chains` that fits, or why none does: one line for each.
    pub(crate) fn choose(&self, chains: Vec<Chain>) -> Result<Choice, Vec<String>> {
        let mut reasons = Vec::new();
        let mut best: Option<Choice> = None;
        for chain in chains {
            match self.fits(&chain) {
                Ok((connection, resource)) => {
                    let weight = |chain: &Chain| (chain.links().len(), chain.leaf().body().expires);
                    if best.as_ref().is_none_or(|best| weight(&chain) > weight(&best.chain)) {
                        best = Some(Choice { chain, connection, resource });
                    }
                }
                Err(reason) => reasons.push(format!("{}: {reason}", name(&chain))),
            }
        }
        best.ok_or(reasons)
    }

    /// The capability that was named, whether it fits or not.
    pub(crate) fn under(&self, chain: Chain) -> Result<Choice, Failure> {
        let (connection, resource) = self.resource_in(chain.leaf().body()).ok_or_else(|| {
            Failure::new(
                Exit::Refused,
                "not-authorised",
                format!("{} names no repository `{}`", name(&chain), self.resource),
                "name a repository that it has (`bailiwick agent list`), or its id: `repository:1296269`",
            )
        })?;
        Ok(Choice { chain, connection, resource })
    }

    fn fits(&self, chain: &Chain) -> Result<(Name, Resource), String> {
        let leaf = chain.leaf().body();
        let (connection, resource) =
            self.resource_in(leaf).ok_or_else(|| format!("it has no repository `{}`", self.resource))?;
        for link in chain.links().iter().map(|link| link.body()) {
            if self.now >= link.expires {
                return Err(format!("it expired {}", moment::local(link.expires.seconds())));
            }
            if self.now < link.not_before {
                return Err(format!("it is valid from {}", moment::local(link.not_before.seconds())));
            }
            let mut objection = None;
            let named =
                link.grants.iter().filter(|grant| grant.names(&connection, self.action, &resource.id));
            let allowed = named.map(|grant| grant.objection(self.arguments)).any(|found| match found {
                None => true,
                Some((argument, why)) => {
                    objection.get_or_insert(format!("`{argument}`: {why}"));
                    false
                }
            });
            if !allowed {
                return Err(objection
                    .unwrap_or_else(|| format!("it does not name {} on {}", self.action, self.resource)));
            }
        }
        Ok((connection, resource))
    }

    /// The resource that the wish means, by the name or the id that the capability has for it. Grants that
    /// name the action are looked at first.
    fn resource_in(&self, capability: &Capability) -> Option<(Name, Resource)> {
        let of_connection = |connection: &Name| self.connection.is_none_or(|wanted| wanted == connection);
        let (naming, others): (Vec<_>, Vec<_>) = capability
            .grants
            .iter()
            .filter(|grant| of_connection(&grant.connection))
            .partition(|grant| grant.actions.contains(self.action));
        naming.into_iter().chain(others).find_map(|grant| {
            let resource = grant.resources.iter().find(|resource| {
                resource.name.as_str() == self.resource || resource.id.as_str() == self.resource
            })?;
            Some((grant.connection.clone(), resource.clone()))
        })
    }
}

/// A capability as it is called in messages: its label and the first digits of its digest.
pub(crate) fn name(chain: &Chain) -> String {
    format!("the capability {} (`{}`)", chain.leaf().digest().short(), chain.leaf().body().label.as_str())
}

/// The chain that a person means by `text`: the digest of its capability, the first digits of it, or its
/// label, if only one has that.
pub(crate) fn find(chains: Vec<Chain>, text: &str) -> Result<Chain, Failure> {
    let digits = text.strip_prefix("sha256:").unwrap_or(text);
    let is_meant = |chain: &Chain| {
        let leaf = chain.leaf();
        leaf.body().label.as_str() == text || (digits.len() >= 8 && leaf.digest().hex().starts_with(digits))
    };
    let mut meant: Vec<Chain> = chains.into_iter().filter(is_meant).collect();
    match (meant.pop(), meant.is_empty()) {
        (Some(chain), true) => Ok(chain),
        (Some(_), false) => Err(Failure::usage(
            format!("several capabilities are called `{text}`"),
            "name one by its digest; `bailiwick agent list` shows them",
        )),
        (None, _) => Err(Failure::usage(
            format!("this agent has no capability `{text}`"),
            "`bailiwick agent list` shows those that are kept, `bailiwick agent fetch` gets new ones",
        )),
    }
}
