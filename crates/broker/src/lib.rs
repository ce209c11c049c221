//! The broker: verify, gather evidence, decide, mint, act, destroy, write the receipt.
