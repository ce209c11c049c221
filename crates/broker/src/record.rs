//! The broker's record of one operation while it lives: what the view shows and the receipt says.

use crate::approval::Heard;
use crate::credentials::Pair;
use crate::effect::Effect;
use crate::process::Peer;
use bailiwick_authority::{
    Answer, Argument, Arguments, Capability, Credential, Digest, Invocation, KeyId, Name, Outcome, Receipt,
    Signed, Text, Timestamp, Value,
};
use bailiwick_protocol::{ApiError, CredentialView, OperationView, ResourceView, Stage};
use std::time::Instant;

/// What is shorter than this, in bytes, is never named by digest.
const SHORT: usize = 4 * 1024;

/// One operation.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) id: Digest,
    pub(crate) invocation: Signed<Invocation>,
    /// The connection statement that it goes by, once that is known.
    pub(crate) connection: Option<Digest>,
    /// The arguments as the receipt writes them.
    arguments: Arguments,
    pub(crate) chain: Vec<Digest>,
    pub(crate) path: Vec<Text>,
    pub(crate) person: Name,
    pub(crate) process: Value,
    pub(crate) effects: Vec<Effect>,
    pub(crate) policy: Option<Digest>,
    pub(crate) decision: Option<Value>,
    /// What persons were asked by, if they were.
    pub(crate) request: Option<Digest>,
    /// What they answered.
    pub(crate) heard: Vec<Heard>,
    /// The rules of theirs that answer instead.
    pub(crate) rules: Vec<Digest>,
    pub(crate) facts: Option<Value>,
    pub(crate) observations: Vec<Digest>,
    pub(crate) credentials: Vec<Credential>,
    pub(crate) view: OperationView,
    pub(crate) received: Timestamp,
    pub(crate) started: Instant,
}

/// How an operation ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) outcome: Outcome,
    pub(crate) reason: Option<ApiError>,
    pub(crate) output: Option<Value>,
    pub(crate) unpinned: Vec<Text>,
}

impl Ended {
    pub(crate) fn because(outcome: Outcome, reason: ApiError) -> Ended {
        Ended { outcome, reason: Some(reason), output: None, unpinned: Vec::new() }
    }
}

