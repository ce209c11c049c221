//! One repository on disk: reads are cached by object name, writes go one at a time.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;

use super::{Commit, Comparison, Git, GitError, Method, Person, Sha, Trial, commit, compare, line, merge};

/// A name in a tree.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) mode: String,
    /// `blob`, `tree` or `commit` (a submodule).
    pub(crate) kind: String,
    pub(crate) sha: Sha,
    pub(crate) size: u64,
    pub(crate) path: String,
}

/// A bare repository. Object names never change their meaning, so everything read by them is kept.
pub(crate) struct Store {
    git: Git,
    dir: PathBuf,
    /// Held by whoever moves a ref. Reading needs no lock.
    pub(crate) writing: tokio::sync::Mutex<()>,
    commits: Mutex<HashMap<Sha, Arc<Commit>>>,
    comparisons: Once<Option<Arc<Comparison>>>,
    trials: Once<Arc<Trial>>,
}

/// What is worked out once for a base and a head, however many ask for it at the same time.
type Once<T> = Mutex<HashMap<(Sha, Sha), Arc<tokio::sync::OnceCell<T>>>>;

/// The place of the answer about these two; empty until the first who asks has it.
fn cell<T>(all: &Once<T>, base: &Sha, head: &Sha) -> Arc<tokio::sync::OnceCell<T>> {
    Arc::clone(all.lock().entry((base.clone(), head.clone())).or_default())
}

impl Store {
    /// Makes an empty bare repository in `dir`.
    pub(crate) async fn create(git: Git, dir: PathBuf, default_branch: &str) -> Result<Self, GitError> {
        tokio::fs::create_dir_all(&dir).await?;
        git.run(
            &dir,
            &["init", "--quiet", "--bare", "--template=", "--initial-branch", default_branch],
            None,
        )
        .await?;
        let config = [
            "[http]\n\treceivepack = true\n\tuploadpack = true\n",
            "[receive]\n\thideRefs = refs/pull\n\tadvertisePushOptions = false\n\tfsckObjects = true\n",
            "[uploadpack]\n\tallowReachableSHA1InWant = true\n\tallowFilter = true\n",
        ];
        let path = dir.join("config");
        let mut text = tokio::fs::read_to_string(&path).await?;
        text.push_str(&config.concat());
        tokio::fs::write(&path, text).await?;
        Ok(Self {
            git,
            dir,
            writing: tokio::sync::Mutex::default(),
            commits: Mutex::default(),
            comparisons: Mutex::default(),
            trials: Mutex::default(),
        })
    }

    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    pub(crate) fn git(&self) -> &Git {
        &self.git
    }

    async fn run(&self, args: &[&str]) -> Result<Vec<u8>, GitError> {
        self.git.run(&self.dir, args, None).await
    }

    /// Every branch and tag, by its full name.
    pub(crate) async fn refs(&self) -> Result<BTreeMap<String, Sha>, GitError> {
        let out = self
            .run(&["for-each-ref", "--format=%(refname) %(objectname)", "refs/heads", "refs/tags"])
            .await?;
        let text = String::from_utf8_lossy(&out);
        text.lines()
            .map(|row| {
                let (name, sha) = row.split_once(' ').ok_or(GitError::Unreadable("for-each-ref"))?;
                Ok((name.to_owned(), Sha::parse(sha).ok_or(GitError::Unreadable("for-each-ref"))?))
            })
            .collect()
    }

    /// Feeds a finished batch to fast-import. The caller holds `writing`.
    pub(crate) async fn import(&self, stream: &[u8]) -> Result<(), GitError> {
        self.git
            .run(&self.dir, &["fast-import", "--quiet", "--done", "--force"], Some(stream))
            .await
            .map(drop)
    }

    /// Points refs at commits; with an old value only if they still are there. The caller holds `writing`.
    pub(crate) async fn update_refs(&self, moves: &[(String, Sha, Option<Sha>)]) -> Result<(), GitError> {
        let mut script = String::new();
        for (name, new, old) in moves {
            let old = old.as_ref().map(|sha| format!(" {sha}")).unwrap_or_default();
            script.push_str(&format!("update {name} {new}{old}\n"));
        }
        self.git.run(&self.dir, &["update-ref", "--stdin"], Some(script.as_bytes())).await.map(drop)
    }

