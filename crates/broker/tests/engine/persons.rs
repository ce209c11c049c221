//! A stage on which persons are asked: merges into `main` need somebody's agreement.

use super::Stage;
use super::sign::{self, Holder, fresh_key};
use super::stage::{BACKEND, submit};
use bailiwick_authority::{
    Answer, Approval, Assurance, Digest, Ed25519Signer, Payload, Person, Realm, Role, Signed,
};
use bailiwick_protocol::{
    Admitted, ApiError, Ask, OperationView, Pending, PolicyTexts, Stage as Step, Waiting,
};

/// An ask about every merge into `main`, with these annotations beside `@approval`.
pub(crate) fn ask_about_main(annotations: &str) -> String {
    format!(
        r#"
        @id("ask-about-main") @title("main needs a person") @because("what moves `main` runs for everybody")
        @remedy("have somebody approve it") {annotations}
        forbid (principal, action, resource) when {{ context.effects.moves_ref.contains("refs/heads/main") }};
        "#
    )
}

/// The stage with the persons beside its steward.
pub(crate) struct Persons {
    pub(crate) stage: Stage,
    /// `bob`, an approver.
    pub(crate) bob: Ed25519Signer,
    /// `eve`, an approver and security.
    pub(crate) eve: Ed25519Signer,
}

pub(crate) fn someone(name: &str, key: &Ed25519Signer, roles: &[Role]) -> Person {
    Person { roles: roles.to_vec(), ..sign::person(name, key) }
}

impl Persons {
    /// Merges into `main` need `approval`: `@approval("1 of approver")`.
    pub(crate) async fn new(approval: &str) -> Persons {
        let stage = Stage::new().await;
        let (bob, eve) = (fresh_key(), fresh_key());
        let all = vec![
            sign::person("steward", &stage.steward),
            someone("bob", &bob, &[Role::Approver]),
            someone("eve", &eve, &[Role::Approver, Role::Security]),
        ];
        let roster = stage.sign(sign::roster(Some(stage.realm), all));
        submit(&stage.console, &roster, None).await.unwrap();
        let persons = Persons { stage, bob, eve };
        persons.ask(approval).await;
        persons
    }

    /// A policy whose ask about `main` has these annotations.
    pub(crate) async fn ask(&self, annotations: &str) -> Digest {
        let mut texts = sign::policy_texts(true);
        texts.ask.push_str(&ask_about_main(annotations));
        self.activate(texts).await
    }

    pub(crate) async fn activate(&self, texts: PolicyTexts) -> Digest {
        let head = self.stage.console.status().await.unwrap().policy.unwrap().parse().unwrap();
        let policy = self.stage.sign(sign::policy(&texts, Some(head)));
        submit(&self.stage.console, &policy, Some(texts)).await.unwrap();
        policy.digest()
    }

    /// Asks without waiting for an outcome, and waits until persons are asked.
    pub(crate) async fn begin(&self, ask: &Ask) -> (OperationView, Waiting) {
        let view = self.stage.agents.ask(&Ask { wait_ms: 0, ..ask.clone() }).await.unwrap();
        let view =
            self.until(&view.id, |view| view.stage == Step::AwaitingApproval || view.outcome.is_some()).await;
        let waiting = view.waiting.clone().unwrap_or_else(|| panic!("it does not wait: {view:?}"));
        (view, waiting)
    }

    /// The operation once `done` holds.
    pub(crate) async fn until(&self, id: &str, done: impl Fn(&OperationView) -> bool) -> OperationView {
        let begun = std::time::Instant::now();
        loop {
            let view = self.stage.agents.operation(id, 20).await.unwrap();
            if done(&view) {
                return view;
            }
            assert!(begun.elapsed() < super::stage::PATIENCE, "it did not come about: {view:?}");
        }
    }

    /// The operation at its end.
    pub(crate) async fn end(&self, id: &str) -> OperationView {
        self.until(id, |view| view.outcome.is_some()).await
    }

    /// Lets time pass, here and at the destination.
    pub(crate) fn pass(&self, seconds: u32) {
        self.stage.control().advance(std::time::Duration::from_secs(u64::from(seconds)));
        self.stage.move_clock(i64::from(seconds));
    }

    pub(crate) async fn pending(&self) -> Vec<Pending> {
        self.stage.console.pending().await.unwrap()
    }

    pub(crate) fn signed<T: Payload>(&self, key: &Ed25519Signer, body: T) -> Signed<T> {
        sign::sign(key, Realm::Of(self.stage.realm), self.stage.now(), body)
    }

    pub(crate) async fn answer(
        &self,
        key: &Ed25519Signer,
        target: &str,
        answer: Answer,
    ) -> Result<Admitted, ApiError> {
        let reason = (answer == Answer::Deny).then(|| "not on a Friday".parse().unwrap());
        let approval = Approval { target: target.parse().unwrap(), answer, reason };
        submit(&self.stage.console, &self.signed(key, approval), None).await
    }

    pub(crate) async fn approve(&self, key: &Ed25519Signer, target: &str) -> Result<Admitted, ApiError> {
        self.answer(key, target, Answer::Approve).await
    }

    pub(crate) async fn deny(&self, key: &Ed25519Signer, target: &str) -> Result<Admitted, ApiError> {
        self.answer(key, target, Answer::Deny).await
    }

    /// Nothing was merged, and nothing of it is left.
    pub(crate) fn assert_not_merged(&self) {
        assert!(self.stage.control().pull(BACKEND, 1).unwrap().merged_as.is_none());
        let acted = self.stage.control().requests().into_iter().any(|seen| seen.method == "PUT");
        assert!(!acted, "the act was sent");
        self.stage.assert_nothing_alive();
    }

    pub(crate) async fn restart(self) -> Persons {
        Persons { stage: self.stage.restart().await, ..self }
    }

    pub(crate) async fn bot(&self) -> Holder {
        self.stage.delegate(|_| ()).await
    }
}

/// A person with a better kept key.
pub(crate) fn kept(name: &str, key: &Ed25519Signer, roles: &[Role], assurance: Assurance) -> Person {
    let mut person = someone(name, key, roles);
    person.keys[0].assurance = assurance;
    person
}
