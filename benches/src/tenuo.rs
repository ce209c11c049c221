//! The peer tenuo: warrants with proof of possession, in the shape of our chain.

use crate::Failed;
use crate::rounds::Contestant;
use std::collections::HashMap;
use std::hint::black_box;
use std::time::{Duration, Instant};
use tenuo::constraints::{ConstraintSet, ConstraintValue, Exact, Pattern};
use tenuo::crypto::{Signature, SigningKey};
use tenuo::planes::Authorizer;
use tenuo::revocation::SignedRevocationList;
use tenuo::warrant::Warrant;
use tenuo::wire;

/// The tool of our story.
const TOOL: &str = "pulls/merge";

/// How old a proof of possession may become here; tenuo's own window is longer.
const FRESH: Duration = Duration::from_secs(30);

type Arguments = HashMap<String, ConstraintValue>;

/// A chain of warrants, each holder another key.
pub(crate) struct Fixture {
    authorizer: Authorizer,
    chain: Vec<Warrant>,
    stack: Vec<u8>,
    holder: SigningKey,
}

/// Arguments with the proof for them.
struct Asked {
    arguments: Arguments,
    proof: Signature,
}

impl Fixture {
    /// A chain of `depth` warrants, against `revoked` revocations of others.
    pub(crate) fn of_depth(depth: usize, revoked: usize) -> Result<Fixture, Failed> {
        let keys: Vec<SigningKey> = (0..=depth).map(|_| SigningKey::generate()).collect();
        let mut chain: Vec<Warrant> = Vec::new();
        for pair in keys.windows(2) {
            let [issuer, holder] = pair else { continue };
            let warrant = match chain.last() {
                None => Warrant::builder()
                    .capability(TOOL, constraints()?)
                    .capability("issues/create-comment", ConstraintSet::new())
                    .capability("repos/create-deployment", ConstraintSet::new())
                    .ttl(Duration::from_secs(8 * 3_600))
                    .holder(holder.public_key())
                    .build(issuer)?,
                Some(parent) => parent.attenuate().inherit_all().holder(holder.public_key()).build(issuer)?,
            };
            chain.push(warrant);
        }
        let (root, holder) = (keys.first().ok_or("a key")?, keys.last().ok_or("a key")?);
        let mut authorizer = Authorizer::new().with_trusted_root(root.public_key());
        if revoked > 0 {
            let ids = (0..revoked).map(|number| format!("tnu_wrt_{number:032x}"));
            let list = SignedRevocationList::builder().revoke_all(ids).version(1).build(root)?;
            authorizer.set_revocation_list(list, &root.public_key())?;
        }
        Ok(Fixture {
            stack: wire::encode_stack(&wire::WarrantStack::new(chain.clone()))?,
            authorizer,
            chain,
            holder: holder.clone(),
        })
    }

    /// Decode the stack, check chain and proof.
    pub(crate) fn reading_the_wire(&self) -> Result<Contestant<'_>, Failed> {
        let mut asked = self.asked();
        Ok(Contestant::repeated("tenuo from wire", move || {
            let one = asked()?;
            let stack = wire::decode_stack(black_box(&self.stack))?;
            self.authorizer.check_chain(&stack.0, TOOL, &one.arguments, Some(&one.proof), &[])?;
            Ok(())
        }))
    }

    /// Check chain and proof of a stack that was decoded before.
    pub(crate) fn decoded(&self) -> Result<Contestant<'_>, Failed> {
        let mut asked = self.asked();
        Ok(Contestant::repeated("tenuo decoded", move || {
            let one = asked()?;
            self.authorizer.check_chain(&self.chain, TOOL, &one.arguments, Some(&one.proof), &[])?;
            Ok(())
        }))
    }

    /// Requests that alternate as ours do, signed anew before they become too old.
    fn asked(&self) -> impl FnMut() -> Result<std::rc::Rc<Asked>, Failed> {
        let mut pool: Vec<std::rc::Rc<Asked>> = Vec::new();
        let (mut made, mut next) = (Instant::now(), 0_usize);
        move || {
            if pool.is_empty() || made.elapsed() > FRESH {
                pool =
                    (0..16).map(|place| self.sign(place).map(std::rc::Rc::new)).collect::<Result<_, _>>()?;
                made = Instant::now();
            }
            next = (next + 1) % pool.len();
            Ok(std::rc::Rc::clone(pool.get(next).ok_or("a request")?))
        }
    }

    fn sign(&self, place: usize) -> Result<Asked, Failed> {
        let text = |value: String| ConstraintValue::String(value);
        let arguments = Arguments::from([
            ("branch".to_owned(), text(format!("feat-{place}"))),
            ("target".to_owned(), text("main".to_owned())),
        ]);
        let proof = self.chain.last().ok_or("a warrant")?.sign(&self.holder, TOOL, &arguments)?;
        Ok(Asked { arguments, proof })
    }
}

fn constraints() -> Result<ConstraintSet, Failed> {
    Ok(ConstraintSet::from_iter(vec![
        ("branch".to_owned(), Pattern::new("feat-*")?.into()),
        ("target".to_owned(), Exact::new("main").into()),
    ]))
}
