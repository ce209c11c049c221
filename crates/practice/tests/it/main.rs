//! The practice range from outside: a plain HTTP client and the real git against a running range.

mod access;
mod checks;
mod client;
mod control;
mod deployments;
mod faults;
mod git;
mod merging;
mod pages;
mod pulls;
mod repositories;
mod routes;
mod tokens;
