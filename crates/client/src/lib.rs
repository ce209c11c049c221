//! One typed connection to the broker, for the command line, agents and the console.
//!
//! [`Console`] speaks the console socket, [`Agent`] the agent socket; each method is one route of
//! `bailiwick-protocol`. [`Config`] is the person's configuration file, [`start_broker`] starts the broker
//! that lies beside one's own executable.
//!
//! INVARIANT: no key is here and nothing is signed here: statements arrive as envelopes and leave as text.
//! INVARIANT: no address but a local socket is ever connected to.

mod agent;
mod config;
mod console;
mod endpoint;
mod event_stream;
mod start;
mod transport;

pub use agent::Agent;
pub use config::{BrokerSection, Config, ConfigError, ConsoleSection, PersonSection, PinsSection, profile};
pub use console::Console;
pub use event_stream::EventStream;
pub use start::{StartError, Started, start_broker};
