//! The codes that refusals have in `spec/`: stable words for the enums of the crate.

use super::json::int;
use bailiwick_authority::{
    EnvelopeError, FormatError, NotASuccession, Refused, SignatureError, Value, Widening,
};

pub(crate) fn format_code(error: &FormatError) -> &'static str {
    match error {
        FormatError::Json(_) => "json",
        FormatError::TooLarge { .. } => "too-large",
        FormatError::Missing(_) => "missing-field",
        FormatError::WrongType { .. } => "wrong-type",
        FormatError::Unknown(_) => "unknown-field",
        FormatError::Invalid { .. } => "invalid-field",
    }
}

pub(crate) fn envelope_code(error: &EnvelopeError) -> &'static str {
    match error {
        EnvelopeError::Format(error) => format_code(error),
        EnvelopeError::Signatures(_) => "signature-count",
        EnvelopeError::Base64(_) => "base64",
    }
}

pub(crate) fn signature_code(error: SignatureError) -> &'static str {
    match error {
        SignatureError::OtherIssuer => "other-issuer",
        SignatureError::Wrong => "wrong-signature",
    }
}

pub(crate) fn succession_code(why: &NotASuccession) -> &'static str {
    match why {
        NotASuccession::LostPerson(_) => "lost-person",
        NotASuccession::LostKey(_) => "lost-key",
        NotASuccession::ChangedKey(_) => "changed-key",
        NotASuccession::MilderEnd(_) => "milder-end",
    }
}

fn widening_code(widening: &Widening) -> &'static str {
    match widening {
        Widening::Grant(_) => "grant",
        Widening::Begins => "begins",
        Widening::Expires => "expires",
        Widening::Uses => "uses",
        Widening::Rate => "rate",
        Widening::Depth => "depth",
    }
}

/// `{"refused": code}`.
pub(crate) fn refused(code: &str) -> Value {
    Value::object([("refused", Value::from(code))])
}

/// `{"ok": …}`.
pub(crate) fn accepted(what: Value) -> Value {
    Value::object([("ok", what)])
}

/// `{"refused", "link"?, "detail"?}`.
pub(crate) fn chain_refusal(refused: &Refused) -> Value {
    let (code, link, detail) = match refused {
        Refused::Length(_) => ("chain-length", None, None),
        Refused::LinkFormat(link, error) => {
            ("link-format", Some(*link), Some(envelope_code(error).to_owned()))
        }
        Refused::LinkRealm(link) => ("link-realm", Some(*link), None),
        Refused::NotASteward => ("not-a-steward", None, None),
        Refused::LinkSignature(link) => ("link-signature", Some(*link), None),
        Refused::Broken(link) => ("link-broken", Some(*link), None),
        Refused::Widens(link, how) => ("link-widens", Some(*link), Some(widening_code(how).to_owned())),
        Refused::LinkFutureDated(link) => ("link-future-dated", Some(*link), None),
        Refused::NotYetValid(link) => ("link-not-yet-valid", Some(*link), None),
        Refused::LinkExpired(link) => ("link-expired", Some(*link), None),
        Refused::Revoked(link) => ("revoked", Some(*link), None),
        Refused::InvocationFormat(error) => {
            ("invocation-format", None, Some(envelope_code(error).to_owned()))
        }
        Refused::InvocationRealm => ("invocation-realm", None, None),
        Refused::NotTheHolder => ("not-the-holder", None, None),
        Refused::OtherBroker => ("other-broker", None, None),
        Refused::InvocationFutureDated => ("invocation-future-dated", None, None),
        Refused::TooLongLived => ("invocation-too-long-lived", None, None),
        Refused::InvocationExpired => ("invocation-expired", None, None),
        Refused::NotGranted(link) => ("not-granted", Some(*link), None),
        Refused::Argument { link, argument, .. } => ("argument", Some(*link), Some(argument.clone())),
    };
    let mut members = vec![("refused", Value::from(code))];
    members.extend(link.map(|link| ("link", int(u64::try_from(link).unwrap()))));
    members.extend(detail.map(|detail| ("detail", Value::from(detail))));
    Value::object(members)
}
