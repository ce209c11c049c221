//! A policy decision with the shipped set, alone and among many policies that are about something else.
//!
//! Slices by scope are the work of the issue about policies; until then ours is the stock engine with a
//! request built in front of it, and these lines say how far away the goal is.

use crate::Failed;
use crate::policy_texts::{scoped, shipped};
use crate::receipt::merge_table;
use crate::rounds::{Contestant, Series, rounds};
use crate::row::{Against, Goal, Line, time};
use bailiwick_authority::{
    Argument, Arguments, Assurance, Digest, KeyId, Name, Resource, Role, Text, Timestamp, Value,
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
    let asked = Asked::merge()?;
    let (few, many) = (judge(10)?, judge(10_000)?);
    let shipped = judge(0)?;
    let (stock_few, stock_many) = (Stock::of(10)?, Stock::of(10_000)?);
    let [alone, at_few, at_many, peer_few, peer_many] = rounds(
        ROUNDS,
        [
            asked.decided_by(&shipped),
            asked.decided_by(&few),
            asked.decided_by(&many),
            stock_few.contestant(),
            stock_many.contestant(),
        ],
    )?;
    let line = |path: &str, ours: &Series, against, ratio, goal, later| Line {
        path: path.to_owned(),
        ours: time(ours.median()),
        against,
        ratio,
        goal,
        later,
    };
    let stock =
        |series: &Series| Against::Peer(format!("stock Cedar, scoped ones only {}", time(series.median())));
    let later = Some("due with the issue about policies");
    Ok(vec![
        line(
            "policy decision, shipped set",
            &alone,
            stock(&peer_few),
            alone.over(&peer_few),
            Goal::None,
            None,
        ),
        line(
            "the same among 10,000 scoped policies",
            &at_many,
            Against::Ours(format!("among 10 {}", time(at_few.median()))),
            at_many.over(&at_few),
            Goal::AtMost(1.25),
            later,
        ),
        line(
            "the same among 10,000 scoped policies",
            &at_many,
            stock(&peer_many),
            peer_many.over(&at_many),
            Goal::AtLeast(1_500.0),
            later,
        ),
    ])
}

fn judge(more: u32) -> Result<Policy, Failed> {
    let texts = PolicyTexts { guard: shipped().guard + &scoped(more), ..shipped() };
    Policy::load(&texts).map_err(|problems| {
        problems.first().map_or_else(|| "it does not load".to_owned(), ToString::to_string).into()
    })
}

/// A merge that the shipped guard allows, from the shipped policy's own tests.
struct Asked {
    agent: KeyId,
    path: Vec<Text>,
    person: Name,
    effects: Vec<Effect>,
    connection: Name,
    resource: Resource,
    arguments: Arguments,
    facts: Value,
    now: Timestamp,
}

impl Asked {
    fn merge() -> Result<Asked, Failed> {
        let facts = merge_table()?.get("facts").cloned().ok_or("facts")?;
        Ok(Asked {
            agent: Digest::of(b"an agent").to_string().parse()?,
            path: vec!["ci-bot".parse()?],
            person: "ada".parse()?,
            effects: vec![Effect::MovesRef("refs/heads/main".to_owned()), Effect::RunsCode],
            connection: "github".parse()?,
            resource: Resource { id: "repository:1296269".parse()?, name: "acme/backend".parse()? },
            arguments: [("branch", "feat-123"), ("target", "main")]
                .map(|(name, value)| (name.to_owned(), Argument::Str(value.to_owned())))
                .into(),
            facts,
            now: Timestamp::from_seconds(OPEN).ok_or("a time")?,
        })
    }

    /// Judged; anything but allow would be another path than the one meant here.
    fn decided_by<'a>(&'a self, policy: &'a Policy) -> Contestant<'a> {
        Contestant::repeated("ours", move || {
            let action = "pulls/merge".parse()?;
            let decision = policy.decide(black_box(&Question {
                agent: self.agent,
                path: &self.path,
                person: &self.person,
                roles: &[Role::Steward],
                assurance: Assurance::Keychain,
                capability: Digest::of(b"a capability"),
                expires: self.now.plus(3_600),
                action: &action,
                effects: &self.effects,
                connection: &self.connection,
                resource: &self.resource,
                arguments: &self.arguments,
                facts: Some(&self.facts),
                now: self.now,
            }));
            if decision.outcome == PolicyOutcome::Allow {
                return Ok(());
            }
            Err(format!("the shipped policy does not allow its own good merge: {:?}", decision.refusals)
                .into())
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
            uid("Action::\"pulls/merge\"")?,
            uid("Repository::\"github/1296269\"")?,
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
