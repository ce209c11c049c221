//! Signing in: a person opens a console's reading with a signature, for at most half a day.

use crate::asking::Shown;
use crate::failure::{Failure, bad_value};
use crate::founding::machine;
use crate::moment;
use crate::steward::Steward;
use crate::submission::submit;
use bailiwick_authority::{Digest, MAX_SESSION_SECONDS, PublicKey, Session, Text};
use bailiwick_client::Console;
use bailiwick_protocol::Status;

/// Signs a session of this console, and hands it in. Answers when it ends at the latest, in seconds since 1970.
pub async fn sign_in(
    console: &Console,
    steward: &Steward,
    realm: Digest,
    status: &Status,
) -> Result<u64, Failure> {
    let broker = PublicKey::from_line(&status.broker_key).map_err(|why| {
        Failure::unverified(format!("the broker's key is none: {why}"), "verify the ledger")
    })?;
    let here = format!("the console on {}", machine());
    let console_name: Text = here.parse().map_err(|why| bad_value("a console's name", &here, &why))?;
    let expires = moment::now()?.plus(MAX_SESSION_SECONDS);
    let session = Session { broker: broker.id(), console: console_name, expires };
    let signed = steward
        .seal(realm, &session, |unsigned| {
            let words = format!(
                "let {} read at {here} until {} at the latest\nit approves nothing",
                steward.name(),
                moment::local(expires.seconds())
            );
            Shown::of("Sign in", &words, unsigned)
        })
        .await?;
    submit(console, &signed, None).await?;
    Ok(expires.seconds())
}
