//! A set cut by scope: of ten thousand policies only those are evaluated whose principal, action and
//! resource can be the ones that are asked about.
//!
//! A policy whose scope does not fit is false and cannot err, whatever its conditions say, so leaving it
//! out changes neither the decision nor the policies that determined it nor the errors. `tests.rs` holds
//! this against the whole set under the stock authorizer.
//!
//! INVARIANT: what is cut away could not have matched. Who is in a slice is read from the scope alone.

use super::rule::RuleSet;
use super::template::engine_says;
use cedar_policy_core::ast::{
    ActionConstraint, EntityReference, EntityUID, Literal, Policy,
    PrincipalOrResourceConstraint as Constraint, Value, ValueKind,
};
use cedar_policy_core::evaluator::Evaluator;
use std::collections::HashMap;

/// In a key: the scope names no entity here.
const ANY: u32 = 0;

/// Where a request stands: an entity with everything above it.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) uid: EntityUID,
    pub(super) above: Vec<EntityUID>,
}

/// One policy, ready to be evaluated.
#[derive(Clone, Debug)]
struct Ready {
    id: String,
    permits: bool,
    policy: Policy,
}

/// What a slice answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Verdict {
    /// A permit matched and no forbid did.
    pub(super) allowed: bool,
    /// The ids of the permits that allowed, or of the forbids that refused, in the order of the text.
    pub(super) determining: Vec<String>,
    /// What could not be evaluated, by id, in the order of the text.
    pub(super) errors: Vec<(String, String)>,
}

/// A set, with the places of its policies by the entities that their scopes name.
#[derive(Clone, Debug, Default)]
pub(super) struct Slices {
    /// In the order of the text; a place in here is what the keys lead to.
    ready: Vec<Ready>,
    /// Entities that scopes name, as numbers from 1.
    numbers: HashMap<EntityUID, u32>,
    /// By principal, action and resource.
    by_scope: HashMap<[u32; 3], Vec<u32>>,
    /// The permits that name an action, by it; those of any action under the empty name.
    permits: HashMap<String, Vec<u32>>,
}

impl Slices {
    pub(super) fn of(set: &RuleSet) -> Slices {
        let mut ready: Vec<(usize, Ready)> = set
            .policies
            .policies()
            .filter_map(|policy| {
                let (id, inner): (&str, &Policy) = (policy.id().as_ref(), policy.as_ref());
                let permits = policy.effect() == cedar_policy::Effect::Permit;
                let place = set.rules.get(id)?.place;
                Some((place, Ready { id: id.to_owned(), permits, policy: inner.clone() }))
            })
            .collect();
        ready.sort_by_key(|(place, _)| *place);
        let mut slices =
            Slices { ready: ready.into_iter().map(|(_, one)| one).collect(), ..Slices::default() };
        for (place, one) in (0..).zip(slices.ready.clone()) {
            let principal = slices.number(named(one.policy.principal_constraint().as_inner()));
            let resource = slices.number(named(one.policy.resource_constraint().as_inner()));
            for action in actions(one.policy.action_constraint()) {
                if one.permits {
                    let name =
                        action.map(|uid| AsRef::<str>::as_ref(uid.eid()).to_owned()).unwrap_or_default();
                    slices.permits.entry(name).or_default().push(place);
                }
                let action = slices.number(action);
                slices.by_scope.entry([principal, action, resource]).or_default().push(place);
            }
        }
        slices
    }

    fn number(&mut self, named: Option<&EntityUID>) -> u32 {
        let Some(uid) = named else { return ANY };
        let next = u32::try_from(self.numbers.len()).unwrap_or(u32::MAX).saturating_add(1);
        *self.numbers.entry(uid.clone()).or_insert(next)
    }

    /// The places of the policies whose scope fits, in the order of the text.
    pub(super) fn cut(&self, principal: &Place, action: &Place, resource: &Place) -> Vec<u32> {
        let (principals, actions, resources) = (self.keys(principal), self.keys(action), self.keys(resource));
        let mut places = Vec::new();
        for one in &principals {
            for two in &actions {
                for three in &resources {
                    places.extend(self.by_scope.get(&[*one, *two, *three]).into_iter().flatten());
                }
            }
        }
        places.retain(|place| {
            self.ready(*place).is_some_and(|one| {
                fits(one.policy.principal_constraint().as_inner(), principal)
                    && action_fits(one.policy.action_constraint(), action)
                    && fits(one.policy.resource_constraint().as_inner(), resource)
            })
        });
        places.sort_unstable();
        places.dedup();
        places
    }

