#!/usr/bin/env python3
"""A WebAuthn relying party that we did not write (PyPI `fido2`) judges the assertions of a ledger.

relying_party.py FILE    FILE has one case a line: {"public", "payload_type", "payload", "signature"}, the key's
                         public bytes, the payload and the signature of an envelope in base64. Prints one line
                         each, `verified` or why not, and at the end `N passed, N failed`.

What is signed is made here again from the payload: the challenge must be SHA-256 of DSSE's encoding of it.
"""

import base64
import hashlib
import json
import sys

from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256
from fido2.server import Fido2Server
from fido2.utils import websafe_encode
from fido2.webauthn import AttestedCredentialData, PublicKeyCredentialRpEntity


def encoding(payload_type, payload):
    kind = payload_type.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def judge(case):
    key = json.loads(base64.b64decode(case["public"]))
    assertion = json.loads(base64.b64decode(case["signature"]))
    raw = lambda name: base64.b64decode(assertion[name])  # noqa: E731
    point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), base64.b64decode(key["key"]))
    credential = base64.b64decode(key["credential"])
    challenge = hashlib.sha256(encoding(case["payload_type"], base64.b64decode(case["payload"]))).digest()
    party = Fido2Server(
        PublicKeyCredentialRpEntity(id=key["rp_id"], name="Bailiwick"),
        verify_origin=lambda origin: origin in key["origins"],
    )
    known = AttestedCredentialData.create(b"\0" * 16, credential, ES256.from_cryptography_key(point))
    party.authenticate_complete(
        {"challenge": websafe_encode(challenge), "user_verification": "required"},
        [known],
        {
            "id": websafe_encode(credential),
            "rawId": websafe_encode(credential),
            "type": "public-key",
            "response": {
                "clientDataJSON": websafe_encode(raw("client_data")),
                "authenticatorData": websafe_encode(raw("authenticator_data")),
                "signature": websafe_encode(raw("signature")),
            },
        },
    )


def main(path):
    passed = failed = 0
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            try:
                judge(json.loads(line))
                passed += 1
                print("verified")
            except Exception as why:  # noqa: BLE001 - whatever it objects to is the answer
                failed += 1
                print(f"refused: {why}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
