//! From a seed to a world: accounts, the App, and repositories with commits, pull requests and records.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::git::{Batch, Change, Git, NewCommit, Sha, Store};
use crate::permission::{Level, all};
use crate::range::StartError;
use crate::seed::{AppSeed, CommitSeed, PullSeed, RepositorySeed, Seed};
use crate::world::{
    Account, App, CheckRun, Holder, Installation, Issue, Kind, Pull, Repository, Review, Status, World,
    personal_value,
};

/// How long ago the seeded world began.
const AGE: SignedDuration = SignedDuration::from_hours(48);

/// Builds the world of a seed. `folder` becomes the place of its repositories.
pub(crate) async fn world(
    seed: &Seed,
    git: &Git,
    folder: &Path,
    now: Timestamp,
) -> Result<World, StartError> {
    let born = now.checked_sub(AGE).unwrap_or(now);
    let mut world = people(seed, born)?;
    for user in &seed.users {
        let value = personal_value().map_err(|_| StartError::Random)?;
        world.tokens.add(value, Holder::User(user.id), all(Level::Write), (now, None));
    }
    for repository in &seed.repositories {
        let planted = self::repository(&mut world, repository, repository.id, git, folder, born).await?;
        world.repositories.insert(planted.id, planted);
    }
    if let Some(names) = &seed.app.installation.repositories {
        let account = &seed.app.installation.account;
        let ids = names.iter().map(|name| {
            let found = world.named(account, name).map(|repository| repository.id);
            found.ok_or_else(|| {
                StartError::Seed(format!("the installation names `{name}`, which is not there"))
            })
        });
        world.installation.selected = Some(ids.collect::<Result<_, _>>()?);
    }
    Ok(world)
}

fn people(seed: &Seed, born: Timestamp) -> Result<World, StartError> {
    let mut accounts = BTreeMap::new();
    let mut add = |id: u64, login: &str, name: &str, kind: Kind| {
        let name = if name.is_empty() { login.to_owned() } else { name.to_owned() };
        let account = Account { id, login: login.to_owned(), name, kind, created: born };
        let twice = accounts.values().any(|other: &Account| other.login.eq_ignore_ascii_case(login));
        if twice || accounts.insert(id, account).is_some() {
            return Err(StartError::Seed(format!("the account `{login}` or its number {id} comes twice")));
        }
        Ok(id)
    };
    for organisation in &seed.organisations {
        add(organisation.id, &organisation.login, &organisation.name, Kind::Organization)?;
    }
    for user in &seed.users {
        add(user.id, &user.login, &user.name, Kind::User)?;
    }
    let bot = add(bot_id(seed.app.id), &format!("{}[bot]", seed.app.slug), "", Kind::Bot)?;
    let mut reporters = Vec::new();
    for reporter in &seed.reporters {
        reporters
            .push((reporter, add(bot_id(reporter.id), &format!("{}[bot]", reporter.slug), "", Kind::Bot)?));
    }
    let find = |login: &str| {
        let found = accounts.values().find(|a| a.login.eq_ignore_ascii_case(login)).map(|a| a.id);
        found.ok_or_else(|| StartError::Seed(format!("there is no account `{login}`")))
    };
    let AppSeed { id, client_id, slug, name, owner, permissions, installation } = &seed.app;
    let owner = find(owner)?;
    let app = App {
        id: *id,
        client_id: client_id.clone(),
        slug: slug.clone(),
        name: name.clone(),
        owner,
        bot,
        permissions: permissions.clone(),
        created: born,
    };
    let installed = Installation {
        id: installation.id,
        app: *id,
        account: find(&installation.account)?,
        selected: None,
        permissions: permissions.clone(),
        suspended: None,
        created: born,
    };
    let mut world = World::new(app, installed);
    for (reporter, bot) in reporters {
        let app = App {
            id: reporter.id,
            client_id: format!("Iv23li{:014}", reporter.id),
            slug: reporter.slug.clone(),
            name: reporter.name.clone(),
            owner,
            bot,
            permissions: BTreeMap::from([
                ("checks".to_owned(), Level::Write),
                ("metadata".to_owned(), Level::Read),
            ]),
            created: born,
        };
        if world.apps.insert(app.id, app).is_some() {
            return Err(StartError::Seed(format!("the App number {} comes twice", reporter.id)));
        }
    }
    world.accounts = accounts;
    Ok(world)
}

