//! The commands that the page may be allowed to call. What is not here and in a window's capability is refused.

/// Every command of `src/command/`.
const COMMANDS: &[&str] = &[
    "actions",
    "activate_policy",
    "agents",
    "approve",
    "backtest",
    "cancel_verify",
    "capabilities",
    "check_connection",
    "choose_app_key",
    "connect_github",
    "create_agent",
    "delegate",
    "deny",
    "diff",
    "fatigue",
    "found_realm",
    "halt",
    "hold",
    "operation",
    "operations",
    "pause",
    "pending",
    "policy_check",
    "policy_diff",
    "policy_history",
    "policy_prove",
    "policy_texts",
    "policy_try",
    "practice",
    "preview",
    "profile",
    "propose_rule",
    "receipt",
    "receipts",
    "resume",
    "revoke",
    "settings",
    "standing",
    "start_broker",
    "start_practice",
    "status",
    "verify",
];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let manifest = tauri_build::AppManifest::new().commands(COMMANDS);
    tauri_build::try_build(tauri_build::Attributes::new().app_manifest(manifest))?;
    Ok(())
}
