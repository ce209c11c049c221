//! Questions about one guard, put to a solver action by action.
//!
//! A guard is asked as the engine reads it: a policy that errs is as if it were not there. The broker is
//! stricter (an error denies), so what is proved here holds for the broker too.

use crate::claim::{as_the_broker_asks, main_moves_by_reviewed_merge};
use crate::example;
use crate::schema::{AGENT, Extended, PERSONS};
use bailiwick_protocol::ProofView;
use cedar_policy::{PolicyId, PolicySet, RequestEnv};
use cedar_policy_symcc::solver::LocalSolver;
use cedar_policy_symcc::{CedarSymCompiler, CompiledPolicySet, Env};
use std::collections::{BTreeMap, BTreeSet};
use tokio::process::Command;

/// How long the solver may take over one question, in milliseconds.
const LIMIT: &str = "--tlimit-per=30000";

/// Why a question could not be put.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failed {
    /// What was read is not what is asked about.
    #[error("{0}")]
    Input(String),
    /// There is no solver, or it went away.
    #[error("the solver `cvc5` cannot be used: {0}")]
    Solver(String),
    /// Standard input or output failed.
    #[error("{0}")]
    Io(#[from] std::io::Error),
}

/// What a solver said.
enum Answer {
    Proved,
    Refuted(Box<Env>),
    Unknown(String),
}

/// A guard with a solver at hand.
pub(crate) struct Prover {
    compiler: CedarSymCompiler<LocalSolver>,
    schema: Extended,
    guard: PolicySet,
    /// Under which name of the context an action's facts stand.
    facts: BTreeMap<String, String>,
}

impl Prover {
    pub(crate) fn start(
        guard: &str,
        schema: &str,
        facts: BTreeMap<String, String>,
    ) -> Result<Prover, Failed> {
        let program = std::env::var_os("CVC5").unwrap_or_else(|| "cvc5".into());
        let mut command = Command::new(program);
        command.args(["--lang", "smt", LIMIT]).kill_on_drop(true);
        let solver = LocalSolver::from_command(&mut command).map_err(|e| Failed::Solver(e.to_string()))?;
        let compiler = CedarSymCompiler::new(solver).map_err(|e| Failed::Solver(e.to_string()))?;
        Ok(Prover { compiler, schema: Extended::parse(schema)?, guard: set("guard", guard)?, facts })
    }

    /// Lets the solver go.
    pub(crate) async fn end(&mut self) {
        // It ends with us in any case.
        self.compiler.solver_mut().clean_up().await.ok();
    }

    /// An agent never approves, enrols, activates or connects.
    pub(crate) async fn never_for_agents(&mut self) -> Result<Vec<ProofView>, Failed> {
        let mut answers = Vec::new();
        for env in self.environments() {
            let action = name(&env);
            if !PERSONS.contains(&action.as_str()) {
                continue;
            }
            let answer = match self.compiled(&self.guard, &env) {
                Err(why) => Answer::Unknown(why),
                Ok(guard) => said(self.compiler.check_always_denies_with_counterexample_opt(&guard).await),
            };
            answers.push(view(&format!("no agent ever {}", ends(&action)), &action, answer));
        }
        Ok(answers)
    }

    /// Whatever moves `main` is a merge that somebody else reviewed.
    pub(crate) async fn only_a_reviewed_merge_moves_main(&mut self) -> Result<Vec<ProofView>, Failed> {
        let mut answers = Vec::new();
        for env in self.environments() {
            let action = name(&env);
            if PERSONS.contains(&action.as_str()) {
                continue;
            }
            let claim = set("claim", &main_moves_by_reviewed_merge(&action))?;
            let guard = self.as_asked(&self.guard, &action)?;
            let answer = self.implies(&guard, &claim, &env).await;
            answers.push(view("nothing but a reviewed merge moves `main`", &action, answer));
        }
        Ok(answers)
    }

