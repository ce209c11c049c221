//! How much a random test does, and from which seed.

use proptest::test_runner::{Config, RngSeed};
use std::time::{SystemTime, UNIX_EPOCH};

/// `ci`, or `full` under `BAILIWICK_SOAK=1`.
pub(crate) fn size(ci: usize, full: usize) -> usize {
    match std::env::var("BAILIWICK_SOAK") {
        Ok(soak) if soak == "1" => full,
        _ => ci,
    }
}

/// `BAILIWICK_SEED`, or another one each time.
pub(crate) fn seed(test: &str) -> u64 {
    let seed = match std::env::var("BAILIWICK_SEED") {
        Ok(seed) => seed.parse().unwrap(),
        Err(_) => SystemTime::now().duration_since(UNIX_EPOCH).unwrap().subsec_nanos().into(),
    };
    println!("{test}: BAILIWICK_SEED={seed}");
    seed
}

/// A property's configuration: so many cases, the seed printed, nothing written into the tree.
pub(crate) fn property(test: &str, ci: usize, full: usize) -> Config {
    Config {
        cases: u32::try_from(size(ci, full)).unwrap(),
        rng_seed: RngSeed::Fixed(seed(test)),
        failure_persistence: None,
        ..Config::default()
    }
}
