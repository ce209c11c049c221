//! The agent socket: asking for operations, fetching one's own capabilities, ending what descends from one.

use crate::console::encode;
use crate::transport::{ANSWER_LIMIT, Transport, check_protocol};
use bailiwick_protocol::{
    AgentGreeting, ApiError, Ask, FetchAnswer, FetchRequest, MAX_WAIT_MS, OperationView, Revoke, Stopped,
    route,
};
use std::path::Path;
use std::time::Duration;

/// The agent socket of one broker, whose protocol was found to be ours.
#[derive(Clone, Debug)]
pub struct Agent {
    transport: Transport,
    greeting: AgentGreeting,
}

impl Agent {
    /// Connects to the agent socket at `socket` and compares protocol versions.
    ///
    /// Errors: `no-broker` when nobody listens, `other-version` when it is not one of ours.
    pub async fn connect(socket: &Path) -> Result<Agent, ApiError> {
        let transport = Transport::new(socket);
        let greeting: AgentGreeting = transport.get(route::AGENT_GREETING, ANSWER_LIMIT).await?;
        check_protocol(greeting.protocol, &greeting.version)?;
        Ok(Agent { transport, greeting })
    }

    /// Whom this talks to, as said when it connected.
    pub fn greeting(&self) -> &AgentGreeting {
        &self.greeting
    }

    /// Asks for one operation. The answer is the operation as it stands after at most `ask.wait_ms`.
    pub async fn ask(&self, ask: &Ask) -> Result<OperationView, ApiError> {
        let limit = ANSWER_LIMIT + Duration::from_millis(ask.wait_ms.min(MAX_WAIT_MS));
        self.transport.post(route::AGENT_INVOCATIONS, ask, limit).await
    }

    /// The operation with this id, after at most `wait_ms`, at most [`MAX_WAIT_MS`].
    pub async fn operation(&self, id: &str, wait_ms: u64) -> Result<OperationView, ApiError> {
        let wait_ms = wait_ms.min(MAX_WAIT_MS);
        let route = format!("{}?wait_ms={wait_ms}", route::with(route::AGENT_OPERATION, &encode(id)));
        self.transport.get(&route, ANSWER_LIMIT + Duration::from_millis(wait_ms)).await
    }

    /// The capabilities of the holder that signed the `fetch` statement in `envelope`.
    pub async fn fetch(&self, envelope: String) -> Result<FetchAnswer, ApiError> {
        self.transport.post(route::AGENT_FETCH, &FetchRequest { envelope }, ANSWER_LIMIT).await
    }

    /// Ends a capability that descends from the issuer of the revocation.
    pub async fn revoke(&self, revoke: &Revoke) -> Result<Stopped, ApiError> {
        self.transport.post(route::AGENT_REVOCATIONS, revoke, ANSWER_LIMIT).await
    }
}