impl Record {
    pub(crate) fn new<'a>(
        invocation: &Signed<Invocation>,
        chain: impl Iterator<Item = &'a Signed<Capability>>,
        person: &Name,
        peer: &Peer,
        received: Timestamp,
    ) -> Record {
        let (digests, path): (Vec<Digest>, Vec<Text>) =
            chain.map(|link| (link.digest(), link.body().label.clone())).unzip();
        let body = invocation.body();
        let view = OperationView {
            id: invocation.digest().to_string(),
            action: body.action.to_string(),
            sentence: format!("{} on {}", body.action, body.resource.name),
            connection: body.connection.to_string(),
            resource: ResourceView { id: body.resource.id.to_string(), name: body.resource.name.to_string() },
            arguments: to_json(&arguments_value(&body.arguments)),
            person: Some(person.to_string()),
            path: path.iter().map(ToString::to_string).collect(),
            agent: invocation.common().issuer.to_string(),
            chain: digests.iter().map(ToString::to_string).collect(),
            stage: Stage::Received,
            outcome: None,
            reason: None,
            refusals: Vec::new(),
            waiting: None,
            facts: None,
            output: None,
            credentials: Vec::new(),
            received: received.seconds(),
            elapsed_ms: 0,
            receipt: None,
            replayed: false,
        };
        Record {
            id: invocation.digest(),
            invocation: invocation.clone(),
            connection: None,
            arguments: body.arguments.clone(),
            chain: digests,
            path,
            person: person.clone(),
            process: peer.observe(),
            effects: Vec::new(),
            policy: None,
            decision: None,
            request: None,
            heard: Vec::new(),
            rules: Vec::new(),
            facts: None,
            observations: Vec::new(),
            credentials: Vec::new(),
            view,
            received,
            started: Instant::now(),
        }
    }

    /// Takes down a credential and the assertion behind it, or what has become of them.
    pub(crate) fn note(&mut self, pair: &Pair) {
        for credential in [&pair.assertion, &pair.token] {
            let known = self
                .credentials
                .iter_mut()
                .find(|one| one.purpose == credential.purpose && one.kind == credential.kind);
            match known {
                Some(known) => *known = credential.clone(),
                None => self.credentials.push(credential.clone()),
            }
        }
    }

    /// What the act rests on besides its facts, to be on disk with the intent to act: the receipt names it
    /// even if the broker ends in the middle.
    pub(crate) fn decided(&self) -> Value {
        let mut members = vec![
            ("process", self.process.clone()),
            ("observations", Value::List(self.observations.iter().map(|one| Value::from(*one)).collect())),
        ];
        members.extend(self.policy.map(|policy| ("policy", Value::from(policy))));
        members.extend(self.decision.clone().map(|decision| ("decision", decision)));
        members.extend(self.request.map(|request| ("request", Value::from(request))));
        members.push(("rules", Value::List(self.rules.iter().map(|one| Value::from(*one)).collect())));
        members.extend(self.connection.map(|connection| ("connection", Value::from(connection))));
        Value::object(members)
    }

    /// Takes up again what [`Record::decided`] wrote.
    pub(crate) fn take_up(&mut self, decided: &Value) {
        let digest = |value: &Value| value.as_str().and_then(|text| text.parse::<Digest>().ok());
        if let Some(process) = decided.get("process") {
            self.process = process.clone();
        }
        if let Some(Value::List(observations)) = decided.get("observations") {
            self.observations = observations.iter().filter_map(digest).collect();
        }
        self.policy = decided.get("policy").and_then(digest);
        self.decision = decided.get("decision").cloned();
        self.request = decided.get("request").and_then(digest);
        self.connection = decided.get("connection").and_then(digest);
        if let Some(Value::List(rules)) = decided.get("rules") {
            self.rules = rules.iter().filter_map(digest).collect();
        }
    }

    /// What persons agreed by: their approvals, and the rules of theirs.
    fn approvals(&self) -> Vec<Digest> {
        let yes = self.heard.iter().filter(|one| one.answer == Answer::Approve).map(|one| one.digest);
        yes.chain(self.rules.iter().copied()).collect()
    }

    pub(crate) fn agent(&self) -> KeyId {
        self.invocation.common().issuer
    }

    /// Lets it have begun when it was received, after a restart.
    pub(crate) fn started_at(&mut self, now: Timestamp) {
        let before = std::time::Duration::from_secs(now.since(self.received));
        self.started = self.started.checked_sub(before).unwrap_or(self.started);
    }

    pub(crate) fn elapsed_ms(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Brings the view up to the record.
    pub(crate) fn at(&mut self, stage: Stage) -> OperationView {
        self.view.stage = stage;
        self.view.elapsed_ms = self.elapsed_ms();
        self.view.credentials = self.credentials.iter().map(credential_view).collect();
        self.view.clone()
    }

    /// Names by digest what does not fit into a receipt, the largest parts first. False when nothing is
    /// left to shorten: what remains is bounded well below the limit.
    ///
    /// The arguments stand in the invocation, which the ledger has.
    pub(crate) fn shorten(&mut self, ended: &mut Ended) -> bool {
        let mut shortened = false;
        for part in [&mut self.facts, &mut self.decision] {
            shortened |= shorten_value(part);
        }
        if shortened {
            return true;
        }
        shortened |= shorten_value(&mut ended.output);
        let arguments = arguments_value(&self.arguments).encode();
        if arguments.len() > SHORT {
            let digest = Argument::Str(Digest::of(&arguments).to_string());
            self.arguments = Arguments::from([("sha256".to_owned(), digest)]);
            shortened = true;
        }
        if self.observations.len() > 1 {
            let all: Vec<&[u8]> = self.observations.iter().map(|one| one.as_bytes().as_slice()).collect();
            self.observations = vec![Digest::of_parts(&all)];
            shortened = true;
        }
        shortened
    }

    /// The receipt of this operation.
    pub(crate) fn receipt(&self, ended: &Ended) -> Receipt {
        let body = self.invocation.body();
        Receipt {
            operation: self.id,
            outcome: ended.outcome,
            reason: ended
                .reason
                .as_ref()
                .and_then(|reason| Some((reason.code.as_str().parse().ok()?, cut_text(&reason.message)?))),
            person: Some(self.person.clone()),
            chain: self.chain.clone(),
            path: self.path.clone(),
            agent: self.agent(),
            process: self.process.clone(),
            action: body.action.clone(),
            effects: self.effects.iter().filter_map(Effect::to_text).collect(),
            connection: body.connection.clone(),
            resource: body.resource.clone(),
            arguments: self.arguments.clone(),
            policy: self.policy,
            decision: self.decision.clone(),
            request: self.request,
            approvals: self.approvals(),
            facts: self.facts.clone(),
            observations: self.observations.clone(),
            credentials: self.credentials.clone(),
            output: ended.output.clone(),
            unpinned: ended.unpinned.clone(),
            received: self.received,
            elapsed_ms: self.elapsed_ms(),
            engine: crate::engine_versions(),
        }
    }
}

pub(crate) fn credential_view(credential: &Credential) -> CredentialView {
    CredentialView {
        purpose: credential.purpose.to_string(),
        kind: credential.kind.to_string(),
        scope: to_json(&credential.scope),
        requested: credential.requested.seconds(),
        expires: credential.expires.map(Timestamp::seconds),
        end: credential.end.to_string(),
        life_ms: credential.life_ms,
    }
}

/// A strict value as the wire carries it.
pub(crate) fn to_json(value: &Value) -> serde_json::Value {
    serde_json::from_slice(&value.encode()).unwrap_or_default()
}

fn arguments_value(arguments: &Arguments) -> Value {
    Value::object(arguments.iter().map(|(name, value)| (name.clone(), value.to_value())))
}

fn shorten_value(part: &mut Option<Value>) -> bool {
    let Some(bytes) = part.as_ref().map(Value::encode).filter(|bytes| bytes.len() > SHORT) else {
        return false;
    };
    *part = Some(Value::object([("sha256", Value::from(Digest::of(&bytes)))]));
    true
}

/// The text with what disturbs escaped.
pub(crate) fn printable(message: &str) -> String {
    let mut out = String::with_capacity(message.len());
    for character in message.chars() {
        push_printable(&mut out, character);
    }
    out
}

/// Appends a character, escaped where it would move or hide other text.
pub(crate) fn push_printable(out: &mut String, character: char) {
    let mut bytes = [0; 4];
    let text: &str = character.encode_utf8(&mut bytes);
    if text.parse::<Text>().is_ok() {
        out.push(character);
    } else {
        out.extend(character.escape_unicode());
    }
}

/// As a text that a statement may carry: what disturbs is escaped, what is too long is cut. `None` when
/// there is nothing to say.
pub(crate) fn cut_text(message: &str) -> Option<Text> {
    let mut out = String::new();
    for character in message.chars() {
        let before = out.len();
        push_printable(&mut out, character);
        if out.len() > Text::MAX_BYTES - 4 {
            out.truncate(before);
            out.push('…');
            break;
        }
    }
    out.parse().ok()
}
