//! The world of the demonstration: `acme` and its three repositories, with one pull request for every
//! way in which a merge can be right or wrong.

use std::collections::BTreeMap;

use super::{
    AccountSeed, AppSeed, BranchSeed, CheckSeed, CommitSeed, InstallationSeed, IssueSeed, Protection,
    PullSeed, ReporterSeed, RepositorySeed, RequiredCheck, ReviewSeed, Role, Seed, Verdict,
};
use crate::permission::Level;

/// The repository of the story.
const BACKEND: u64 = 48_151_623;

impl Seed {
    /// The story's world. In `acme/backend`, all by `ada` into `main` unless said otherwise:
    ///
    /// | # | branch | what it is for |
    /// |---|---|---|
    /// | 1 | `feat-123` | "Cache invalidation": every condition is met |
    /// | 2 | `fix-login-timeout` | `ci/test` fails |
    /// | 3 | `ci-node-upgrade` | changes `.github/workflows/ci.yml` |
    /// | 4 | `docs-api-limits` | nobody has approved it |
    /// | 5 | `feat-own-approval` | its head commit is by `grace`, who alone approved it |
    /// | 6 | `feat-stale-approval` | approved, then another commit was pushed |
    /// | 7 | `feat-conflict` | does not merge into `main` any more |
    ///
    /// Issue 8 is an ordinary issue. `main` requires `ci/test` and `ci/lint` from `acme-ci` and one approval.
    #[must_use]
    pub fn story() -> Self {
        Self {
            organisations: vec![account(9_000_001, "acme", "Acme")],
            users: vec![
                account(1_000_001, "ada", "Ada Moreau"),
                account(1_000_002, "grace", "Grace Okafor"),
                account(1_000_003, "linnea", "Linnea Berg"),
                account(1_000_004, "ci-bot", "CI Bot"),
            ],
            app: app(),
            reporters: vec![
                ReporterSeed { id: 20_001, slug: "acme-ci".to_owned(), name: "Acme CI".to_owned() },
                ReporterSeed { id: 20_002, slug: "acme-scan".to_owned(), name: "Acme Scan".to_owned() },
            ],
            repositories: vec![backend(), plain(48_151_624, "frontend"), plain(48_151_625, "infra")],
        }
    }
}

fn account(id: u64, login: &str, name: &str) -> AccountSeed {
    AccountSeed { id, login: login.to_owned(), name: name.to_owned() }
}

fn app() -> AppSeed {
    let write = ["checks", "contents", "deployments", "issues", "pull_requests", "statuses"];
    let read = ["actions", "administration", "environments", "metadata"];
    let permissions = write
        .iter()
        .map(|name| ((*name).to_owned(), Level::Write))
        .chain(read.iter().map(|name| ((*name).to_owned(), Level::Read)))
        .collect();
    AppSeed {
        id: 424_242,
        client_id: "Iv23liPracticeRange0".to_owned(),
        slug: "bailiwick-practice".to_owned(),
        name: "Bailiwick practice".to_owned(),
        owner: "acme".to_owned(),
        permissions,
        installation: InstallationSeed { id: 777_001, account: "acme".to_owned(), repositories: None },
    }
}

fn collaborators() -> BTreeMap<String, Role> {
    [("ada", Role::Write), ("grace", Role::Write), ("linnea", Role::Admin), ("ci-bot", Role::Write)]
        .into_iter()
        .map(|(login, role)| (login.to_owned(), role))
        .collect()
}

fn protection() -> BTreeMap<String, Protection> {
    let check =
        |context: &str| RequiredCheck { context: context.to_owned(), reporter: Some("acme-ci".to_owned()) };
    let main = Protection {
        required_checks: vec![check("ci/test"), check("ci/lint")],
        approvals: 1,
        enforce_admins: true,
        ..Protection::default()
    };
    BTreeMap::from([("main".to_owned(), main)])
}

fn texts(files: &[(&str, &str)]) -> BTreeMap<String, String> {
    files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
}

fn plain(id: u64, name: &str) -> RepositorySeed {
    let readme = format!("# {name}\n\nPart of Acme.\n");
    RepositorySeed {
        id,
        owner: "acme".to_owned(),
        name: name.to_owned(),
        description: format!("Acme's {name}"),
        private: true,
        default_branch: "main".to_owned(),
        files: texts(&[("README.md", &readme)]),
        collaborators: collaborators(),
        environments: vec!["staging".to_owned(), "production".to_owned()],
        environment_rules: BTreeMap::new(),
        protection: protection(),
        branches: Vec::new(),
        pulls: Vec::new(),
        issues: Vec::new(),
    }
}

const CACHE: &str = "TTL_SECONDS = 300\n\n\ndef get(key, store):\n    return store.get(key)\n";
const CI: &str = "name: ci\non: [push, pull_request]\njobs:\n  test:\n    runs-on: ubuntu-latest\n    steps:\n      - run: make test\n";

