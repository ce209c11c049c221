//! HTTP: from a request's head to an answer, and everything that GitHub says around the bodies.

pub(crate) mod answer;
pub(crate) mod caller;
pub(crate) mod fields;
pub(crate) mod jwt;
pub(crate) mod page;
pub(crate) mod path;
pub(crate) mod route;
pub(crate) mod serve;
pub(crate) mod smart;
pub(crate) mod wire;
