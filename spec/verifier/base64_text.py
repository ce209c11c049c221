"""Canonical base64 (envelope.md)."""

import base64
import binascii


def decode_base64(text):
    """The bytes of standard base64 with padding and idle bits of zero, or None."""
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error):
        return None
    return data if base64.b64encode(data).decode() == text else None