/// The account number of an App's bot, apart from those of people.
fn bot_id(app: u64) -> u64 {
    200_000_000 + app
}

/// Makes one repository with everything in its seed, under the number `id`.
pub(crate) async fn repository(
    world: &mut World,
    seed: &RepositorySeed,
    id: u64,
    git: &Git,
    folder: &Path,
    born: Timestamp,
) -> Result<Repository, StartError> {
    let account = |world: &World, login: &str| {
        let found = world.account(login).map(|account| account.id);
        found
            .ok_or_else(|| StartError::Seed(format!("`{}` speaks of `{login}`, who is not there", seed.name)))
    };
    if world.repositories.contains_key(&id) || world.named(&seed.owner, &seed.name).is_some() {
        return Err(StartError::Seed(format!(
            "the repository `{}` or its number {id} comes twice",
            seed.name
        )));
    }
    let store = Store::create(git.clone(), folder.join(format!("{id}.git")), &seed.default_branch).await?;
    store.import(&history(world, seed, born)?).await?;
    let mut repository = Repository {
        id,
        owner: account(world, &seed.owner)?,
        name: seed.name.clone(),
        description: seed.description.clone(),
        private: seed.private,
        default_branch: seed.default_branch.clone(),
        created: born,
        updated: born,
        pushed: born,
        refs: store.refs().await?,
        store: Arc::new(store),
        protection: seed.protection.clone(),
        collaborators: BTreeMap::new(),
        environments: seed.environments.clone(),
        environment_rules: seed.environment_rules.clone(),
        allow_merge: true,
        allow_squash: true,
        allow_rebase: true,
        pulls: BTreeMap::new(),
        issues: BTreeMap::new(),
        comments: Vec::new(),
        checks: Vec::new(),
        statuses: Vec::new(),
        deployments: Vec::new(),
        last_number: 0,
        heads: BTreeMap::new(),
    };
    for (login, role) in &seed.collaborators {
        repository.collaborators.insert(account(world, login)?, *role);
    }
    for pull in &seed.pulls {
        self::pull(world, &mut repository, pull, born).await?;
    }
    for issue in &seed.issues {
        let number = repository.fresh_number();
        let author = account(world, &issue.author)?;
        let (title, body) = (issue.title.clone(), Some(issue.body.clone()));
        let issue = Issue { id: world.fresh_id(), number, title, body, author, created: born };
        repository.issues.insert(number, issue);
    }
    Ok(repository)
}

/// Every commit of the seed as one stream, a minute apart.
fn history(world: &World, seed: &RepositorySeed, born: Timestamp) -> Result<Vec<u8>, StartError> {
    let mut batch = Batch::default();
    let mut at = born;
    let mut known = vec![seed.default_branch.as_str()];
    let first = CommitSeed {
        author: seed.owner.clone(),
        message: "First commit".to_owned(),
        write: seed.files.clone(),
        delete: Vec::new(),
        rename: BTreeMap::new(),
    };
    let mut add = |batch: &mut Batch, branch: &str, commit: &CommitSeed| {
        at = at.checked_add(SignedDuration::from_mins(1)).unwrap_or(at);
        let author = world.account(&commit.author).ok_or_else(|| {
            StartError::Seed(format!("a commit is by `{}`, who is not there", commit.author))
        })?;
        let (name, email) = (author.name.clone(), author.email());
        batch.commit(branch, (&name, &email), at, &written(commit)).map_err(StartError::from)
    };
    add(&mut batch, &seed.default_branch, &first)?;
    for branch in &seed.branches {
        if !known.contains(&branch.name.as_str()) {
            let from = branch.from.as_deref().unwrap_or(&seed.default_branch);
            if !known.contains(&from) {
                return Err(StartError::Seed(format!(
                    "`{}` starts at `{from}`, which is not there",
                    branch.name
                )));
            }
            batch.branch(&branch.name, &format!("refs/heads/{from}"));
            known.push(&branch.name);
        }
        for commit in &branch.commits {
            add(&mut batch, &branch.name, commit)?;
        }
    }
    Ok(batch.finish())
}

