//! What the world does to a broker: disks, clocks, networks, keychains and second brokers.

mod clock;
mod disk;
mod folder;
mod network;

use crate::stage::Stage;

/// Requests that ask for a token, or act.
fn asked_for(stage: &Stage) -> usize {
    stage.control().requests().len()
}
