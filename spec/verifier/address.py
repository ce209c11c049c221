"""Addresses in their one form (connection.md)."""

import re
from ipaddress import IPv4Address

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


def web_host(url):
    """The host of a web origin, or None."""
    origin = _origin(url)
    return origin[1] if origin is not None and origin[2] is None and is_api(url) else None
