"""The payload of each kind of statement (one page of this folder each)."""

from dataclasses import dataclass

from . import constraints, strict_json
from .address import is_api, is_proxy
from .envelope import Envelope, parse
from .forms import (
    anything, array, count, dictionary, digest, holder, is_argument_name, is_digest, is_name, is_action,
    is_nonce, is_realm, is_text, name, object_of, one_of, resource, string, text, time, with_key,
)  # fmt: skip
from .keys import SUITES
from .refusal import Refused

IN_TOTO = "application/vnd.in-toto+json"
PREDICATES = {"receipt": "urn:bailiwick:receipt:v1", "finding": "urn:bailiwick:finding:v1"}
MAX_GRANTS, MAX_ACTIONS, MAX_RESOURCES, MAX_PATTERN_BYTES = 64, 64, 256, 2_048
MAX_ASKS, MAX_EXCLUDED, MAX_CHAIN = 16, 200, 8

COMMON = {"realm": string(is_realm), "issuer": digest, "issued": time, "nonce": string(is_nonce)}
ARGUMENTS = dictionary(is_argument_name, constraints.argument)


def _check(condition):
    if not condition:
        raise Refused("invalid-field")


def _grant(value):
    grant = object_of(
        connection=name,
        catalogue=name,
        actions=array(string(is_action)),
        resources=array(resource),
        arguments=dictionary(is_argument_name, constraints.read),
    )(value)
    _check(1 <= len(grant["actions"]) <= MAX_ACTIONS)
    _check(1 <= len(grant["resources"]) <= MAX_RESOURCES)
    return grant


def _capability(body):
    _check(1 <= len(body["grants"]) <= MAX_GRANTS)
    patterns = (one for grant in body["grants"] for one in grant["arguments"].values())
    _check(sum(map(constraints.pattern_bytes, patterns)) <= MAX_PATTERN_BYTES)
    _check(body["not_before"] < body["expires"])
    rate = body.get("rate", {"uses": 1, "seconds": 1})
    _check(rate["uses"] >= 1 and 1 <= rate["seconds"] <= 86_400)
    _check(body.get("max_uses", 1) >= 1)


def _claims(value):
    if not isinstance(value, dict):
        raise Refused("wrong-type")
    return value


def _end(value):
    if isinstance(value, dict) and value.get("how") == "compromised":
        return object_of(how=string(), since=count)(value)
    return object_of(how=one_of("rotated", "retired"))(value)


_KEY = with_key(
    SUITES,
    assurance=one_of("file", "keychain", "synced-passkey", "device-bound"),
    enrolled=text,
    end=(_end,),
)


def _enrolled(value):
    key = _KEY(value)
    _check(key["key"].says() in (None, key["assurance"]))
    return key


def _distinct(items):
    items = list(items)
    return len(set(items)) == len(items)


def _person(value):
    person = object_of(
        name=name,
        roles=array(one_of("steward", "approver", "security")),
        identities=dictionary(is_name, text),
        keys=array(_enrolled),
    )(value)
    _check(_distinct(person["roles"]))
    return person


def _roster(body):
    persons = body["persons"]
    _check(1 <= len(persons) <= 200 and 1 <= body["change_quorum"] <= len(persons))
    _check(_distinct(person["name"] for person in persons))
    _check(_distinct(key["key"].id() for person in persons for key in person["keys"]))
    recovery = body.get("recovery")
    if recovery is not None:
        named = recovery["persons"]
        approvers = {person["name"] for person in persons if "approver" in person["roles"]}
        _check(max(2, body["change_quorum"]) <= recovery["quorum"] <= len(named))
        _check(all(one.encode() < following.encode() for one, following in zip(named, named[1:])))
        _check(approvers.issuperset(named))


_TARGET_IDS = {
    "capability": is_digest,
    "agent": is_digest,
    "person": is_name,
    "connection": is_name,
    "standing": is_digest,
    "everything": lambda target: target == "all",
}


def _target(*kinds):
    def read(value):
        target = object_of(kind=string(), id=string())(value)
        _check(target["kind"] in kinds and _TARGET_IDS[target["kind"]](target["id"]))
        return target

    return read


def _ask(value):
    ask = object_of(
        policy=name,
        title=text,
        because=text,
        count=count,
        role=one_of("steward", "approver", "security"),
        assurance=(one_of("file", "keychain", "synced-passkey", "device-bound"),),
        excluded=array(name),
    )(value)
    excluded = ask["excluded"]
    _check(ask["count"] >= 1 and len(excluded) <= MAX_EXCLUDED)
    _check(all(one.encode() < following.encode() for one, following in zip(excluded, excluded[1:])))
    return ask


def _standing(body):
    _check(1 <= len(body["asks"]) <= MAX_ASKS and body["max_uses"] >= 1)
    _check(sum(map(constraints.pattern_bytes, body["arguments"].values())) <= MAX_PATTERN_BYTES)


_OUTCOME = one_of("succeeded", "failed", "denied", "expired", "halted", "unknown")
_CREDENTIAL = object_of(
    purpose=name,
    kind=name,
    scope=anything,
    sha256=(digest,),
    requested=time,
    expires=(time,),
    end=name,
    life_ms=(count,),
)

