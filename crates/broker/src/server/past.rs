//! What a policy was asked when an operation ran, read back from the operation, its receipt and its chain.
//!
//! The time is that of the receipt's `received`: the moment of the decision itself lies within the operation.
//! Roles are those of today's roster.

use super::answer::bad;
use crate::broker::{Broker, internal, store_error};
use crate::policy::MadeUp;
use bailiwick_authority::{Assurance, Digest, Receipt, Timestamp, Unverified, Value};
use bailiwick_protocol::{ApiError, ErrorCode, PolicyQuestion, PolicyThen};

/// How many operations a backtest looks at.
pub(super) const NEWEST: u64 = 1_000;

impl Broker {
    /// The question of an operation, and what was decided then, if a policy was asked.
    pub(super) fn past_question(&self, id: &Digest) -> Result<(MadeUp, Option<PolicyThen>), ApiError> {
        let view = self.journal.operation(id).map_err(store_error)?.ok_or_else(|| {
            ApiError::new(
                ErrorCode::NotFound,
                format!("there is no operation {id}"),
                "`bailiwick operations` lists them",
            )
        })?;
        let view = self.latest(view);
        let receipt = view.receipt.as_deref().map(|digest| self.receipt(digest)).transpose()?;
        let person = view.person.clone().ok_or_else(|| {
            ApiError::new(
                ErrorCode::BadRequest,
                "this operation was refused before its chain led to a person, so no policy was asked",
                "`bailiwick operations` says why it was refused",
            )
        })?;
        let realm = self.realm();
        let name = person.parse().map_err(|_| internal("a person has no name"))?;
        let leaf = view.chain.last().and_then(|digest| digest.parse::<Digest>().ok());
        let chain = self.chain_of(&leaf.ok_or_else(|| bad("this operation names no capability"))?)?;
        let issuer = chain.first().map(|root| root.issuer());
        let assurance = realm
            .roster
            .iter()
            .flat_map(|roster| &roster.body().persons)
            .flat_map(|person| &person.keys)
            .find(|enrolled| Some(enrolled.key.id()) == issuer)
            .map_or(Assurance::File, |enrolled| enrolled.assurance);
        let wire = PolicyQuestion {
            action: view.action,
            effects: receipt
                .as_ref()
                .map(|receipt| receipt.effects.iter().map(ToString::to_string).collect())
                .filter(|effects: &Vec<String>| !effects.is_empty()),
            connection: view.connection,
            resource: view.resource,
            arguments: view.arguments,
            facts: view.facts,
            agent: Some(view.agent),
            path: view.path,
            person,
            roles: realm.roles_of(&name).iter().map(|role| role.as_str().to_owned()).collect(),
            assurance: assurance.as_str().to_owned(),
            now: Some(view.received),
            expires: chain.last().map(|leaf| leaf.expires().seconds()),
        };
        let mut question = MadeUp::read(&wire, Timestamp::LAST).map_err(bad)?;
        question.capability = leaf.unwrap_or(question.capability);
        let then = receipt.and_then(|receipt| {
            let decision = receipt.decision?;
            let determining = match decision.get("determining") {
                Some(Value::List(ids)) => ids.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
                _ => Vec::new(),
            };
            Some(PolicyThen {
                outcome: decision.get("outcome").and_then(Value::as_str).unwrap_or_default().to_owned(),
                policy: receipt.policy.map(|policy| policy.to_string()),
                determining,
            })
        });
        Ok((question, then))
    }

    fn receipt(&self, digest: &str) -> Result<Receipt, ApiError> {
        let digest: Digest = digest.parse().map_err(|_| internal("a receipt has no digest"))?;
        let bytes = self.journal.store().envelope(&digest).map_err(store_error)?;
        let bytes = bytes.ok_or_else(|| {
            ApiError::new(
                ErrorCode::NotFound,
                format!("the receipt {digest} was erased"),
                "what it said cannot be judged again",
            )
        })?;
        let receipt: Unverified<Receipt> =
            Unverified::parse(&bytes).map_err(|error| internal(error.to_string()))?;
        Ok(receipt.body().clone())
    }
}
