//! A receipt as the broker signs one for a merge: what is made durable in the rows about the ledger.

use crate::Failed;
use crate::chain::{connection, key, now, resource};
use bailiwick_authority::{
    Argument, Credential, Digest, Ed25519Signer, Nonce, Outcome, Realm, Receipt, Signed, Signer as _, Value,
    seal,
};

/// The shipped policy's own test of a merge: its facts are those of a real one.
const MERGE: &str = include_str!("../../policies/ship-to-main/tests/merge.json");

/// The base case of that table.
pub(crate) fn merge_table() -> Result<Value, Failed> {
    let table = Value::parse(MERGE.as_bytes())?;
    Ok(table.get("base").ok_or("a base case")?.clone())
}

/// Signs receipts that differ in what they are about.
pub(crate) struct Receipts {
    signer: Ed25519Signer,
    receipt: Receipt,
    realm: Digest,
}

impl Receipts {
    /// A signer and the receipt of a merge that succeeded.
    pub(crate) fn new() -> Result<Receipts, Failed> {
        let (signer, agent) = (key(200)?, key(3)?);
        let scope = |access: &str| {
            Value::object([
                ("permissions", Value::object([("contents", Value::from(access))])),
                ("repositories", Value::List(vec![Value::Int(1001)])),
            ])
        };
        let credential = |purpose: &str, kind: &str, access: &str| -> Result<Credential, Failed> {
            Ok(Credential {
                purpose: purpose.parse()?,
                kind: kind.parse()?,
                scope: scope(access),
                sha256: Some(Digest::of(purpose.as_bytes())),
                requested: now()?,
                expires: Some(now()?.plus(3_600)),
                end: "revoked-proven".parse()?,
                life_ms: Some(41),
            })
        };
        let decision = Value::object([
            ("outcome", Value::from("allow")),
            ("determining", Value::strings(["may-merge-into-main"])),
            ("refusals", Value::List(Vec::new())),
        ]);
        let receipt = Receipt {
            operation: Digest::of(b"an operation"),
            outcome: Outcome::Succeeded,
            reason: None,
            person: Some("ada".parse()?),
            chain: (0..3_u8).map(|link| Digest::of(&[link])).collect(),
            path: ["ci-bot", "reviewer", "merger"]
                .iter()
                .map(|label| label.parse())
                .collect::<Result<_, _>>()?,
            agent: agent.public().id(),
            process: Value::object([("uid", Value::Int(1000)), ("pid", Value::Int(4242))]),
            action: "pulls/merge".parse()?,
            effects: vec!["moves_ref(refs/heads/main)".parse()?, "runs_code".parse()?],
            connection: connection()?,
            resource: resource()?,
            arguments: [("branch", "feat-123"), ("target", "main")]
                .map(|(name, value)| (name.to_owned(), Argument::Str(value.to_owned())))
                .into(),
            policy: Some(Digest::of(b"a policy")),
            decision: Some(decision),
            request: None,
            approvals: Vec::new(),
            facts: merge_table()?.get("facts").cloned(),
            observations: (0..8_u8).map(|body| Digest::of(&[body, 0])).collect(),
            credentials: vec![
                credential("evidence", "app-jwt", "read")?,
                credential("evidence", "installation-token", "read")?,
                credential("operation", "app-jwt", "write")?,
                credential("operation", "installation-token", "write")?,
            ],
            output: Some(Value::object([(
                "merge_commit",
                Value::from("6dcb09b5b57875f334f61aebed695e2e4193db5e"),
            )])),
            unpinned: vec!["reviews and checks between the last read and the merge".parse()?],
            received: now()?,
            elapsed_ms: 812,
            engine: Value::object([("broker", Value::from("0.1.0"))]),
        };
        Ok(Receipts { signer, receipt, realm: Digest::of(b"a realm of the bench's own") })
    }

    /// Signs one; receipts with different numbers are different statements.
    pub(crate) fn sign(&self, number: u64) -> Result<Signed<Receipt>, Failed> {
        let mut nonce = [0; 16];
        for (place, byte) in nonce.iter_mut().zip(number.to_be_bytes()) {
            *place = byte;
        }
        Ok(seal(&self.signer, Realm::Of(self.realm), now()?, Nonce(nonce), self.receipt.clone())?)
    }
}
