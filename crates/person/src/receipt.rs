//! A receipt, checked before it is shown.

use crate::failure::{Failure, bad_format};
use bailiwick_authority::{PublicKey, Receipt, Signed, Unverified};

/// The receipt in `envelope`, if it is signed with the broker's key.
pub fn verified(envelope: &str, broker_key: &str) -> Result<Signed<Receipt>, Failure> {
    let receipt: Unverified<Receipt> = Unverified::parse(envelope.as_bytes()).map_err(|error| {
        Failure::usage(format!("this is not a receipt: {error}"), "`bailiwick receipts` lists receipts")
    })?;
    let key =
        PublicKey::from_line(broker_key).map_err(|why| bad_format("the broker's key", broker_key, &why))?;
    receipt.verify(&key).map_err(|why| {
        Failure::unverified(
            format!("the receipt is not signed by this broker: {why}"),
            "check the whole ledger with `bailiwick verify`",
        )
    })
}
