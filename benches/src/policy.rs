//! A policy decision: with so many policies that are each about one repository, beside the stock engine; and
//! with the shipped set, alone and among many that are about something else.
//!
//! Ours is the whole decision, from the question to the answer in words; stock Cedar gets a request that was
//! built before.

use crate::Failed;
use crate::policy_texts::{scoped, shipped};
use crate::receipt::merge_table;
use crate::rounds::{Contestant, Series, rounds};
use crate::row::{Against, Goal, Line, time};
use bailiwick_authority::{
    ActionId, Argument, Arguments, Assurance, Digest, KeyId, Name, Resource, Role, Text, Timestamp, Value,
};
use bailiwick_broker::Effect;
use bailiwick_broker::policy::{Policy, PolicyOutcome, Question};
use bailiwick_protocol::PolicyTexts;
use cedar_policy::{Authorizer, Context, Entities, EntityUid, PolicySet, Request};
use std::hint::black_box;

/// Tuesday, 24 November 2026, 10:00 UTC: within the shipped calendar.
const OPEN: u64 = 1_795_514_400;

const ROUNDS: usize = 21;

/// The rows of this file.
pub(crate) fn lines() -> Result<Vec<Line>, Failed> {
    let mut lines = scoped_lines()?;
    let asked = Asked::merge()?;
    let (alone, many) = (judge(0)?, judge(10_000)?);
    let [alone, many, building] =
        rounds(ROUNDS, [asked.decided_by(&alone), asked.decided_by(&many), asked.built_for(&alone)])?;
    lines.push(line(
        "policy decision, shipped set among 10,000",
        &many,
        Against::Ours(format!("alone {}", time(alone.median()))),
        many.over(&alone),
        Goal::AtMost(1.25),
    ));
    lines.push(line(
        "building its request",
        &building,
        Against::Ours(format!("the whole decision {}", time(alone.median()))),
        building.over(&alone),
        Goal::AtMost(0.5),
    ));
    Ok(lines)
}

/// So many policies that are each about one repository; one of them permits what is asked.
fn scoped_lines() -> Result<Vec<Line>, Failed> {
    let asked = Asked::comment()?;
    let only = |count: u32| load(PolicyTexts { guard: scoped(count), ask: String::new(), ..shipped() });
    let ours = [only(10)?, only(100)?, only(1_000)?, only(10_000)?];
    let stock = [Stock::of(10)?, Stock::of(100)?, Stock::of(1_000)?, Stock::of(10_000)?];
    let [ours, stock] = [
        rounds(ROUNDS, ours.each_ref().map(|policy| asked.decided_by(policy)))?,
        rounds(ROUNDS, stock.each_ref().map(Stock::contestant))?,
    ];
    let mut lines = Vec::new();
    for ((count, own), peer) in ["10", "100", "1,000", "10,000"].iter().zip(&ours).zip(&stock) {
        let path = format!("policy decision, {count} scoped policies");
        let against = Against::Peer(format!("stock Cedar {}", time(peer.median())));
        let goal = if *count == "10,000" { Goal::AtLeast(1_500.0) } else { Goal::None };
        lines.push(line(&path, own, against, peer.over(own), goal));
    }
    let [few, .., many] = &ours;
    lines.push(line(
        "policy decision, 10,000 scoped policies",
        many,
        Against::Ours(format!("10 of them {}", time(few.median()))),
        many.over(few),
        Goal::AtMost(1.25),
    ));
    Ok(lines)
}

fn line(path: &str, ours: &Series, against: Against, ratio: f64, goal: Goal) -> Line {
    Line { path: path.to_owned(), ours: time(ours.median()), against, ratio, goal, later: None }
}

fn judge(more: u32) -> Result<Policy, Failed> {
    load(PolicyTexts { guard: shipped().guard + &scoped(more), ..shipped() })
}

fn load(texts: PolicyTexts) -> Result<Policy, Failed> {
    Policy::load(&texts).map_err(|problems| {
        problems.first().map_or_else(|| "it does not load".to_owned(), ToString::to_string).into()
    })
}

