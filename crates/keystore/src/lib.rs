//! Where a person's delegation key and the broker's root secrets rest: OS keychain or encrypted file.
