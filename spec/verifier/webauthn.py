"""WebAuthn keys and assertions as signatures (webauthn.md)."""

import base64
import hashlib
from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from . import ed25519, strict_json
from .base64_text import decode_base64
from .refusal import Refused

MAX_PUBLIC = 4_096
MAX_ASSERTION = 4_096
SECURITY_KEY = "bailiwick:security-key"
PUBLIC = ("algorithm", "credential", "key", "origins", "rp_id", "synced")
ASSERTION = ("authenticator_data", "client_data", "signature")
PRESENT, VERIFIED, ELIGIBLE, BACKED_UP, ATTESTED, EXTENDED = 0x01, 0x04, 0x08, 0x10, 0x40, 0x80


def _object(data, limit, names):
    """The object with exactly these members whose one encoding these bytes are, or None."""
    if len(data) > limit:
        return None
    try:
        value = strict_json.parse_payload(data)
    except Refused:
        return None
    if not isinstance(value, dict) or set(value) != set(names) or strict_json.encode(value) != data:
        return None
    return value


def _bytes(value):
    return decode_base64(value) if isinstance(value, str) else None


@lru_cache(maxsize=4096)
def read(public, host_of):
    """What a key says, or None. `host_of` gives the host of a web origin, or None."""
    value = _object(public, MAX_PUBLIC, PUBLIC)
    if value is None:
        return None
    key, credential = _bytes(value["key"]), _bytes(value["credential"])
    origins, rp_id = value["origins"], value["rp_id"]
    if key is None or credential is None or not 16 <= len(credential) <= 1_023:
        return None
    if not isinstance(value["synced"], bool) or not isinstance(rp_id, str) or not isinstance(origins, list):
        return None
    if not all(isinstance(origin, str) for origin in origins) or not 1 <= len(origins) <= 8:
        return None
    if "." not in rp_id or host_of("https://" + rp_id) != rp_id or rp_id.split(".")[-1].isdigit():
        return None
    in_bytes = [origin.encode() for origin in origins]
    if any(one >= following for one, following in zip(in_bytes, in_bytes[1:])):
        return None
    for origin in origins:
        host = host_of(origin)
        if origin != SECURITY_KEY and (host is None or not ("." + host).endswith("." + rp_id)):
            return None
    algorithm = value["algorithm"]
    verify = _VERIFIERS.get(algorithm) if isinstance(algorithm, str) else None
    loaded = verify and verify[0](key)
    if not loaded:
        return None
    return {"verify": verify[1], "key": loaded, "origins": origins, "rp_id": rp_id, "synced": value["synced"]}


def _load_es256(key):
    if len(key) != 65 or key[0] != 4:
        return None
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), key)
    except ValueError:
        return None


def _es256(key, message, signature):
    # One encoding of a signature: DER of two positive integers, as OpenSSL itself demands.
    if encode_dss_signature(*decode_dss_signature(signature)) != signature:
        raise ValueError("not DER")
    key.verify(signature, message, ec.ECDSA(SHA256()))


def _load_rs256(key):
    if len(key) not in (256, 384, 512) or not key[0] & 0x80 or not key[-1] & 1:
        return None
    return rsa.RSAPublicNumbers(65_537, int.from_bytes(key, "big")).public_key()


def _rs256(key, message, signature):
    key.verify(signature, message, padding.PKCS1v15(), SHA256())


def _load_eddsa(key):
    return key if ed25519.is_key(key) else None


def _eddsa(key, message, signature):
    if not ed25519.verifies(key, message, signature):
        raise InvalidSignature


_VERIFIERS = {"ES256": (_load_es256, _es256), "RS256": (_load_rs256, _rs256), "EdDSA": (_load_eddsa, _eddsa)}


def verifies(enrolled, message, signature):
    """Whether `signature` is an assertion of this key over `message`."""
    value = _object(signature, MAX_ASSERTION, ASSERTION)
    if value is None:
        return False
    data, client, signed = (_bytes(value[name]) for name in ASSERTION)
    if data is None or client is None or signed is None:
        return False
    challenge = hashlib.sha256(message).digest()
    if not _client_fits(enrolled, challenge, client) or not _authenticator_fits(enrolled, data):
        return False
    try:
        enrolled["verify"](enrolled["key"], data + hashlib.sha256(client).digest(), signed)
    except (InvalidSignature, ValueError):
        return False
    return True


def _client_fits(enrolled, challenge, client):
    try:
        value = strict_json.parse(client)
    except Refused:
        return False
    if not isinstance(value, dict):
        return False
    expected = base64.urlsafe_b64encode(challenge).decode().rstrip("=")
    origin = value.get("origin")
    return (
        value.get("type") == "webauthn.get"
        and value.get("challenge") == expected
        and isinstance(origin, str)
        and origin in enrolled["origins"]
        and value.get("crossOrigin", False) is False
        and "topOrigin" not in value
    )


def _authenticator_fits(enrolled, data):
    if len(data) < 37:
        return False
    flags = data[32]
    return (
        (len(data) > 37) == bool(flags & EXTENDED)
        and not flags & ATTESTED
        and not (flags & BACKED_UP and not flags & ELIGIBLE)
        and data[:32] == hashlib.sha256(enrolled["rp_id"].encode()).digest()
        and bool(flags & PRESENT)
        and bool(flags & VERIFIED)
        and bool(flags & ELIGIBLE) == enrolled["synced"]
    )
