//! One typed connection to the broker for the command line, agents and the console.
