//! Which App stands behind a bot's account.
//!
//! What our own App did counts for nothing, since a capability of this realm may have made it do so. GitHub names a
//! bot `slug[bot]` after its App, and says which App has a slug. Where it does not say, the bot is of no known App.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::try_join_all;

use crate::destinations::github::answer::AppSlug;
use crate::destinations::github::call::{Caller, segment};
use crate::destinations::github::failure::Failure;
use crate::destinations::github::refusal::Refusal;

/// The most bots of one pull request that are looked up.
const MAX_BOTS: usize = 20;

/// The Apps of some bots, by login.
#[derive(Debug, Default)]
pub(super) struct Bots {
    apps: BTreeMap<String, Option<u64>>,
    own: u64,
}

impl Bots {
    /// Asks GitHub for the App of each of these logins that is a bot's.
    pub(super) async fn of(
        caller: &Caller<'_>,
        logins: impl IntoIterator<Item = &String>,
        own: u64,
    ) -> Result<Bots, Failure> {
        let logins: BTreeSet<&String> = logins.into_iter().filter(|login| slug(login).is_some()).collect();
        if logins.len() > MAX_BOTS {
            return Err(caller.refused(Refusal::AtCap { what: "bots", cap: MAX_BOTS }));
        }
        let asked = logins.into_iter().map(|login| async move {
            let path = format!("/apps/{}", segment(slug(login).unwrap_or_default()));
            let found: Option<AppSlug> = caller.get_if_there(&path).await?;
            Ok::<_, Failure>((login.clone(), found.map(|app| app.id)))
        });
        Ok(Bots { apps: try_join_all(asked).await?.into_iter().collect(), own })
    }

    /// Whether this is our own App's bot.
    pub(super) fn is_own(&self, login: &str) -> bool {
        self.apps.get(login) == Some(&Some(self.own))
    }

    /// Whether this may be our own App's bot: it is, or nobody says whose it is.
    pub(super) fn may_be_own(&self, login: &str) -> bool {
        slug(login).is_some() && !matches!(self.apps.get(login), Some(Some(app)) if *app != self.own)
    }
}

/// The slug of a bot's App. Brackets are in no login of a person's.
fn slug(login: &str) -> Option<&str> {
    login.strip_suffix("[bot]").filter(|slug| !slug.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bot_of_no_known_app_may_be_our_own() {
        let apps = [("ours[bot]", Some(9)), ("ci[bot]", Some(1)), ("odd[bot]", None)];
        let bots =
            Bots { apps: apps.map(|(login, app)| (login.to_owned(), app)).into_iter().collect(), own: 9 };
        let judged = |login: &str| (bots.is_own(login), bots.may_be_own(login));
        assert_eq!(judged("ours[bot]"), (true, true));
        assert_eq!(judged("ci[bot]"), (false, false));
        assert_eq!(judged("odd[bot]"), (false, true));
        assert_eq!(judged("unasked[bot]"), (false, true));
        assert_eq!(judged("ada"), (false, false));
    }
}