    /// Whether the guard allows what `old` refused, and the other way round.
    pub(crate) async fn compared_with(&mut self, old: &str) -> Result<Vec<ProofView>, Failed> {
        let old = set("guard", old)?;
        let mut answers = Vec::new();
        for env in self.environments() {
            let action = name(&env);
            if PERSONS.contains(&action.as_str()) {
                continue;
            }
            for (claim, wide, narrow) in [
                ("the new guard allows nothing that the old one refused", &old, &self.guard.clone()),
                ("the new guard refuses nothing that the old one allowed", &self.guard.clone(), &old),
            ] {
                let narrow = self.as_asked(narrow, &action)?;
                let answer = self.implies(&narrow, wide, &env).await;
                answers.push(view(claim, &action, answer));
            }
        }
        Ok(answers)
    }

    /// Every request of an agent that the schema knows.
    fn environments(&self) -> Vec<RequestEnv> {
        let mut all: Vec<RequestEnv> =
            self.schema.cedar.request_envs().filter(|env| env.principal().to_string() == AGENT).collect();
        all.sort_by_key(|env| (env.action().to_string(), env.resource().to_string()));
        all
    }

    /// The set, for such requests only as the broker puts to it.
    fn as_asked(&self, set: &PolicySet, action: &str) -> Result<PolicySet, Failed> {
        let none = BTreeSet::new();
        let effects = self.schema.effects.get(action).unwrap_or(&none);
        let mut asked = set.clone();
        let never = as_the_broker_asks(action, effects, &self.facts);
        for policy in self::set("broker", &never)?.policies() {
            asked.add(policy.clone()).map_err(|error| Failed::Input(error.to_string()))?;
        }
        Ok(asked)
    }

    async fn implies(&mut self, narrow: &PolicySet, wide: &PolicySet, env: &RequestEnv) -> Answer {
        match (self.compiled(narrow, env), self.compiled(wide, env)) {
            (Ok(narrow), Ok(wide)) => {
                said(self.compiler.check_implies_with_counterexample_opt(&narrow, &wide).await)
            }
            (Err(why), _) | (_, Err(why)) => Answer::Unknown(why),
        }
    }

    fn compiled(&self, set: &PolicySet, env: &RequestEnv) -> Result<CompiledPolicySet, String> {
        CompiledPolicySet::compile(set, env, &self.schema.cedar).map_err(|error| error.to_string())
    }
}

fn said(answer: Result<Option<Env>, cedar_policy_symcc::err::Error>) -> Answer {
    match answer {
        Ok(None) => Answer::Proved,
        Ok(Some(env)) => Answer::Refuted(Box::new(env)),
        Err(error) => Answer::Unknown(error.to_string()),
    }
}

fn view(claim: &str, action: &str, answer: Answer) -> ProofView {
    let (answer, example) = match answer {
        Answer::Proved => ("proved", None),
        Answer::Refuted(env) => ("refuted", Some(example::request(&env))),
        Answer::Unknown(why) => ("unknown", Some(serde_json::json!({ "why": why }))),
    };
    ProofView { claim: claim.to_owned(), action: action.to_owned(), answer: answer.to_owned(), example }
}

fn name(env: &RequestEnv) -> String {
    env.action().id().unescaped().to_owned()
}

/// `approves`, `enrols`, `activates a policy`.
fn ends(action: &str) -> &'static str {
    match action {
        "approve" => "approves",
        "enrol" => "enrols a key",
        "activate" => "activates a policy",
        _ => "connects a destination",
    }
}

/// A set whose ids are its own, so that two can be asked about together.
fn set(prefix: &str, text: &str) -> Result<PolicySet, Failed> {
    let failed = |why: String| Failed::Input(format!("the {prefix} set cannot be read: {why}"));
    let parsed: PolicySet =
        text.parse().map_err(|error: cedar_policy::ParseErrors| failed(error.to_string()))?;
    let mut set = PolicySet::new();
    for policy in parsed.policies() {
        let id = PolicyId::new(format!("{prefix} {}", policy.id()));
        set.add(policy.new_id(id)).map_err(|error| failed(error.to_string()))?;
    }
    Ok(set)
}
