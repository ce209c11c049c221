//! What the vectors, the generated chains and the tests are made with: keys with fixed seeds, scenes
//! that can be damaged at every level, and the codes that refusals have in `spec/`.
//!
//! Shared by the program `formats` and by the tests, each of which uses a part of it. Nothing here may
//! repair what it builds: a fault must reach the verifier as it was made.

pub(crate) mod case;
pub(crate) mod fault;
pub(crate) mod faults;
pub(crate) mod files;
pub(crate) mod good;
pub(crate) mod json;
pub(crate) mod keys;
pub(crate) mod part;
pub(crate) mod random;
pub(crate) mod run;
pub(crate) mod scene;
pub(crate) mod vectors;
pub(crate) mod verdict;
pub(crate) mod wild;