/// A question that the policy allows.
struct Asked {
    agent: KeyId,
    path: Vec<Text>,
    person: Name,
    action: ActionId,
    effects: Vec<Effect>,
    connection: Name,
    resource: Resource,
    arguments: Arguments,
    facts: Option<Value>,
    now: Timestamp,
}

impl Asked {
    /// A merge that the shipped guard allows, from the shipped policy's own tests.
    fn merge() -> Result<Asked, Failed> {
        let facts = merge_table()?.get("facts").cloned().ok_or("facts")?;
        Ok(Asked {
            agent: Digest::of(b"an agent").to_string().parse()?,
            path: vec!["ci-bot".parse()?],
            person: "ada".parse()?,
            action: "pulls/merge".parse()?,
            effects: vec![Effect::MovesRef("refs/heads/main".to_owned()), Effect::RunsCode],
            connection: "github".parse()?,
            resource: Resource { id: "repository:1296269".parse()?, name: "acme/backend".parse()? },
            arguments: [("branch", "feat-123"), ("target", "main")]
                .map(|(name, value)| (name.to_owned(), Argument::Str(value.to_owned())))
                .into(),
            facts: Some(facts),
            now: Timestamp::from_seconds(OPEN).ok_or("a time")?,
        })
    }

    /// A comment in a repository that one of the scoped policies is about.
    fn comment() -> Result<Asked, Failed> {
        Ok(Asked {
            action: "issues/create-comment".parse()?,
            effects: vec![Effect::Publishes],
            resource: Resource { id: "repository:5".parse()?, name: "acme/backend".parse()? },
            arguments: [
                ("issue".to_owned(), Argument::Int(7)),
                ("body".to_owned(), Argument::Str("done".to_owned())),
            ]
            .into(),
            facts: None,
            ..Asked::merge()?
        })
    }

    fn question(&self) -> Question<'_> {
        Question {
            agent: self.agent,
            path: &self.path,
            person: &self.person,
            roles: &[Role::Steward],
            assurance: Assurance::Keychain,
            capability: Digest::of(b"a capability"),
            expires: self.now.plus(3_600),
            action: &self.action,
            effects: &self.effects,
            connection: &self.connection,
            resource: &self.resource,
            arguments: &self.arguments,
            facts: self.facts.as_ref(),
            now: self.now,
        }
    }

    /// Judged; anything but allow would be another path than the one meant here.
    fn decided_by<'a>(&'a self, policy: &'a Policy) -> Contestant<'a> {
        let question = self.question();
        Contestant::repeated("ours", move || {
            let decision = policy.decide(black_box(&question));
            if decision.outcome == PolicyOutcome::Allow {
                return Ok(());
            }
            Err(format!("the policy does not allow what it permits: {:?}", decision.refusals).into())
        })
    }

    /// The request alone, and whether it fits.
    fn built_for<'a>(&'a self, policy: &'a Policy) -> Contestant<'a> {
        let question = self.question();
        Contestant::repeated("the request", move || {
            let objections = policy.objections(black_box(&question));
            if objections.is_empty() { Ok(()) } else { Err(objections.join("; ").into()) }
        })
    }
}

/// Stock Cedar with the scoped policies alone, and a request that was built before.
struct Stock {
    policies: PolicySet,
    request: Request,
    entities: Entities,
}

impl Stock {
    fn of(count: u32) -> Result<Stock, Failed> {
        let uid = |text: &str| text.parse::<EntityUid>().map_err(Box::new);
        let request = Request::new(
            uid("Agent::\"somebody\"")?,
            uid("Action::\"issues/create-comment\"")?,
            uid("Repository::\"github/5\"")?,
            Context::empty(),
            None,
        )?;
        Ok(Stock { policies: scoped(count).parse()?, request, entities: Entities::empty() })
    }

    fn contestant(&self) -> Contestant<'_> {
        let authorizer = Authorizer::new();
        Contestant::repeated("stock Cedar", move || {
            let response = authorizer.is_authorized(black_box(&self.request), &self.policies, &self.entities);
            black_box(response);
            Ok(())
        })
    }
}
