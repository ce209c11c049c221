//! Is the repository the one that was signed? By its number, under its name, byte for byte.

use super::At;
use crate::destinations::github::answer::RepositoryAnswer;
use crate::destinations::github::call::Caller;
use crate::destinations::github::failure::{Cause, Failure};
use crate::destinations::github::refusal::Refusal;
use crate::destinations::github::token::Token;

/// Compares the name that was signed with the token's own repository and with what the name leads to.
pub(super) async fn check(caller: &Caller<'_>, at: &At<'_>, token: &Token) -> Result<(), Failure> {
    let name = at.operation.repository().full_name();
    let listed = token.repositories().iter().find(|one| one.id == at.repository());
    if let Some(listed) = listed.filter(|listed| listed.full_name != name) {
        let now = listed.full_name.clone();
        return Err(caller.refused(Refusal::RepositoryRenamed { name, now }));
    }
    match caller.get::<RepositoryAnswer>(&at.base).await {
        Ok(found) if found.id != at.repository() => Err(caller.refused(Refusal::RepositoryReplaced { name })),
        Ok(found) if found.full_name != name => {
            Err(caller.refused(Refusal::RepositoryRenamed { name, now: found.full_name }))
        }
        Ok(_) => Ok(()),
        Err(Failure { cause: Cause::Missing(_) | Cause::Redirected, .. }) => {
            Err(caller.refused(Refusal::RepositoryGone { name }))
        }
        Err(failure) => Err(failure),
    }
}
