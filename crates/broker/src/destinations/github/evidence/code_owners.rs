//! Who owns the changed paths, by the CODEOWNERS of the base commit, and which owners have not approved.
//!
//! Stricter than GitHub in one way: a line that GitHub would skip for its form is a refusal here, since what it was
//! meant to protect would be anybody's. Of several owners of a path one is enough, as at GitHub.

mod pattern;

use std::collections::{BTreeMap, BTreeSet};

use super::At;
use crate::destinations::github::answer::{ContentAnswer, TeamMember};
use crate::destinations::github::call::{Caller, segment};
use crate::destinations::github::failure::{Cause, Failure};
use crate::destinations::github::refusal::Refusal;
use pattern::Pattern;

/// Where GitHub looks, in this order; the first that is there holds.
const PLACES: [&str; 3] = [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"];

/// Somebody who owns paths.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Owner {
    /// An account, by its login in small letters.
    User(String),
    /// A team: its organisation and its name in addresses.
    Team(String, String),
    /// A mail address, which ties nobody: GitHub knows whose it is and does not say.
    Mail(String),
}

/// One line: what it is about, and who owns that. No owners: nobody does.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Rule {
    text: String,
    pattern: Pattern,
    owners: Vec<Owner>,
}

/// The owners that a repository names, none where it has no such file.
#[derive(Debug, Default)]
pub(super) struct CodeOwners(Vec<Rule>);

/// Reads the file that holds at a commit.
pub(super) async fn at(caller: &Caller<'_>, at: &At<'_>, commit: &str) -> Result<CodeOwners, Failure> {
    let read = PLACES.map(|place| async move {
        let path = place.split('/').map(segment).collect::<Vec<_>>().join("/");
        caller.get_if_there::<ContentAnswer>(&format!("{}/contents/{path}?ref={commit}", at.base)).await
    });
    let [first, second, third] = read;
    let (first, second, third) = tokio::try_join!(first, second, third)?;
    let Some(found) = first.or(second).or(third) else { return Ok(CodeOwners::default()) };
    let text = found.text().ok_or_else(|| caller.refused(Refusal::CodeOwners(0)))?;
    parse(&text).map(CodeOwners).map_err(|line| caller.refused(Refusal::CodeOwners(line)))
}

impl CodeOwners {
    /// The rules that own one of these paths and of whose owners none is among `approving` (logins):
    /// `pattern owner owner`, sorted. Asks for the members of a team only where nobody else has approved.
    pub(super) async fn missing(
        &self,
        caller: &Caller<'_>,
        paths: &BTreeSet<String>,
        approving: &BTreeSet<String>,
    ) -> Result<BTreeSet<String>, Failure> {
        let approving: BTreeSet<String> = approving.iter().map(|login| login.to_lowercase()).collect();
        let mut members: BTreeMap<(String, String), bool> = BTreeMap::new();
        let mut missing = BTreeSet::new();
        for rule in self.open(paths, &approving) {
            let mut approved = false;
            for owner in &rule.owners {
                let Owner::Team(organisation, team) = owner else { continue };
                let key = (organisation.clone(), team.clone());
                if !members.contains_key(&key) {
                    let found = has_approved(caller, (organisation, team), &approving).await?;
                    members.insert(key.clone(), found);
                }
                approved |= members.get(&key) == Some(&true);
            }
            if !approved {
                missing.insert(rule.text.clone());
            }
        }
        Ok(missing)
    }

    /// The rules that own one of these paths, and of whose accounts none has approved.
    fn open(&self, paths: &BTreeSet<String>, approving: &BTreeSet<String>) -> Vec<&Rule> {
        let owning =
            paths.iter().filter_map(|path| self.0.iter().rposition(|rule| rule.pattern.matches(path)));
        let owning: BTreeSet<usize> = owning.collect();
        let approved = |rule: &&Rule| {
            let by = |owner: &Owner| matches!(owner, Owner::User(login) if approving.contains(login));
            rule.owners.is_empty() || rule.owners.iter().any(by)
        };
        owning.into_iter().filter_map(|at| self.0.get(at)).filter(|rule| !approved(rule)).collect()
    }
}

