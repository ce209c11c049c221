//! The commands that the page may be allowed to call. What is not here and in a window's capability is refused.

/// Every command of `src/command/`.
const COMMANDS: &[&str] = &[
    "actions",
    "agents",
    "cancel_verify",
    "capabilities",
    "check_connection",
    "choose_app_key",
    "connect_github",
    "create_agent",
    "delegate",
    "found_realm",
    "halt",
    "operation",
    "operations",
    "pause",
    "practice",
    "preview",
    "profile",
    "receipt",
    "receipts",
    "resume",
    "revoke",
    "settings",
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
