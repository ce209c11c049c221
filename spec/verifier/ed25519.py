"""Ed25519 as envelope.md wants it: canonical points and scalars, nothing of small order, no cofactors.

OpenSSL checks the equation without cofactors, and S < L. What it leaves out is decided here.
"""

from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, -1, P) % P
_ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)


def decode(data):
    """The point that 32 bytes encode canonically, or None (RFC 8032, 5.1.3)."""
    number = int.from_bytes(data, "little")
    y, sign = number & (2**255 - 1), number >> 255
    if y >= P:
        return None
    square = (y * y - 1) * pow(_D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * _ROOT_OF_MINUS_ONE % P
    if x * x % P != square or (x == 0 and sign):
        return None
    return (x if x & 1 == sign else P - x, y)


def is_small_order(point):
    """Whether eight times the point is the neutral element."""
    x, y = point
    for _ in range(3):
        product = _D * x * x * y * y
        x, y = (
            2 * x * y * pow(1 + product, -1, P) % P,
            (y * y + x * x) * pow(1 - product, -1, P) % P,
        )
    return (x, y) == (0, 1)


@lru_cache(maxsize=4096)
def is_key(public):
    """Whether these bytes are a public key that may be enrolled or hold anything."""
    if len(public) != 32:
        return False
    point = decode(public)
    return point is not None and not is_small_order(point)


@lru_cache(maxsize=4096)
def _loaded(public):
    return Ed25519PublicKey.from_public_bytes(public)


def verifies(public, message, signature):
    """Whether `signature` over `message` is that of `public`, for which `is_key` holds."""
    if len(signature) != 64 or int.from_bytes(signature[32:], "little") >= L:
        return False
    r = decode(signature[:32])
    if r is None or is_small_order(r):
        return False
    try:
        _loaded(public).verify(signature, message)
    except InvalidSignature:
        return False
    return True
