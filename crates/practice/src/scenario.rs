//! A world that keeps moving: fresh pull requests with conditions that are met or not, on demand.

use crate::control::{Control, ControlError};
use crate::git::{NewCommit, Sha};
use crate::seed::Verdict;

/// What a fresh pull request is to be like. [`Conditions::met`] is one that may be merged; each other
/// constructor breaks one thing.
#[derive(Clone, Debug)]
pub struct Conditions {
    title: String,
    author: String,
    base: String,
    changes: NewCommit,
    approver: Option<String>,
    approve_first: bool,
    head_author: Option<String>,
    checks: Vec<(String, String, Option<String>)>,
    conflict: bool,
    draft: bool,
}

/// A pull request that was made on demand.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Prepared {
    /// Its number.
    pub number: u64,
    /// Its branch.
    pub branch: String,
    /// The tip of that branch.
    pub head: Sha,
    /// The branch that it goes into.
    pub base: String,
}

impl Conditions {
    /// By `ada` into `main`, `ci/test` and `ci/lint` succeeded at `acme-ci`, `grace` approved the head.
    #[must_use]
    pub fn met() -> Self {
        let check = |name: &str| ("acme-ci".to_owned(), name.to_owned(), Some("success".to_owned()));
        Self {
            title: "Another step".to_owned(),
            author: "ada".to_owned(),
            base: "main".to_owned(),
            changes: NewCommit::default(),
            approver: Some("grace".to_owned()),
            approve_first: false,
            head_author: None,
            checks: vec![check("ci/test"), check("ci/lint")],
            conflict: false,
            draft: false,
        }
    }

    /// The title.
    #[must_use]
    pub fn titled(mut self, title: &str) -> Self {
        title.clone_into(&mut self.title);
        self
    }

    /// The branch that it goes into.
    #[must_use]
    pub fn into(mut self, base: &str) -> Self {
        base.clone_into(&mut self.base);
        self
    }

    /// Who opens it.
    #[must_use]
    pub fn opened_by(mut self, login: &str) -> Self {
        login.clone_into(&mut self.author);
        self
    }

    /// Writes this file, besides the one that every fresh pull request writes.
    #[must_use]
    pub fn changing(mut self, path: &str, text: &str) -> Self {
        self.changes = self.changes.write(path, text);
        self
    }

    /// This check of `acme-ci` ends with `conclusion`; none leaves it running.
    #[must_use]
    pub fn with_check(mut self, name: &str, conclusion: Option<&str>) -> Self {
        self.checks.retain(|(_, other, _)| other != name);
        self.checks.push(("acme-ci".to_owned(), name.to_owned(), conclusion.map(str::to_owned)));
        self
    }

    /// `ci/test` fails.
    #[must_use]
    pub fn failing() -> Self {
        Self::met().with_check("ci/test", Some("failure"))
    }

    /// No check has reported.
    #[must_use]
    pub fn without_checks() -> Self {
        Self { checks: Vec::new(), ..Self::met() }
    }

    /// A required check has the right name and the wrong reporter.
    #[must_use]
    pub fn checked_by_another(reporter: &str) -> Self {
        let mut conditions = Self::met();
        for (app, _, _) in &mut conditions.checks {
            reporter.clone_into(app);
        }
        conditions
    }

    /// Nobody has approved it.
    #[must_use]
    pub fn without_review() -> Self {
        Self { approver: None, ..Self::met() }
    }

    /// This person approved it.
    #[must_use]
    pub fn approved_by(mut self, login: &str) -> Self {
        self.approver = Some(login.to_owned());
        self
    }

    /// Approved, and then another commit was pushed.
    #[must_use]
    pub fn stale_approval() -> Self {
        Self { approve_first: true, ..Self::met() }
    }

    /// The head commit is by the only one who approved it.
    #[must_use]
    pub fn own_approval() -> Self {
        Self { head_author: Some("grace".to_owned()), ..Self::met() }
    }

    /// It touches `.github/workflows/ci.yml`.
    #[must_use]
    pub fn protected_path() -> Self {
        Self::met().changing(".github/workflows/ci.yml", "name: ci\non: push\njobs: {}\n")
    }

    /// It does not merge.
    #[must_use]
    pub fn conflicting() -> Self {
        Self { conflict: true, ..Self::met() }
    }

    /// It is a draft.
    #[must_use]
    pub fn draft() -> Self {
        Self { draft: true, ..Self::met() }
    }
}

impl Control {
    /// Opens a fresh pull request from a new branch called `branch`, like `conditions`.
    ///
    /// # Errors
    /// No such repository, person, reporter or base.
    pub async fn prepare_pull(
        &self,
        repository: &str,
        branch: &str,
        conditions: Conditions,
    ) -> Result<Prepared, ControlError> {
        let own = format!("changes/{branch}.md");
        let Conditions {
            title,
            author,
            base,
            changes,
            approver,
            approve_first,
            head_author,
            checks,
            conflict,
            draft,
        } = conditions;
        let start = self.tip(repository, &base)?;
        self.force_branch(repository, branch, &start).await?;
        let first = NewCommit { author: author.clone(), message: title.clone(), ..changes };
        let mut head = self.commit(repository, branch, first.write(&own, format!("# {title}\n"))).await?;
        let number = self.open_pull(repository, &author, (branch, &base), &title)?;
        if let Some(approver) = approver.as_deref().filter(|_| approve_first) {
            self.review(repository, number, approver, Verdict::Approved)?;
        }
        if approve_first || head_author.is_some() {
            let by = head_author.as_deref().unwrap_or(&author);
            let more =
                NewCommit::by(by).message("One more thing").write(&own, format!("# {title}\n\nAnd more.\n"));
            head = self.commit(repository, branch, more).await?;
        }
        if conflict {
            let other = NewCommit::by(&author).message("The same place").write(&own, "# Something else\n");
            self.commit(repository, &base, other).await?;
        }
        for (reporter, name, conclusion) in &checks {
            self.check(repository, &head, reporter, (name, conclusion.as_deref()))?;
        }
        if let Some(approver) = approver.as_deref().filter(|_| !approve_first) {
            self.review(repository, number, approver, Verdict::Approved)?;
        }
        self.set_draft(repository, number, draft)?;
        Ok(Prepared { number, branch: branch.to_owned(), head, base })
    }
}
