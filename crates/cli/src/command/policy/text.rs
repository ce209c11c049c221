//! Rules, answers and differences in words.

use crate::escape;
use crate::output::{Output, Tone};
use bailiwick_protocol::{PolicyAnswer, PolicyDiff, PolicyProblemView, RuleChange, RuleView};

/// `guard:12:3: what is wrong (what to do)`.
pub(super) fn problem(problem: &PolicyProblemView) -> String {
    format!(
        "{}:{}:{}: {} ({})",
        escape::line(&problem.text),
        problem.line,
        problem.column,
        escape::line(&problem.message),
        escape::line(&problem.hint)
    )
}

/// A rule: what it does, its name, and its sentences.
pub(super) fn rule(output: &Output, rule: &RuleView) -> String {
    let does = match (&rule.approval, rule.permits) {
        (Some(approval), _) => format!("asks {}", escape::line(approval)),
        (None, true) => "permits".to_owned(),
        (None, false) => "refuses".to_owned(),
    };
    let kept = rule.assurance.as_ref().map(|kept| format!(", keys at least {}", escape::line(kept)));
    let mut text = format!(
        "{does}{}  {}  {}\n",
        kept.unwrap_or_default(),
        output.tone(Tone::Strong, escape::line(&rule.id)),
        escape::line(&rule.title)
    );
    for (name, words) in [("because", &rule.because), ("remedy", &rule.remedy)] {
        if !words.is_empty() {
            text.push_str(&format!("    {name}: {}\n", escape::line(words)));
        }
    }
    text
}

/// How a policy answers, and why.
pub(super) fn answer(output: &Output, answer: &PolicyAnswer) -> String {
    let question = &answer.question;
    let tone = if answer.outcome == "allow" { Tone::Good } else { Tone::Bad };
    let mut text = format!(
        "{}  {} on {} for {}\n",
        output.tone(tone, escape::line(&answer.outcome)),
        escape::line(&question.action),
        escape::line(&question.resource.name),
        escape::line(&[&[question.person.clone()][..], &question.path].concat().join(" / "))
    );
    let mut row = |name: &str, value: String| text.push_str(&format!("  {name:<11} {value}\n"));
    if let Some(effects) = question.effects.as_ref().filter(|effects| !effects.is_empty()) {
        row("effects", escape::line(&effects.join(", ")));
    }
    for rule in &answer.determining {
        row("by", format!("{} ({})", escape::line(&rule.title), escape::line(&rule.id)));
    }
    for needed in &answer.asks {
        let kept = needed.assurance.as_ref().map(|kept| format!(", keys at least `{kept}`"));
        row(
            "asks",
            escape::line(&format!("{} of {}{}", needed.count, needed.role, kept.unwrap_or_default())),
        );
    }
    for refusal in &answer.refusals {
        row("refused by", format!("{} ({})", escape::line(&refusal.title), escape::line(&refusal.policy)));
        row("", escape::line(&refusal.because));
        for missing in &refusal.missing {
            row("missing", escape::line(missing));
        }
        row("remedy", escape::line(&refusal.remedy));
    }
    for error in &answer.errors {
        row("error", escape::line(error));
    }
    if let Some(then) = &answer.then {
        let by = if then.determining.is_empty() {
            String::new()
        } else {
            format!(" by {}", then.determining.join(", "))
        };
        let policy = then.policy.as_ref().map(|policy| format!(" under {policy}"));
        row("then", escape::line(&format!("{}{by}{}", then.outcome, policy.unwrap_or_default())));
    }
    text
}

/// How two policies differ: the headline, then each rule.
pub(super) fn difference(output: &Output, diff: &PolicyDiff) -> String {
    let tone = if diff.softens { Tone::Bad } else { Tone::Strong };
    let mut text = format!("{}\n", output.tone(tone, escape::line(&diff.headline)));
    let mut list = |name: &str, changes: &[RuleChange]| {
        for change in changes {
            let Some(rule) = change.new.as_ref().or(change.old.as_ref()) else { continue };
            text.push_str(&format!(
                "  {name:<15} {}  {}\n",
                escape::line(&rule.id),
                escape::line(&rule.title)
            ));
        }
    };
    list("refused, asks", &diff.guard_to_ask);
    list("gone", &diff.removed);
    list("other", &diff.changed);
    list("new", &diff.added);
    list("asked, refuses", &diff.ask_to_guard);
    list("reworded", &diff.reworded);
    let backtest = &diff.backtest;
    if backtest.judged > 0 {
        text.push_str(&format!(
            "of the last {} operations that were judged, {} would end otherwise\n",
            backtest.judged,
            backtest.different.len()
        ));
        for case in backtest.different.iter().take(20) {
            text.push_str(&format!(
                "  {} → {}  {}\n",
                escape::line(&case.old),
                escape::line(&case.new),
                escape::line(&case.sentence)
            ));
        }
    }
    text
}
