//! A policy as people read it: its rules one by one, and what is wrong with one that does not load.

use super::problem::{PolicyProblem, PolicyText};
use super::rule::RuleSet;
use super::{Decision, MadeUp, Policy};
use bailiwick_protocol::{
    ObligationView, PolicyAnswer, PolicyCheck, PolicyProblemView, PolicyTexts, PolicyThen, RuleName, RuleView,
};
use cedar_policy::{Effect, PolicyId};

impl Policy {
    /// Every rule, the guard's first, in the order of the texts.
    pub fn rules(&self) -> Vec<RuleView> {
        let mut rules = rules(PolicyText::Guard, &self.guard);
        rules.extend(self::rules(PolicyText::Ask, &self.ask));
        rules
    }

    /// What is wrong with texts, and what they say.
    pub fn check(texts: &PolicyTexts) -> PolicyCheck {
        match Policy::load(texts) {
            Ok(policy) => PolicyCheck { problems: Vec::new(), rules: policy.rules() },
            Err(problems) => PolicyCheck {
                problems: problems.iter().map(PolicyProblem::to_wire).collect(),
                rules: Vec::new(),
            },
        }
    }

    /// How this policy answers, with everything that explains it.
    pub fn explain(&self, subject: &MadeUp, then: Option<PolicyThen>) -> PolicyAnswer {
        let decision = self.decide(&subject.question());
        let name = |id: &String| {
            let rule = self.guard.rules.get(id).or_else(|| self.ask.rules.get(id));
            RuleName { id: id.clone(), title: rule.map(|rule| rule.title.clone()).unwrap_or_default() }
        };
        let Decision { outcome, determining, refusals, obligations, errors } = decision;
        PolicyAnswer {
            outcome: outcome.as_str().to_owned(),
            determining: determining.iter().map(name).collect(),
            refusals,
            asks: obligations
                .iter()
                .map(|needed| ObligationView {
                    count: needed.count,
                    role: needed.role.as_str().to_owned(),
                    assurance: needed.assurance.map(|assurance| assurance.as_str().to_owned()),
                })
                .collect(),
            errors,
            question: subject.to_wire(),
            then,
        }
    }
}

impl PolicyProblem {
    /// As it crosses the wire.
    pub fn to_wire(&self) -> PolicyProblemView {
        PolicyProblemView {
            text: self.set.as_str().to_owned(),
            line: narrow(self.line),
            column: narrow(self.column),
            message: self.message.clone(),
            hint: self.hint.clone(),
        }
    }
}

fn rules(text: PolicyText, set: &RuleSet) -> Vec<RuleView> {
    let mut rules: Vec<_> = set.rules.iter().collect();
    rules.sort_by_key(|(_, rule)| rule.place);
    rules
        .into_iter()
        .filter_map(|(id, rule)| {
            let policy = set.policies.policy(&PolicyId::new(id))?;
            let annotation = |name: &str| policy.annotation(name).map(str::to_owned);
            Some(RuleView {
                set: text.as_str().to_owned(),
                id: id.clone(),
                permits: policy.effect() == Effect::Permit,
                title: rule.title.clone(),
                because: rule.because.clone(),
                remedy: annotation("remedy").unwrap_or_default(),
                approval: annotation("approval"),
                assurance: annotation("assurance"),
                line: narrow(rule.line),
                text: rule.text.clone(),
            })
        })
        .collect()
}

fn narrow(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