/// Whether somebody of the team has approved. Who may not be asked for its members is told so.
async fn has_approved(
    caller: &Caller<'_>,
    (organisation, team): (&str, &str),
    approving: &BTreeSet<String>,
) -> Result<bool, Failure> {
    if approving.is_empty() {
        return Ok(false);
    }
    let path = format!("/orgs/{}/teams/{}/members?per_page=100", segment(organisation), segment(team));
    match caller.list::<TeamMember>(&path).await {
        Ok(members) => Ok(members.iter().any(|member| approving.contains(&member.login.to_lowercase()))),
        Err(Failure { cause: Cause::Forbidden(_) | Cause::Missing(_), .. }) => {
            Err(caller.refused(Refusal::TeamUnknown(format!("@{organisation}/{team}"))))
        }
        Err(failure) => Err(failure),
    }
}

/// The rules of a file, or the number of the first line that cannot be read.
fn parse(text: &str) -> Result<Vec<Rule>, usize> {
    let mut rules = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let mut words = line.split_whitespace().take_while(|word| !word.starts_with('#'));
        let Some(pattern) = words.next() else { continue };
        let rule = |pattern: &str| {
            let owners: Vec<&str> = words.collect();
            let text = [&[pattern][..], &owners].concat().join(" ");
            let owners = owners.into_iter().map(owner).collect::<Option<Vec<_>>>()?;
            Some(Rule { text, pattern: Pattern::parse(pattern)?, owners })
        };
        rules.push(rule(pattern).ok_or(number + 1)?);
    }
    Ok(rules)
}

fn owner(word: &str) -> Option<Owner> {
    let name = |text: &str| {
        let good = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        (!text.is_empty() && text.bytes().all(good)).then(|| text.to_lowercase())
    };
    match word.strip_prefix('@') {
        Some(account) => match account.split_once('/') {
            Some((organisation, team)) => Some(Owner::Team(name(organisation)?, name(team)?)),
            None => name(account).map(Owner::User),
        },
        None => {
            let (before, after) = word.split_once('@')?;
            (!before.is_empty() && !after.is_empty()).then(|| Owner::Mail(word.to_owned()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(file: &str, paths: &[&str], approving: &[&str]) -> Vec<String> {
        let owners = CodeOwners(parse(file).unwrap());
        let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
        owners.open(&set(paths), &set(approving)).into_iter().map(|rule| rule.text.clone()).collect()
    }

    #[test]
    fn the_last_rule_that_matches_owns_and_one_of_its_owners_is_enough() {
        let file =
            "# everything\n*  @ada # and so on\n\n/src/ @Grace @acme/core\nsrc/open/\n*.md a@b.example\n";
        assert_eq!(open(file, &["x"], &[]), ["* @ada"]);
        assert_eq!(open(file, &["x"], &["ada"]), [""; 0]);
        assert_eq!(open(file, &["src/x"], &["ada"]), ["/src/ @Grace @acme/core"]);
        assert_eq!(open(file, &["src/x"], &["grace"]), [""; 0]);
        assert_eq!(open(file, &["src/open/x"], &[]), [""; 0], "a rule without owners clears");
        assert_eq!(open(file, &["x.md"], &["ada", "grace"]), ["*.md a@b.example"], "an address is nobody");
        assert_eq!(open(file, &["x", "src/x"], &[]), ["* @ada", "/src/ @Grace @acme/core"]);
        assert_eq!(open("", &["x"], &[]), [""; 0]);
    }

    #[test]
    fn a_line_that_cannot_be_read_is_named() {
        for (file, line) in [
            ("* @ada\n!x @ada", 2),
            ("\n\n[a] @ada", 3),
            ("* ada", 1),
            ("* @", 1),
            ("* @a/", 1),
            ("* @a/b/c", 1),
        ] {
            assert_eq!(parse(file), Err(line), "{file:?}");
        }
    }
}
