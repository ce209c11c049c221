//! The peer biscuit: a token of some blocks, from its bytes to an authorisation. It has no proof of
//! possession, so it does one signature less than ours.

use crate::Failed;
use crate::rounds::Contestant;
use biscuit_auth::builder::Algorithm;
use biscuit_auth::builder_ext::{AuthorizerExt as _, BuilderExt as _};
use biscuit_auth::{AuthorizerBuilder, AuthorizerLimits, Biscuit, KeyPair, PublicKey};
use std::hint::black_box;
use std::time::Duration;

/// A token and the key that it goes back to.
pub(crate) struct Fixture {
    root: PublicKey,
    token: Vec<u8>,
}

impl Fixture {
    /// A token of `blocks` blocks, the authority's included.
    pub(crate) fn of_blocks(blocks: usize) -> Result<Fixture, Failed> {
        let root = KeyPair::new_with_algorithm(Algorithm::Ed25519);
        let mut token = Biscuit::builder()
            .fact("right(\"acme/backend\", \"merge\")")?
            .fact("right(\"acme/backend\", \"comment\")")?
            .fact("right(\"acme/backend\", \"deploy\")")?
            .build(&root)?;
        for _ in 1..blocks {
            let block = biscuit_auth::builder::BlockBuilder::new()
                .check_resource("acme/backend")
                .check_operation("merge");
            token = token.append(block)?;
        }
        Ok(Fixture { root: root.public(), token: token.to_vec()? })
    }

    /// Parse, verify, authorise.
    pub(crate) fn reading_the_wire(&self) -> Contestant<'_> {
        Contestant::repeated("biscuit from wire", move || {
            let token = Biscuit::from(black_box(&self.token), self.root)?;
            let mut authorizer = AuthorizerBuilder::new()
                .fact("resource(\"acme/backend\")")?
                .fact("operation(\"merge\")")?
                .allow_all()
                .build(&token)?;
            let limits = AuthorizerLimits { max_time: Duration::from_secs(10), ..Default::default() };
            authorizer.authorize_with_limits(limits)?;
            Ok(())
        })
    }
}
