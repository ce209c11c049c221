"""Runs the vectors of this folder: what each is, and what it must come to."""

import base64
import json

from . import chain, constraints, envelope, ledger, roster, statements, strict_json
from .base64_text import decode_base64
from .forms import FORMS
from .keys import Key
from .refusal import Refused


def data(value):
    """Bytes as they stand in a vector: a string where they are UTF-8, or `{"base64"}`."""
    return value.encode() if isinstance(value, str) else base64.b64decode(value["base64"])


def _key(vector, field):
    """The key at `field`; its suite stands beside it, unless it is Ed25519."""
    public = decode_base64(vector[field])
    key = None if public is None else Key.of(vector.get("suite", "ed25519"), public)
    if key is None:
        raise Refused("invalid-field")
    return key


def _json(vector):
    return {"encoded": strict_json.encode(strict_json.parse_payload(data(vector["text"]))).decode()}


def _envelope(vector):
    raw = data(vector["envelope"])
    read = envelope.parse(raw)
    return {
        "payload_type": read.payload_type,
        "payload": envelope.digest(read.payload),
        "kind": statements.kind_of(read) or "none",
        "statement": read.statement(),
        "envelope": envelope.digest(raw),
    }


def _form(vector):
    if not FORMS[vector["form"]](vector["text"]):
        raise Refused("invalid-field")
    return {}


def _public(vector):
    return {"id": _key(vector, "public").id()}


def _signature(vector):
    key = _key(vector, "public")
    if not key.verifies(data(vector["message"]), data(vector["signature"])):
        raise Refused("wrong-signature")
    return {}


def _statement(vector):
    read = statements.read(vector["kind"], data(vector["envelope"]))
    if "key" in vector:
        read.verify(_key(vector, "key"))
    return {"statement": read.digest()} | {name: read.body[name] for name in statements.COMMON}


def _constraint(vector):
    constraint = constraints.read(vector["constraint"])
    return {"allows": constraints.allows(constraint, constraints.argument(vector["value"]))}


def _covers(vector):
    wide, narrow = constraints.read(vector["wide"]), constraints.read(vector["narrow"])
    return {"covers": constraints.covers(wide, narrow)}


def _chain(vector):
    setting = chain.Setting(
        realm=vector["realm"],
        roster=statements.read("roster", data(vector["roster"])).body,
        broker=vector["broker"],
        now=vector["now"],
        revoked=frozenset((target["kind"], target["id"]) for target in vector["revoked"]),
        admitted=vector.get("admitted"),
    )
    return chain.judge([data(link) for link in vector["chain"]], data(vector["invocation"]), setting)


def _succession(vector):
    before, after = (statements.read("roster", data(vector[name])).body for name in ("before", "after"))
    roster.succeeds(before, after)
    return {}


def _leaf(vector):
    return ledger.chained(vector["leaves"])


TYPES = {
    "json": _json,
    "envelope": _envelope,
    "form": _form,
    "key": _public,
    "signature": _signature,
    "statement": _statement,
    "constraint": _constraint,
    "covers": _covers,
    "chain": _chain,
    "succession": _succession,
    "leaf": _leaf,
}


def verdict(vector):
    """What a vector comes to: `{"ok": …}` or `{"refused": code, …}`."""
    try:
        return {"ok": TYPES[vector["type"]](vector)}
    except Refused as why:
        return why.verdict()


def line(case):
    """The verdict on a generated chain in one line."""
    try:
        _chain(case)
    except Refused as why:
        return why.line()
    return "accepted"


def run(folder, report):
    """Runs every vector below `folder`; returns how many passed and how many failed."""
    passed = failed = 0
    for path in sorted(folder.glob("*/*.json")):
        vector = json.loads(path.read_text(encoding="utf-8"))
        found = verdict(vector)
        if found == vector["expect"]:
            passed += 1
        else:
            failed += 1
            report(f"{path.relative_to(folder)}: expected {vector['expect']}, found {found}")
    return passed, failed
