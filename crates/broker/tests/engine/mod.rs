//! The whole engine in one process: a real store, both sockets, and the practice range as its GitHub,
//! whose log of requests and tokens is the witness.

mod between;
mod clock;
mod crowd;
mod cut_off;
mod ending;
mod endings;
mod refusing_store;
mod sign;
mod stage;

pub(crate) use stage::Stage;