fn backend() -> RepositorySeed {
    RepositorySeed {
        id: BACKEND,
        description: "The service behind everything at Acme".to_owned(),
        files: texts(&[
            ("README.md", "# backend\n\nThe service behind everything at Acme.\n"),
            ("Makefile", "test:\n\tpython -m pytest\n"),
            ("src/cache.py", CACHE),
            ("src/login.py", "TIMEOUT = 30\n\n\ndef login(user):\n    return bool(user)\n"),
            ("src/limits.py", "RATE = 100\n"),
            ("docs/api.md", "# API\n\nSee the code.\n"),
            (".github/workflows/ci.yml", CI),
        ]),
        branches: branches(),
        pulls: pulls(),
        issues: vec![IssueSeed {
            title: "Stale entries after a deploy".to_owned(),
            body: "After a deploy the cache answers with old values for five minutes.".to_owned(),
            author: "grace".to_owned(),
        }],
        ..plain(BACKEND, "backend")
    }
}

fn branch(name: &str, commits: &[(&str, &str, &str, &str)]) -> BranchSeed {
    let commits = commits
        .iter()
        .map(|(author, message, path, text)| CommitSeed {
            author: (*author).to_owned(),
            message: (*message).to_owned(),
            write: texts(&[(path, text)]),
            delete: Vec::new(),
            rename: BTreeMap::new(),
        })
        .collect();
    BranchSeed { name: name.to_owned(), from: None, commits }
}

fn branches() -> Vec<BranchSeed> {
    let invalidate = format!("{CACHE}\n\ndef invalidate(key, store):\n    store.pop(key, None)\n");
    let tested = "from src.cache import invalidate\n\n\ndef test_invalidate():\n    store = {'a': 1}\n    invalidate('a', store)\n    assert store == {}\n";
    let upgraded = CI.replace("ubuntu-latest", "ubuntu-24.04");
    vec![
        branch(
            "feat-123",
            &[
                ("ada", "Invalidate cache entries by key", "src/cache.py", &invalidate),
                ("ada", "Test cache invalidation", "tests/test_cache.py", tested),
            ],
        ),
        branch(
            "fix-login-timeout",
            &[(
                "ada",
                "Wait longer for slow logins",
                "src/login.py",
                "TIMEOUT = 300\n\n\ndef login(user):\n    return bool(user)\n",
            )],
        ),
        branch("ci-node-upgrade", &[("ada", "Pin the runner image", ".github/workflows/ci.yml", &upgraded)]),
        branch(
            "docs-api-limits",
            &[("ada", "Describe the limits", "docs/api.md", "# API\n\nA hundred requests a minute.\n")],
        ),
        branch(
            "feat-own-approval",
            &[
                ("ada", "Count requests", "src/count.py", "COUNT = 0\n"),
                (
                    "grace",
                    "Count them for real",
                    "src/count.py",
                    "COUNT = 0\n\n\ndef count():\n    return COUNT + 1\n",
                ),
            ],
        ),
        branch(
            "feat-stale-approval",
            &[
                ("ada", "Retry once", "src/retry.py", "TRIES = 2\n"),
                ("ada", "Retry for ever", "src/retry.py", "TRIES = 1_000_000\n"),
            ],
        ),
        branch("feat-conflict", &[("ada", "Raise the rate", "src/limits.py", "RATE = 500\n")]),
        branch("main", &[("grace", "Lower the rate", "src/limits.py", "RATE = 50\n")]),
    ]
}

fn pull(head: &str, title: &str, reviews: &[(&str, Verdict, usize)], test: &str) -> PullSeed {
    let check = |name: &str, conclusion: &str| CheckSeed {
        reporter: "acme-ci".to_owned(),
        name: name.to_owned(),
        conclusion: Some(conclusion.to_owned()),
    };
    PullSeed {
        title: title.to_owned(),
        body: format!("{title}."),
        head: head.to_owned(),
        base: None,
        author: "ada".to_owned(),
        draft: false,
        reviews: reviews
            .iter()
            .map(|(user, state, back)| ReviewSeed {
                user: (*user).to_owned(),
                state: *state,
                commits_back: *back,
                body: String::new(),
            })
            .collect(),
        checks: vec![check("ci/test", test), check("ci/lint", "success")],
        statuses: Vec::new(),
    }
}

fn pulls() -> Vec<PullSeed> {
    let approved = [("grace", Verdict::Approved, 0)];
    vec![
        pull("feat-123", "Cache invalidation", &approved, "success"),
        pull("fix-login-timeout", "Wait longer for slow logins", &approved, "failure"),
        pull("ci-node-upgrade", "Pin the runner image", &approved, "success"),
        pull("docs-api-limits", "Describe the limits", &[], "success"),
        pull("feat-own-approval", "Count requests", &approved, "success"),
        pull("feat-stale-approval", "Retry", &[("grace", Verdict::Approved, 1)], "success"),
        pull("feat-conflict", "Raise the rate", &approved, "success"),
    ]
}