# The fields of each kind beyond the common ones, and what must hold between them.
KINDS = {
    "roster": (
        {
            "series": one_of("roster"),
            "previous": (digest,),
            "change_quorum": count,
            "persons": array(_person),
            "recovery": (object_of(quorum=count, persons=array(name)),),
        },
        _roster,
    ),
    "connection": (
        {
            "series": name,
            "previous": (digest,),
            "destination": one_of("github"),
            "api": string(is_api),
            "github": object_of(app=count, installation=count),
            "root": digest,
            "certificate_authority": (string(),),
            "proxy": (string(is_proxy),),
        },
        None,
    ),
    "policy": (
        {
            "series": one_of("policy"),
            "previous": (digest,),
            "guard": digest,
            "ask": digest,
            "schema": digest,
            "data": digest,
        },
        None,
    ),
    "capability": (
        {
            "parent": (digest,),
            "holder": holder,
            "label": text,
            "grants": array(_grant),
            "not_before": time,
            "expires": time,
            "max_uses": (count,),
            "rate": (object_of(uses=count, seconds=count),),
            "max_depth": count,
            "purpose": text,
        },
        _capability,
    ),
    "invocation": (
        {
            "leaf": digest,
            "broker": digest,
            "action": string(is_action),
            "connection": name,
            "resource": resource,
            "arguments": ARGUMENTS,
            "expires": time,
            "claims": _claims,
        },
        None,
    ),
    "revocation": (
        {"target": _target("capability", "agent", "person", "connection", "standing"), "reason": text},
        None,
    ),
    "halt": ({"reason": text}, None),
    "pause": ({"target": _target("agent", "everything"), "uid": count}, None),
    "resume": ({"lifts": digest}, None),
    "fetch": ({"holder": holder, "broker": digest, "expires": time}, None),
    "alarm": (
        {
            "code": name,
            "statement": digest,
            "kind": name,
            "key": digest,
            "person": (name,),
            "text": text,
        },
        None,
    ),
    "session": ({"broker": digest, "console": text, "expires": time}, None),
    "invitation": (
        {"name": name, "identities": dictionary(is_name, text), "key": _enrolled, "expires": time},
        lambda body: _check("end" not in body["key"]),
    ),
    "request": (
        {
            "operation": digest,
            "chain": array(digest),
            "person": name,
            "path": array(text),
            "agent": digest,
            "process": anything,
            "action": string(is_action),
            "sentence": text,
            "effects": array(text),
            "connection": name,
            "connection_statement": digest,
            "resource": resource,
            "arguments": ARGUMENTS,
            "facts": digest,
            "policy": digest,
            "asks": array(_ask),
            "credential": anything,
            "claims": anything,
            "expires": time,
        },
        lambda body: _check(1 <= len(body["asks"]) <= MAX_ASKS and 1 <= len(body["chain"]) <= MAX_CHAIN),
    ),
    "approval": (
        {"target": digest, "answer": one_of("approve", "deny"), "reason": (text,)},
        None,
    ),
    "standing": (
        {
            "request": digest,
            "policy": digest,
            "asks": array(name),
            "agent": digest,
            "connection": name,
            "action": string(is_action),
            "resource": resource,
            "arguments": dictionary(is_argument_name, constraints.read),
            "max_uses": count,
            "expires": time,
        },
        _standing,
    ),
    "receipt": (
        {
            "operation": digest,
            "outcome": _OUTCOME,
            "reason": (object_of(code=name, message=text),),
            "person": (name,),
            "chain": array(digest),
            "path": array(text),
            "agent": digest,
            "process": anything,
            "action": string(is_action),
            "effects": array(text),
            "connection": name,
            "resource": resource,
            "arguments": ARGUMENTS,
            "policy": (digest,),
            "decision": (anything,),
            "request": (digest,),
            "approvals": array(digest),
            "facts": (anything,),
            "observations": array(digest),
            "credentials": array(_CREDENTIAL),
            "output": (anything,),
            "unpinned": array(text),
            "received": time,
            "elapsed_ms": count,
            "engine": anything,
        },
        None,
    ),
    "finding": (
        {
            "operation": digest,
            "receipt": digest,
            "outcome": _OUTCOME,
            "text": text,
            "output": (anything,),
        },
        None,
    ),
}


def payload_type(kind):
    """The payload type of a kind."""
    return IN_TOTO if kind in PREDICATES else f"application/vnd.bailiwick.{kind}.v1+json"


def kind_of(envelope):
    """The kind of an envelope's payload, or None where it has none of ours."""
    if envelope.payload_type != IN_TOTO:
        kinds = (kind for kind in KINDS if kind not in PREDICATES)
        return next((kind for kind in kinds if payload_type(kind) == envelope.payload_type), None)
    try:
        value = strict_json.parse_payload(envelope.payload)
    except Refused:
        return None
    predicate = value.get("predicateType") if isinstance(value, dict) else None
    return next((kind for kind, one in PREDICATES.items() if one == predicate), None)


@dataclass(frozen=True)
class Statement:
    """A well-formed statement, unverified."""

    envelope: Envelope
    body: dict

    def digest(self):
        return self.envelope.statement()

    def verify(self, key):
        """Refuses what is not this key's."""
        if key.id() != self.body["issuer"]:
            raise Refused("other-issuer")
        if not self.envelope.signed_by(key):
            raise Refused("wrong-signature")


def read(kind, data):
    """The statement of this kind in the bytes of an envelope."""
    envelope = parse(data)
    _check(envelope.payload_type == payload_type(kind))
    value = strict_json.parse_payload(envelope.payload)
    subject = None
    if kind in PREDICATES:
        outer = object_of(
            _type=one_of("https://in-toto.io/Statement/v1"),
            subject=anything,
            predicateType=one_of(PREDICATES[kind]),
            predicate=_claims,
        )(value)
        value, subject = outer["predicate"], outer["subject"]
    readers, check = KINDS[kind]
    body = object_of(**COMMON, **readers)(value)
    if check is not None:
        check(body)
    if subject is not None:
        hexadecimal = body["operation"].removeprefix("sha256:")
        _check(subject == [{"name": "operation", "digest": {"sha256": hexadecimal}}])
    return Statement(envelope, body)
