//! The small records of a repository: issues, comments, checks, statuses, deployments.

use jiff::Timestamp;
use serde_json::Value;

use crate::git::Sha;

/// An issue that is not a pull request.
#[derive(Clone, Debug)]
pub(crate) struct Issue {
    pub(crate) id: u64,
    pub(crate) number: u64,
    pub(crate) title: String,
    pub(crate) body: Option<String>,
    pub(crate) author: u64,
    pub(crate) created: Timestamp,
}

/// A comment on an issue or a pull request.
#[derive(Clone, Debug)]
pub(crate) struct Comment {
    pub(crate) id: u64,
    pub(crate) number: u64,
    pub(crate) author: u64,
    pub(crate) body: String,
    pub(crate) created: Timestamp,
    /// The App that wrote it, if one did.
    pub(crate) app: Option<u64>,
}

/// A check run.
#[derive(Clone, Debug)]
pub(crate) struct CheckRun {
    pub(crate) id: u64,
    pub(crate) suite: u64,
    pub(crate) app: u64,
    pub(crate) name: String,
    pub(crate) sha: Sha,
    pub(crate) status: String,
    pub(crate) conclusion: Option<String>,
    pub(crate) started: Option<Timestamp>,
    pub(crate) completed: Option<Timestamp>,
    pub(crate) external_id: String,
    pub(crate) details_url: Option<String>,
    pub(crate) title: Option<String>,
    pub(crate) summary: Option<String>,
    pub(crate) text: Option<String>,
}

/// A commit status.
#[derive(Clone, Debug)]
pub(crate) struct Status {
    pub(crate) id: u64,
    pub(crate) sha: Sha,
    pub(crate) context: String,
    pub(crate) state: String,
    pub(crate) description: Option<String>,
    pub(crate) target_url: Option<String>,
    pub(crate) creator: u64,
    pub(crate) created: Timestamp,
}

/// A deployment.
#[derive(Clone, Debug)]
pub(crate) struct Deployment {
    pub(crate) id: u64,
    pub(crate) sha: Sha,
    pub(crate) reference: String,
    pub(crate) task: String,
    pub(crate) payload: Value,
    pub(crate) environment: String,
    pub(crate) description: Option<String>,
    pub(crate) creator: u64,
    pub(crate) app: Option<u64>,
    pub(crate) transient: bool,
    pub(crate) production: bool,
    pub(crate) created: Timestamp,
    pub(crate) updated: Timestamp,
    pub(crate) statuses: Vec<DeploymentStatus>,
}

/// How a deployment is going.
#[derive(Clone, Debug)]
pub(crate) struct DeploymentStatus {
    pub(crate) id: u64,
    pub(crate) state: String,
    pub(crate) description: String,
    pub(crate) environment: String,
    pub(crate) environment_url: Option<String>,
    pub(crate) log_url: Option<String>,
    pub(crate) creator: u64,
    pub(crate) app: Option<u64>,
    pub(crate) created: Timestamp,
}

impl CheckRun {
    /// A run as an App reports it: finished with a conclusion, or still running without one.
    pub(crate) fn reported(
        id: u64,
        app: u64,
        sha: &Sha,
        (name, conclusion): (&str, Option<&str>),
        at: Timestamp,
    ) -> Self {
        Self {
            id,
            suite: suite(app, sha),
            app,
            name: name.to_owned(),
            sha: sha.clone(),
            status: if conclusion.is_some() { "completed" } else { "in_progress" }.to_owned(),
            conclusion: conclusion.map(str::to_owned),
            started: Some(at),
            completed: conclusion.map(|_| at),
            external_id: String::new(),
            details_url: None,
            title: None,
            summary: None,
            text: None,
        }
    }
}

/// All runs of an App on a commit are one suite: its number follows from both.
pub(crate) fn suite(app: u64, sha: &Sha) -> u64 {
    let digits = sha.as_str().bytes().take(10).fold(0_u64, |sum, byte| sum * 31 + u64::from(byte));
    4_000_000_000 + (digits.wrapping_add(app.wrapping_mul(2_654_435_761))) % 900_000_000_000
}
