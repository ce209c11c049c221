//! The scripts, each on a stand of its own.

use crate::stand::Stand;

#[test]
fn the_story_runs() {
    Stand::delegated().script(include_str!("scripts/story.script"));
}

#[test]
fn what_is_not_allowed_is_refused() {
    Stand::delegated().script(include_str!("scripts/refusals.script"));
}

#[test]
fn an_agent_passes_on_less_than_it_has() {
    Stand::delegated().script(include_str!("scripts/attenuate.script"));
}

#[test]
fn stopping_is_easy_and_starting_is_not() {
    Stand::delegated().script(include_str!("scripts/stopping.script"));
}

#[test]
fn mistakes_are_told_apart() {
    Stand::bare().script(include_str!("scripts/usage.script"));
}
