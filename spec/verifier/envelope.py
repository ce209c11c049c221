"""Envelopes and digests (envelope.md)."""

import hashlib
from dataclasses import dataclass

from . import strict_json
from .base64_text import decode_base64
from .refusal import Refused

MAX_ENVELOPE = 96 * 1024


def digest(data):
    """SHA-256 in its one written form."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


@dataclass(frozen=True)
class Envelope:
    """A payload type, its payload and one signature, unchecked."""

    payload_type: str
    payload: bytes
    signature: bytes

    def encoding(self):
        """DSSE's pre-authentication encoding, which is what is signed."""
        kind = self.payload_type.encode()
        return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(self.payload), self.payload)

    def statement(self):
        """The statement digest."""
        return digest(self.encoding())

    def signed_by(self, key):
        return key.verifies(self.encoding(), self.signature)


def members(value, required, optional=()):
    """Refuses what is no object, lacks a member, or has one that is unknown."""
    if not isinstance(value, dict):
        raise Refused("wrong-type")
    for name in required:
        if name not in value:
            raise Refused("missing-field")
    for name in value:
        if name not in required and name not in optional:
            raise Refused("unknown-field")
    return value


def _string(value):
    if not isinstance(value, str):
        raise Refused("wrong-type")
    return value


def _bytes(value):
    data = decode_base64(_string(value))
    if data is None:
        raise Refused("base64")
    return data


def parse(data):
    """The envelope in these bytes."""
    if len(data) > MAX_ENVELOPE:
        raise Refused("too-large")
    outer = members(strict_json.parse(data), ("payloadType", "payload", "signatures"))
    kind, payload = _string(outer["payloadType"]), _bytes(outer["payload"])
    signatures = outer["signatures"]
    if not isinstance(signatures, list):
        raise Refused("wrong-type")
    if len(signatures) != 1:
        raise Refused("signature-count")
    inner = members(signatures[0], ("sig",), ("keyid",))
    _string(inner.get("keyid", ""))
    signature = _bytes(inner["sig"])
    if len(payload) > strict_json.MAX_PAYLOAD:
        raise Refused("too-large")
    return Envelope(kind, payload, signature)