    /// The ids of the permits whose scope names the action or any action, in the order of the text.
    pub(super) fn permits_of(&self, action: &str) -> Vec<&str> {
        let mut places: Vec<u32> =
            ["", action].iter().filter_map(|name| self.permits.get(*name)).flatten().copied().collect();
        places.sort_unstable();
        places.dedup();
        places.into_iter().filter_map(|place| self.ready(place)).map(|one| one.id.as_str()).collect()
    }

    /// Any, and what of a place scopes name.
    fn keys(&self, place: &Place) -> Vec<u32> {
        let named = std::iter::once(&place.uid).chain(&place.above);
        std::iter::once(ANY).chain(named.filter_map(|uid| self.numbers.get(uid).copied())).collect()
    }

    fn ready(&self, place: u32) -> Option<&Ready> {
        self.ready.get(usize::try_from(place).ok()?)
    }

    /// Evaluates what was cut. The scopes fit already; what is left is each policy's conditions.
    pub(super) fn judge(&self, slice: &[u32], evaluator: &Evaluator<'_>) -> Verdict {
        let (mut permits, mut forbids) = (Vec::new(), Vec::new());
        let mut verdict = Verdict::default();
        for one in slice.iter().filter_map(|place| self.ready(*place)) {
            let met = match one.policy.non_scope_constraints() {
                None => Ok(true),
                Some(conditions) => match evaluator.interpret(conditions, one.policy.env()) {
                    Ok(Value { value: ValueKind::Lit(Literal::Bool(met)), .. }) => Ok(met),
                    // No truth value: the whole policy errs, in the engine's words.
                    Ok(_) => evaluator.evaluate(&one.policy),
                    Err(error) => Err(error),
                },
            };
            match (met, one.permits) {
                (Ok(true), true) => permits.push(one.id.clone()),
                (Ok(true), false) => forbids.push(one.id.clone()),
                (Ok(false), _) => {}
                (Err(error), _) => verdict.errors.push((one.id.clone(), engine_says(&error.to_string()))),
            }
        }
        verdict.allowed = forbids.is_empty() && !permits.is_empty();
        verdict.determining = if forbids.is_empty() { permits } else { forbids };
        verdict
    }
}

/// The entity that a scope names for a principal or resource.
fn named(constraint: &Constraint) -> Option<&EntityUID> {
    match constraint {
        Constraint::Eq(EntityReference::EUID(uid))
        | Constraint::In(EntityReference::EUID(uid))
        | Constraint::IsIn(_, EntityReference::EUID(uid)) => Some(uid),
        _ => None,
    }
}

/// The actions that a scope names, or none for any.
fn actions(constraint: &ActionConstraint) -> Vec<Option<&EntityUID>> {
    match constraint {
        ActionConstraint::Eq(uid) => vec![Some(uid)],
        ActionConstraint::In(uids) => uids.iter().map(|uid| Some(uid.as_ref())).collect(),
        _ => vec![None],
    }
}

fn fits(constraint: &Constraint, place: &Place) -> bool {
    let within = |uid: &EntityUID| place.uid == *uid || place.above.contains(uid);
    match constraint {
        Constraint::Any => true,
        Constraint::Eq(EntityReference::EUID(uid)) => place.uid == **uid,
        Constraint::In(EntityReference::EUID(uid)) => within(uid),
        Constraint::Is(kind) => place.uid.entity_type() == kind.as_ref(),
        Constraint::IsIn(kind, EntityReference::EUID(uid)) => {
            place.uid.entity_type() == kind.as_ref() && within(uid)
        }
        // A slot: templates are refused at load. Were one here, its conditions would err, and an error denies.
        _ => true,
    }
}

fn action_fits(constraint: &ActionConstraint, place: &Place) -> bool {
    match constraint {
        ActionConstraint::Eq(uid) => place.uid == **uid,
        ActionConstraint::In(uids) => {
            uids.iter().any(|uid| place.uid == **uid || place.above.contains(uid.as_ref()))
        }
        _ => true,
    }
}

#[cfg(test)]
mod tests;