    /// Removes a ref. The caller holds `writing`.
    pub(crate) async fn delete_ref(&self, name: &str) -> Result<(), GitError> {
        let script = format!("delete {name}\n");
        self.git.run(&self.dir, &["update-ref", "--stdin"], Some(script.as_bytes())).await.map(drop)
    }

    /// The object that a name of forty digits means, if it is a commit here.
    pub(crate) async fn commit(&self, sha: &Sha) -> Result<Option<Arc<Commit>>, GitError> {
        if let Some(known) = self.commits.lock().get(sha) {
            return Ok(Some(Arc::clone(known)));
        }
        let name = format!("{sha}^{{commit}}");
        let ran =
            self.git.try_run(&self.dir, &["log", "-z", "-1", commit::FORMAT, &name, "--"], None).await?;
        if ran.code != Some(0) {
            return Ok(None);
        }
        let mut found = self.keep(commit::parse(&ran.stdout)?);
        Ok(found.pop())
    }

    /// The commit whose name begins with these digits.
    pub(crate) async fn expand(&self, prefix: &str) -> Result<Option<Sha>, GitError> {
        let hex = (4..=40).contains(&prefix.len()) && prefix.bytes().all(|b| b.is_ascii_hexdigit());
        if !hex {
            return Ok(None);
        }
        let name = format!("{}^{{commit}}", prefix.to_ascii_lowercase());
        let ran = self.git.try_run(&self.dir, &["rev-parse", "--verify", "--quiet", &name], None).await?;
        Ok(Sha::parse(&line(&ran.stdout)).filter(|_| ran.code == Some(0)))
    }

    fn keep(&self, commits: Vec<Commit>) -> Vec<Arc<Commit>> {
        let mut known = self.commits.lock();
        commits
            .into_iter()
            .map(|one| {
                let one = Arc::new(one);
                known.insert(one.sha.clone(), Arc::clone(&one));
                one
            })
            .collect()
    }

    /// The commits with these names, in this order.
    pub(crate) async fn commits(&self, shas: &[Sha]) -> Result<Vec<Arc<Commit>>, GitError> {
        let mut all = Vec::with_capacity(shas.len());
        for sha in shas {
            all.extend(self.commit(sha).await?);
        }
        Ok(all)
    }

    /// The three-dot comparison, none when the two have no ancestor in common.
    pub(crate) async fn compare(&self, base: &Sha, head: &Sha) -> Result<Option<Arc<Comparison>>, GitError> {
        let cell = cell(&self.comparisons, base, head);
        let found = cell.get_or_try_init(|| async {
            Ok::<_, GitError>(self.compare_now(base, head).await?.map(Arc::new))
        });
        Ok(found.await?.clone())
    }

    async fn compare_now(&self, base: &Sha, head: &Sha) -> Result<Option<Comparison>, GitError> {
        let ran = self.git.try_run(&self.dir, &["merge-base", base.as_str(), head.as_str()], None).await?;
        let Some(merge_base) = Sha::parse(&line(&ran.stdout)).filter(|_| ran.code == Some(0)) else {
            return Ok(None);
        };
        let (only_head, only_base) = (format!("{base}..{head}"), format!("{head}..{base}"));
        let log = ["log", "-z", "--reverse", "--topo-order", commit::FORMAT, &only_head, "--"];
        let count = ["rev-list", "--count", &only_base, "--"];
        let (from, to) = (merge_base.as_str(), head.as_str());
        let diff = ["diff", "--no-ext-diff", "--no-textconv", "-M", "-l4000"];
        let summary = [&diff[..], &["--raw", "--numstat", "--no-abbrev", "-z", from, to, "--"]].concat();
        let patch = [&diff[..], &["--no-color", from, to, "--"]].concat();
        let (log, count, summary, patch) =
            tokio::try_join!(self.run(&log), self.run(&count), self.run(&summary), self.run(&patch))?;
        let ahead = self.keep(commit::parse(&log)?).iter().map(|c| c.sha.clone()).collect();
        let behind = line(&count).parse().map_err(|_| GitError::Unreadable("rev-list"))?;
        Ok(Some(Comparison { merge_base, ahead, behind, files: compare::files(&summary, &patch)? }))
    }

