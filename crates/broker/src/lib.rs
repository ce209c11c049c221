//! The broker: for each operation it verifies the chain, gathers evidence, evaluates policy, mints a
//! credential for this one operation, performs it, destroys the credential, and writes a receipt.
//!
//! INVARIANT: a person's private key is never here. INVARIANT: a credential's value is never written.

mod admission;
mod alarm;
mod approval;
mod broker;
mod clock;
mod connection_check;
mod credentials;
pub mod destinations;
mod effect;
mod engine;
pub mod gate;
mod hardening;
mod journal;
mod links;
mod owed;
pub mod policy;
mod process;
mod realm;
mod record;
mod recovery;
mod roster_in_force;
mod server;
mod standing_roots;
mod stop;

pub use broker::{Broker, LEDGER_KEY, Mode, Options, StartError, root_secret_name};
pub use clock::{TOLERANCE_SECONDS, TimeSource, system_time};
pub use effect::Effect;
pub use engine::CREDENTIAL_LIFE;
pub use hardening::{HardeningError, harden};

use bailiwick_authority::{Nonce, Value};
use bailiwick_protocol::ApiError;

/// 128 fresh random bits.
pub(crate) fn fresh_nonce() -> Result<Nonce, ApiError> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)
        .map_err(|error| broker::internal(format!("the system gave no randomness: {error}")))?;
    Ok(Nonce(bytes))
}

/// What decided, for receipts.
pub(crate) fn engine_versions() -> Value {
    Value::object([
        ("broker", Value::from(env!("CARGO_PKG_VERSION"))),
        ("policy_engine", Value::from(policy::engine_version())),
        ("time_zones", Value::from(policy::time_zone_version())),
    ])
}
