"""Keys: a suite, public bytes, the id that names them, and whose a signature is (envelope.md)."""

import hashlib
from dataclasses import dataclass

from . import ed25519, webauthn
from .address import web_host

SUITES = ("ed25519", "webauthn")


@dataclass(frozen=True)
class Key:
    """A public key that may be enrolled; `of` makes none of what may not."""

    suite: str
    public: bytes

    @staticmethod
    def of(suite, public):
        """The key, or None."""
        if suite == "ed25519":
            return Key(suite, public) if ed25519.is_key(public) else None
        return Key(suite, public) if webauthn.read(public, web_host) else None

    def id(self):
        """What names the key."""
        encoded = b"bailiwick key v1\n" + self.suite.encode() + b"\n" + self.public
        return "sha256:" + hashlib.sha256(encoded).hexdigest()

    def verifies(self, message, signature):
        if self.suite == "ed25519":
            return ed25519.verifies(self.public, message, signature)
        return webauthn.verifies(webauthn.read(self.public, web_host), message, signature)

    def says(self):
        """The assurance that the key says itself, or None."""
        if self.suite == "ed25519":
            return None
        return "synced-passkey" if webauthn.read(self.public, web_host)["synced"] else "device-bound"
