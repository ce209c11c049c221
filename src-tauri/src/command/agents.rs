//! Agents whose keys are in this profile, and making one.

use crate::failure::Failure;
use crate::shell::Shell;
use bailiwick_authority::{Name, Signer as _};
use bailiwick_person::{AgentFolder, AgentKey};
use serde::Serialize;
use tauri::State;

/// What the practice range's agent is called.
pub(super) const DEMO: &str = "demo-agent";

/// An agent's key that can be delegated to.
#[derive(Clone, Serialize)]
pub(crate) struct AgentView {
    name: Option<String>,
    public: String,
    id: String,
    key_file: Option<String>,
    demo: bool,
}

impl AgentView {
    pub(super) fn of(key: &AgentKey) -> AgentView {
        AgentView {
            name: key.name.as_ref().map(Name::to_string),
            public: key.public().to_line(),
            id: key.public().id().to_string(),
            key_file: Some(key.path().display().to_string()),
            demo: key.name.as_ref().is_some_and(|name| name.as_str() == DEMO),
        }
    }
}

#[tauri::command]
pub(crate) async fn agents(shell: State<'_, Shell>) -> Result<Vec<AgentView>, Failure> {
    let folder = AgentFolder::of(shell.places());
    let mut agents = Vec::new();
    for name in folder.names()? {
        agents.push(AgentView::of(&folder.open(&name)?));
    }
    Ok(agents)
}

#[tauri::command]
pub(crate) async fn create_agent(name: String, shell: State<'_, Shell>) -> Result<AgentView, Failure> {
    let name: Name = name.parse().map_err(|why| Failure::bad_value("an agent's name", &name, why))?;
    Ok(AgentView::of(&AgentFolder::of(shell.places()).create(&name)?))
}
