"""Leaves and heads (ledger.md)."""

import hashlib

from .strict_json import encode


def _sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def chained(leaves):
    """The encoding and the hash of the last leaf, and the head after all of them."""
    head, encoded, leaf_hash = _sha256(b"bailiwick ledger v1\n"), b"", b""
    for leaf in leaves:
        encoded = encode(leaf)
        leaf_hash = _sha256(b"\x00", encoded)
        head = _sha256(b"\x01", head, leaf_hash)
    return {
        "encoded": encoded.decode(),
        "hash": "sha256:" + leaf_hash.hex(),
        "head": "sha256:" + head.hex(),
    }
