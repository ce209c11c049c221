//! Handing a signed statement in.

use crate::failure::Failure;
use bailiwick_authority::{Payload, Signed};
use bailiwick_client::Console;
use bailiwick_protocol::{Admitted, PolicyTexts, Submission};

/// Hands a signed statement in.
pub async fn submit<T: Payload>(
    console: &Console,
    statement: &Signed<T>,
    policy: Option<PolicyTexts>,
) -> Result<Admitted, Failure> {
    let envelope = envelope_text(statement)?;
    Ok(console.submit(&Submission { envelope, policy, chain: Vec::new() }).await?)
}

/// The text of a statement's envelope.
pub fn envelope_text<T>(statement: &Signed<T>) -> Result<String, Failure> {
    String::from_utf8(statement.envelope().to_bytes())
        .map_err(|_| Failure::defect("an envelope of our own is not text"))
}
