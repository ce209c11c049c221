//! A look at a connection as it is now, for set-up and console.

use std::collections::BTreeSet;

use bailiwick_authority::Timestamp;
use bailiwick_protocol::{ConnectionCheck, ResourceView};

use super::answer::{AppAnswer, InstallationAnswer, RepositoriesPage};
use super::call::Caller;
use super::catalogue::ACTIONS;
use super::failure::{Cause, Failure};
use super::quote::quote;
use super::scope::{Permissions, Scope};
use super::token::lacking;

/// Asks as the App who it is and what it may, and with a token of [`Scope::listing`] what it reaches.
pub(super) async fn check(
    app: Caller<'_>,
    listing: Caller<'_>,
    installation: u64,
    app_id: u64,
    now: Timestamp,
) -> Result<ConnectionCheck, Failure> {
    let who: AppAnswer = app.get("/app").await?;
    if who.id != app_id {
        return Err(app.failure(Cause::WrongAnswer("another App than the connection's".to_owned())));
    }
    let found: InstallationAnswer = app.get(&format!("/app/installations/{installation}")).await?;
    let mut missing = missing(&found);
    let page = |page: RepositoriesPage| vec![(page.total_count, page.repositories)];
    let resources = match listing.pages("/installation/repositories?per_page=100", page).await {
        Ok(pages) => {
            let all = pages.into_iter().flat_map(|(_, repositories)| repositories);
            let view = |one: super::answer::RepositoryAnswer| ResourceView {
                id: format!("repository:{}", one.id),
                name: one.full_name,
            };
            all.map(view).collect()
        }
        Err(Failure { cause: Cause::Missing(_), .. }) => {
            missing.push(
                "the destination does not list the repositories that the installation reaches".to_owned(),
            );
            Vec::new()
        }
        Err(failure) => return Err(failure),
    };
    let account = found.account.and_then(|account| account.login.or(account.slug)).unwrap_or_default();
    Ok(ConnectionCheck {
        account,
        app: who.name,
        permissions: found.permissions,
        resources,
        missing,
        clock_skew_seconds: skew(app, now),
    })
}

/// What the catalogue's actions need and the installation has not, in words.
fn missing(found: &InstallationAnswer) -> Vec<String> {
    let mut missing = Vec::new();
    if let Some(since) = &found.suspended_at {
        missing.push(format!("the installation is suspended since {}", quote(since)));
    }
    let mut lacking_by: Vec<(String, Vec<&str>)> = Vec::new();
    for action in &ACTIONS {
        let lacks = |permissions: Permissions| lacking(&Scope::of(0, permissions), &found.permissions);
        let all: BTreeSet<String> = lacks(action.evidence).into_iter().chain(lacks(action.act)).collect();
        if all.is_empty() {
            continue;
        }
        let all = all.into_iter().collect::<Vec<_>>().join(", ");
        match lacking_by.iter_mut().find(|(lacking, _)| *lacking == all) {
            Some((_, actions)) => actions.push(action.id),
            None => lacking_by.push((all, vec![action.id])),
        }
    }
    missing.extend(lacking_by.iter().map(|(all, actions)| match actions.as_slice() {
        [one] => format!("`{one}` needs {all}"),
        [one, more @ ..] => format!("`{one}` and {} more need {all}", more.len()),
        [] => all.clone(),
    }));
    missing
}

/// The destination's clock minus ours, in seconds, by the last answer's `Date`.
fn skew(app: Caller<'_>, now: Timestamp) -> i64 {
    let seen = app.into_observations();
    let date = seen
        .iter()
        .filter_map(|one| one.date.as_deref())
        .find_map(|date| jiff::fmt::rfc2822::parse(date).ok().map(|zoned| zoned.timestamp().as_second()));
    match (date, i64::try_from(now.seconds())) {
        (Some(theirs), Ok(ours)) => theirs.saturating_sub(ours),
        _ => 0,
    }
}
