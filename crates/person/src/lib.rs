//! The person's side: the profile, what a person is shown and signs, and what is remembered between days.
//!
//! | | |
//! |---|---|
//! | where everything is, and the way to the broker | [`Profile`] |
//! | the delegation key at work: write, show, sign these bytes | [`Steward`], [`Asker`], [`Shown`], [`Consent`] |
//! | answering what waits, and rules made from answers | [`waiting`], [`ruling`] |
//! | who there is: enrolling, roles, the ends of keys | [`persons`] |
//! | reading at a console | [`sign_in`] |
//! | founding a realm, connecting a GitHub, delegating | [`founding`], [`connecting`], [`delegating`] |
//! | what is in force, in words | [`sentence`], [`constraint_text`], [`action`] |
//! | what waits for persons, and answering it | [`waiting`] |
//! | what a solver can show of a policy | [`proving`] |
//! | whether the ledger and a receipt hold | [`verifying`], [`receipt`], [`KnownHead`] |
//! | agents whose keys are in this profile | [`AgentFolder`], [`Chain`] |
//!
//! INVARIANT: nothing is signed with a person's key but the bytes that an [`Asker`] has shown: [`Steward::sign`]
//! takes a [`Consent`], and only [`Steward::ask`] makes one.
//! INVARIANT: no terminal, no window, no engine, no store and no destination is here.

pub mod action;
mod agent_folder;
mod asking;
mod chain_file;
pub mod configured;
pub mod connecting;
pub mod constraint_text;
pub mod delegating;
pub mod escape;
mod failure;
pub mod founding;
mod key_card;
mod known_head;
mod ledger_source;
pub mod moment;
pub mod persons;
mod profile;
pub mod proving;
pub mod receipt;
pub mod ruling;
pub mod sentence;
pub mod shipped_policy;
mod signing_in;
mod steward;
mod submission;
pub mod verifying;
pub mod waiting;

pub use agent_folder::{AgentFolder, AgentKey, agent_argument, create_private_folder};
pub use asking::{Asker, Shown};
pub use bailiwick_ceremony::{About, Cancel, CeremonyError, Hand, Page};
pub use chain_file::Chain;
pub use failure::{Failure, FailureKind, bad_format, bad_value};
pub use key_card::KeyCard;
pub use known_head::KnownHead;
pub use ledger_source::{Header, LedgerSource};
pub use profile::Profile;
pub use signing_in::sign_in;
pub use steward::{Consent, Steward};
pub use submission::{envelope_text, submit};
