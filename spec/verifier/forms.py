"""Identifiers, texts, times, addresses: the leaves of every statement (statements.md)."""

import re
import unicodedata
from ipaddress import IPv4Address

from . import ed25519
from .envelope import decode_base64, members
from .refusal import Refused

LAST_SECOND = 253_402_300_799

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")
_ACTION = re.compile(r"[a-z0-9-]+/[a-z0-9-]+")
_RESOURCE = re.compile(r"[a-z0-9-]+:[A-Za-z0-9._-]+")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_NONCE = re.compile(r"[0-9a-f]{32}")
_ARGUMENT = re.compile(r"[a-z][a-z0-9_]{0,62}")

# Default_Ignorable_Code_Point of Unicode 16, line and paragraph separators, the embedding and override
# controls between them, and interlinear annotations.
_DISTURBING = (
    (0xAD, 0xAD), (0x34F, 0x34F), (0x61C, 0x61C), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F),
    (0x200B, 0x200F), (0x2028, 0x202E), (0x2060, 0x206F), (0x3164, 0x3164), (0xFE00, 0xFE0F),
    (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFFB), (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A),
    (0xE0000, 0xE0FFF),
)  # fmt: skip


def is_control(character):
    """Unicode's general category Cc."""
    return unicodedata.category(character) == "Cc"


def is_name(text):
    return _NAME.fullmatch(text) is not None


def is_action(text):
    return len(text) <= 100 and _ACTION.fullmatch(text) is not None


def is_resource(text):
    return len(text) <= 200 and _RESOURCE.fullmatch(text) is not None


def is_digest(text):
    return _DIGEST.fullmatch(text) is not None


def is_nonce(text):
    return _NONCE.fullmatch(text) is not None


def is_realm(text):
    return text == "genesis" or is_digest(text)


def is_text(text):
    if not 1 <= len(text.encode()) <= 512:
        return False
    return not any(
        is_control(one) or any(low <= ord(one) <= high for low, high in _DISTURBING) for one in text
    )


def is_argument_name(text):
    return _ARGUMENT.fullmatch(text) is not None


FORMS = {
    "name": is_name,
    "action": is_action,
    "resource": is_resource,
    "text": is_text,
    "digest": is_digest,
    "nonce": is_nonce,
    "realm": is_realm,
}

_LABEL = re.compile(r"[a-z0-9][a-z0-9-]*")
_SEGMENT = re.compile(r"[A-Za-z0-9._-]+")
_ORIGIN = re.compile(r"(https?)://([^/:]*)(?::([^/]*))?(?:/(.*))?", re.DOTALL)


def _origin(url):
    """Scheme, host and path of an address in its one form, or None."""
    found = _ORIGIN.fullmatch(url)
    if not found:
        return None
    scheme, host, port, path = found.groups()
    labels = host.split(".")
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        return None
    numeric = labels[-1].startswith("0x") or (labels[-1].isascii() and labels[-1].isdigit())
    if numeric and not _is_ipv4(host):
        return None
    if port is not None:
        implied = {"http": "80", "https": "443"}[scheme]
        if not re.fullmatch(r"[1-9][0-9]{0,4}", port) or int(port) > 65_535 or port == implied:
            return None
    return scheme, host, path


def _is_ipv4(host):
    try:
        return str(IPv4Address(host)) == host
    except ValueError:
        return False


def is_api(url):
    """Whether this is the base URL of an API: `https`, or `http` on loopback."""
    origin = _origin(url)
    if origin is None:
        return False
    scheme, host, path = origin
    if path is not None:
        segments = path.split("/")
        if not all(_SEGMENT.fullmatch(one) and one not in (".", "..") for one in segments):
            return False
    loopback = host == "localhost" or host.endswith(".localhost")
    loopback = loopback or (_is_ipv4(host) and IPv4Address(host).is_loopback)
    return scheme == "https" or loopback


def is_proxy(url):
    """Whether this is a proxy's address: a scheme, a host, a port, no path."""
    origin = _origin(url)
    return origin is not None and origin[2] is None


def string(good=None):
    """A reader of strings that satisfy `good`."""

    def read(value):
        if not isinstance(value, str):
            raise Refused("wrong-type")
        if good is not None and not good(value):
            raise Refused("invalid-field")
        return value

    return read


def one_of(*words):
    return string(lambda text: text in words)


def integer(value):
    if isinstance(value, bool) or not isinstance(value, int):
        raise Refused("wrong-type")
    return value


def count(value):
    """A whole number that is not negative."""
    if integer(value) < 0:
        raise Refused("wrong-type")
    return value


def time(value):
    """Seconds since 1970, before the year 10000."""
    if count(value) > LAST_SECOND:
        raise Refused("invalid-field")
    return value


def array(read):
    """A reader of arrays."""

    def read_all(value):
        if not isinstance(value, list):
            raise Refused("wrong-type")
        return [read(item) for item in value]

    return read_all


def anything(value):
    return value


def object_of(**readers):
    """A reader of objects; a reader in a tuple is that of an optional member."""
    required = [name for name, read in readers.items() if not isinstance(read, tuple)]
    optional = [name for name, read in readers.items() if isinstance(read, tuple)]

    def read_object(value):
        members(value, required, optional)
        out = {}
        for name, read in readers.items():
            if name in value:
                out[name] = (read[0] if isinstance(read, tuple) else read)(value[name])
        return out

    return read_object


def dictionary(good_key, read):
    """A reader of objects whose keys are data."""

    def read_dictionary(value):
        if not isinstance(value, dict):
            raise Refused("wrong-type")
        for key in value:
            if not good_key(key):
                raise Refused("invalid-field")
        return {key: read(item) for key, item in value.items()}

    return read_dictionary


def public_key(text):
    """The 32 bytes of an Ed25519 key in base64."""
    data = decode_base64(string()(text))
    if data is None or not ed25519.is_key(data):
        raise Refused("invalid-field")
    return data


KEY = {"suite": one_of("ed25519"), "public": public_key}
holder = object_of(**KEY)
digest = string(is_digest)
name = string(is_name)
text = string(is_text)
resource = object_of(id=string(is_resource), name=text)
