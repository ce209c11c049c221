//! The command line knows the actions that the broker has: both are held against the table in docs/cli.md.

use crate::stand::Stand;
use bailiwick_broker::destinations::github::{ACTIONS, ArgumentKind};

const PAGE: &str = include_str!("../../../../docs/cli.md");

#[test]
fn the_broker_has_the_actions_of_the_page() {
    let stand = Stand::bare();
    for action in &ACTIONS {
        let arguments: Vec<String> = action
            .arguments
            .iter()
            .map(|one| format!("`{}`{}", one.name, if one.required { "" } else { " (may be absent)" }))
            .collect();
        let row = format!("| `{}` | `{}` | {} |", action.alias, action.id, arguments.join(", "));
        assert!(PAGE.contains(&row), "docs/cli.md lacks: {row}");
        for argument in action.arguments {
            let is_number = matches!(argument.kind, ArgumentKind::Number);
            let rule = format!("{}=word", argument.name);
            let ran = stand.run([
                "--no-start",
                "delegate",
                "--to",
                KEY,
                "--allow",
                action.id,
                "--repo",
                "a/b",
                "--arg",
                &rule,
                "--for",
                "1h",
            ]);
            assert_eq!(ran.stderr.contains("is not a whole number"), is_number, "{rule}: {ran:?}");
        }
    }
}

/// Somebody's public key.
const KEY: &str = "ed25519:EQ4VuaiYpPI0dNozcW0YX847Un44iwcgjV/OWjvz3k8=";
