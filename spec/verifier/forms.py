"""Identifiers, texts, times, keys: the leaves of every statement (statements.md)."""

import re
import unicodedata

from .base64_text import decode_base64
from .envelope import members
from .keys import Key
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


def with_key(suites, **readers):
    """A reader of objects with a key among their members: `suite` and `public`, read as one `key`."""
    shape = object_of(suite=one_of(*suites), public=string(), **readers)

    def read(value):
        out = shape(value)
        public = decode_base64(out.pop("public"))
        key = None if public is None else Key.of(out.pop("suite"), public)
        if key is None:
            raise Refused("invalid-field")
        return out | {"key": key}

    return read


_holder = with_key(("ed25519",))


def holder(value):
    """The key of a holder, which signs by itself."""
    return _holder(value)["key"]


digest = string(is_digest)
name = string(is_name)
text = string(is_text)
resource = object_of(id=string(is_resource), name=text)
