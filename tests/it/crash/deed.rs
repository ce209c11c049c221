//! What agents ask for between the kills, and what the destination says became of it.

use crate::stage::{BACKEND, Holder, Stage, comment_arguments, merge_arguments, word};
use bailiwick_practice::Control;
use bailiwick_protocol::{Ask, OperationView};

/// What was asked for, in such a way that the destination can be asked how often it happened.
#[derive(Clone, Debug)]
pub(super) enum Wish {
    Merge { pull: u64 },
    Comment { body: String },
    Deploy { sha: String },
}

/// One request, kept so that it can be sent again.
#[derive(Debug)]
pub(super) struct Deed {
    pub(super) wish: Wish,
    pub(super) ask: Ask,
    /// The receipt that the agent was told of before a kill, if it was.
    pub(super) told: Option<(String, String)>,
    /// The answer after the kill.
    pub(super) view: Option<OperationView>,
}

impl Deed {
    /// Three requests about a branch of their own.
    pub(super) async fn three(stage: &Stage, holder: &Holder, name: &str) -> Vec<Deed> {
        let pull = stage.prepare(name).await;
        let sha = stage.control().tip(BACKEND, name).unwrap().as_str().to_owned();
        let body = format!("about {name}");
        let deploy = [("ref", word(name)), ("environment", word("staging"))];
        let wishes = [
            (Wish::Merge { pull }, stage.ask(holder, "pulls/merge", &merge_arguments(name)).await),
            (
                Wish::Comment { body: body.clone() },
                stage.ask(holder, "issues/create-comment", &comment_arguments(&body)).await,
            ),
            (Wish::Deploy { sha }, stage.ask(holder, "repos/create-deployment", &deploy).await),
        ];
        wishes.into_iter().map(|(wish, ask)| Deed { wish, ask, told: None, view: None }).collect()
    }

    /// How often it happened, as the destination has it.
    pub(super) fn happened(&self, control: &Control) -> usize {
        match &self.wish {
            Wish::Merge { pull } => usize::from(control.pull(BACKEND, *pull).unwrap().merged_as.is_some()),
            Wish::Comment { body } => {
                control.comments(BACKEND, 8).unwrap().iter().filter(|comment| comment.body == *body).count()
            }
            Wish::Deploy { sha } => {
                control.deployments(BACKEND).unwrap().iter().filter(|one| one.sha.as_str() == sha).count()
            }
        }
    }
}