    /// What merging `head` into `base` would give.
    pub(crate) async fn trial(&self, base: &Sha, head: &Sha) -> Result<Arc<Trial>, GitError> {
        let cell = cell(&self.trials, base, head);
        let trial = cell.get_or_try_init(|| async { self.trial_now(base, head).await.map(Arc::new) });
        Ok(Arc::clone(trial.await?))
    }

    async fn trial_now(&self, base: &Sha, head: &Sha) -> Result<Trial, GitError> {
        Ok(match merge::tree(&self.git, &self.dir, None, base, head).await? {
            None => Trial::Conflict,
            Some(tree) => {
                let at = self.commit(head).await?.ok_or(GitError::Unreadable("log"))?.committer.at;
                let who = Person { at, ..machine(at) };
                let message = format!("Merge {head} into {base}");
                let commit =
                    merge::commit(&self.git, &self.dir, &tree, &[base, head], (&who, &who), &message).await?;
                Trial::Clean { tree, commit }
            }
        })
    }

    /// Writes the commit that merging `head` into `base` gives, none on a conflict. No ref is moved.
    pub(crate) async fn merge(
        &self,
        method: Method,
        (base, head): (&Sha, &Sha),
        author: &Person,
        message: &str,
    ) -> Result<Option<Sha>, GitError> {
        let committer = machine(author.at);
        let people = (author, &committer);
        if method == Method::Rebase {
            let Some(comparison) = self.compare(base, head).await? else { return Ok(None) };
            let commits: Vec<Commit> =
                self.commits(&comparison.ahead).await?.iter().map(|c| Commit::clone(c)).collect();
            return merge::replay(&self.git, &self.dir, base, &commits, &committer).await;
        }
        let Trial::Clean { tree, .. } = &*self.trial(base, head).await? else { return Ok(None) };
        let parents: &[&Sha] = if method == Method::Squash { &[base] } else { &[base, head] };
        merge::commit(&self.git, &self.dir, tree, parents, people, message).await.map(Some)
    }

    /// The entry at `path` in the tree of `commit`, and for a folder what it holds.
    pub(crate) async fn entries(&self, commit: &Sha, path: &str) -> Result<Vec<Entry>, GitError> {
        let args = ["ls-tree", "-z", "-l", "--full-tree", commit.as_str(), "--", path];
        let args = if path.is_empty() { &args[..5] } else { &args[..] };
        let out = self.run(args).await?;
        let text = String::from_utf8_lossy(&out);
        text.split('\0')
            .filter(|row| !row.is_empty())
            .map(|row| entry(row).ok_or(GitError::Unreadable("ls-tree")))
            .collect()
    }

    /// The unified diff between two commits.
    pub(crate) async fn diff(&self, from: &Sha, to: &Sha) -> Result<Vec<u8>, GitError> {
        self.run(&[
            "diff",
            "--no-ext-diff",
            "--no-textconv",
            "--no-color",
            "-M",
            from.as_str(),
            to.as_str(),
            "--",
        ])
        .await
    }

    /// The bytes of a blob.
    pub(crate) async fn blob(&self, sha: &Sha) -> Result<Vec<u8>, GitError> {
        self.run(&["cat-file", "blob", sha.as_str()]).await
    }

    /// Whether `ancestor` is `descendant` or lies behind it.
    pub(crate) async fn contains(&self, descendant: &Sha, ancestor: &Sha) -> Result<bool, GitError> {
        let args = ["merge-base", "--is-ancestor", ancestor.as_str(), descendant.as_str()];
        Ok(self.git.try_run(&self.dir, &args, None).await?.code == Some(0))
    }
}

/// `100644 blob <sha>     123 TAB path`
fn entry(row: &str) -> Option<Entry> {
    let (head, path) = row.split_once('\t')?;
    let mut head = head.split_whitespace();
    Some(Entry {
        mode: head.next()?.to_owned(),
        kind: head.next()?.to_owned(),
        sha: Sha::parse(head.next()?)?,
        size: head.next()?.parse().unwrap_or(0),
        path: path.to_owned(),
    })
}

/// Who commits a merge made on the website: GitHub itself.
fn machine(at: jiff::Timestamp) -> Person {
    Person { name: "GitHub".to_owned(), email: "noreply@github.com".to_owned(), at }
}
