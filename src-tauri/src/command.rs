//! What the page may call. `build.rs` lists the names for the manifest, `capabilities/main.json` allows them to
//! the one window; a test holds the lists against each other.

#![expect(clippy::let_underscore_must_use, reason = "what tauri's `command` writes has one each")]

pub(crate) mod agents;
pub(crate) mod approvals;
pub(crate) mod broker;
pub(crate) mod connect;
pub(crate) mod delegate;
pub(crate) mod found;
pub(crate) mod people;
pub(crate) mod policies;
pub(crate) mod practice;
pub(crate) mod profile;
pub(crate) mod reading;
pub(crate) mod receipts;
pub(crate) mod session;
pub(crate) mod stop;
pub(crate) mod verify;

use crate::failure::Failure;
use crate::shell::Shell;
use tauri::ipc::Invoke;
use tauri::{Manager, Wry};

/// What the page may call while the console is locked: what says that it is, what opens it, what stops; and asking to
/// be enrolled, which reads nothing and gives nothing.
const WHILE_LOCKED: &[&str] = &[
    "cancel_signing",
    "halt",
    "invitation",
    "lock",
    "pause",
    "profile",
    "revoke",
    "session",
    "sign_in",
    "start_broker",
    "status",
    "touched",
];

/// Every command, behind the lock.
pub(crate) fn handler() -> impl Fn(Invoke<Wry>) -> bool + Send + Sync + 'static {
    let run = commands();
    move |invoke| {
        let command = invoke.message.command();
        if WHILE_LOCKED.contains(&command) || invoke.message.webview().state::<Shell>().is_open() {
            return run(invoke);
        }
        invoke.resolver.reject(locked());
        true
    }
}

fn locked() -> Failure {
    Failure::new("locked", "the console is locked: nobody is signed in", "sign in; stopping works without it")
}

fn commands() -> impl Fn(Invoke<Wry>) -> bool + Send + Sync + 'static {
    tauri::generate_handler![
        agents::agents,
        agents::create_agent,
        approvals::approve,
        approvals::backtest,
        approvals::deny,
        approvals::diff,
        approvals::fatigue,
        approvals::hold,
        approvals::pending,
        approvals::propose_rule,
        approvals::standing,
        broker::start_broker,
        broker::status,
        connect::check_connection,
        connect::choose_app_key,
        connect::connect_github,
        delegate::actions,
        delegate::delegate,
        found::found_realm,
        people::cancel_signing,
        people::end_key,
        people::enrol,
        people::invitation,
        people::preview_key_end,
        people::read_invitation,
        people::roster,
        people::rotate_key,
        people::set_quorum,
        people::set_roles,
        policies::activate_policy,
        policies::policy_check,
        policies::policy_diff,
        policies::policy_history,
        policies::policy_prove,
        policies::policy_texts,
        policies::policy_try,
        practice::practice,
        practice::start_practice,
        profile::profile,
        profile::settings,
        reading::capabilities,
        reading::operation,
        reading::operations,
        receipts::receipt,
        receipts::receipts,
        session::lock,
        session::session,
        session::sign_in,
        session::touched,
        stop::halt,
        stop::pause,
        stop::preview,
        stop::resume,
        stop::revoke,
        verify::cancel_verify,
        verify::verify,
    ]
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    fn quoted(text: &str) -> BTreeSet<String> {
        text.split('"').skip(1).step_by(2).map(str::to_owned).collect()
    }

    #[test]
    fn the_manifest_the_capability_and_the_handler_name_the_same_commands() {
        let listed = include_str!("../build.rs");
        let listed = listed.split("&[&str] = &[").nth(1).unwrap().split("];").next().unwrap();
        let listed = quoted(listed);
        let allowed: BTreeSet<String> = quoted(include_str!("../capabilities/main.json"))
            .iter()
            .filter_map(|one| one.strip_prefix("allow-"))
            .map(|one| one.replace('-', "_"))
            .collect();
        assert_eq!(listed, allowed);
        let source = include_str!("command.rs");
        let handled = source.split("generate_handler![").nth(1).unwrap().split(']').next().unwrap();
        let handled: BTreeSet<String> = handled
            .split(',')
            .filter_map(|one| one.trim().rsplit("::").next())
            .filter(|one| !one.is_empty())
            .map(str::to_owned)
            .collect();
        assert_eq!(listed, handled);
        assert!(super::WHILE_LOCKED.iter().all(|command| listed.contains(*command)));
        let config: serde_json::Value = serde_json::from_str(include_str!("../tauri.conf.json")).unwrap();
        assert_eq!(config["app"]["windows"], serde_json::json!([]));
        let csp = config["app"]["security"]["csp"].as_object().unwrap();
        assert_eq!(csp["default-src"], "'none'");
        assert!(
            csp.values()
                .all(|one| !one.as_str().unwrap().contains("unsafe") && !one.as_str().unwrap().contains('*'))
        );
        let capability: serde_json::Value =
            serde_json::from_str(include_str!("../capabilities/main.json")).unwrap();
        assert_eq!(capability["windows"], serde_json::json!(["main"]));
        assert!(capability.get("remote").is_none());
    }
}
