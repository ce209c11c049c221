//! The broker: for each operation it verifies the chain, gathers evidence, evaluates policy, mints a
//! credential for this one operation, performs it, destroys the credential, and writes a receipt.
//!
//! INVARIANT: a person's private key is never here. INVARIANT: a credential's value is never written.

pub mod destinations;
mod effect;
pub mod gate;
pub mod policy;

pub use effect::Effect;