fn written(seed: &CommitSeed) -> NewCommit {
    let moves = seed.rename.iter().map(|(from, to)| Change::Rename(from.clone(), to.clone()));
    let removals = seed.delete.iter().map(|path| Change::Delete(path.clone()));
    let writes = seed.write.iter().map(|(path, text)| Change::Write(path.clone(), text.clone().into_bytes()));
    NewCommit {
        author: seed.author.clone(),
        message: seed.message.clone(),
        changes: moves.chain(removals).chain(writes).collect(),
    }
}

async fn pull(
    world: &mut World,
    repository: &mut Repository,
    seed: &PullSeed,
    born: Timestamp,
) -> Result<(), StartError> {
    let missing = |what: &str| {
        StartError::Seed(format!("the pull request `{}` speaks of `{what}`, which is not there", seed.title))
    };
    let base_ref = seed.base.clone().unwrap_or_else(|| repository.default_branch.clone());
    let head = repository.branch(&seed.head).cloned().ok_or_else(|| missing(&seed.head))?;
    let base = repository.branch(&base_ref).cloned().ok_or_else(|| missing(&base_ref))?;
    let number = repository.fresh_number();
    let account =
        |world: &World, login: &str| world.account(login).map(|a| a.id).ok_or_else(|| missing(login));
    let compared =
        repository.store.compare(&base, &head).await?.ok_or_else(|| missing("a common ancestor"))?;
    let mut reviews = Vec::new();
    for review in &seed.reviews {
        let commit = compared.ahead.iter().rev().nth(review.commits_back).cloned();
        reviews.push(Review {
            id: world.fresh_id(),
            user: account(world, &review.user)?,
            verdict: review.state,
            body: review.body.clone(),
            commit: commit.ok_or_else(|| missing("a commit that far back"))?,
            submitted: Some(born),
        });
    }
    records(world, repository, seed, &head, born, &missing)?;
    repository.pulls.insert(
        number,
        Pull {
            id: world.fresh_id(),
            number,
            title: seed.title.clone(),
            body: (!seed.body.is_empty()).then(|| seed.body.clone()),
            author: account(world, &seed.author)?,
            head_ref: seed.head.clone(),
            head_sha: head,
            base_ref,
            base_sha: base,
            draft: seed.draft,
            open: true,
            created: born,
            updated: born,
            closed: None,
            merged: None,
            maintainer_can_modify: false,
            reviews,
        },
    );
    Ok(())
}

fn records(
    world: &mut World,
    repository: &mut Repository,
    seed: &PullSeed,
    head: &Sha,
    born: Timestamp,
    missing: &impl Fn(&str) -> StartError,
) -> Result<(), StartError> {
    for check in &seed.checks {
        let app = world.apps.values().find(|app| app.slug == check.reporter).map(|app| app.id);
        let app = app.ok_or_else(|| missing(&check.reporter))?;
        let id = world.fresh_id();
        repository.checks.push(CheckRun::reported(
            id,
            app,
            head,
            (&check.name, check.conclusion.as_deref()),
            born,
        ));
    }
    for status in &seed.statuses {
        let creator = world.account(&status.creator).map(|a| a.id).ok_or_else(|| missing(&status.creator))?;
        repository.statuses.push(Status {
            id: world.fresh_id(),
            sha: head.clone(),
            context: status.context.clone(),
            state: status.state.clone(),
            description: None,
            target_url: None,
            creator,
            created: born,
        });
    }
    Ok(())
}
