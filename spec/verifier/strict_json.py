"""Strict JSON (json.md): a parser of its own, since `json` takes NaN, floats, duplicates and surrogates."""

import json as _json
import re

from .refusal import Refused

MAX_PAYLOAD = 64 * 1024
MAX_DEPTH = 16
MAX_INTEGER = 2**53 - 1

_SPACE = re.compile(r"[ \t\n\r]*")
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]*)(?![0-9.eE])")
_PLAIN = re.compile(r'[^"\\\x00-\x1f]*')
_HEX = re.compile(r"[0-9a-fA-F]{4}")
_SHORT = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


def parse_payload(data):
    """A payload: strict JSON of at most 64 KiB."""
    if len(data) > MAX_PAYLOAD:
        raise Refused("too-large")
    return parse(data)


def parse(data):
    """Strict JSON of any size: dict, list, str, int or bool."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise Refused("json") from None
    parser = _Parser(text)
    value = parser.value(0)
    parser.space()
    if parser.at != len(text):
        raise Refused("json")
    return value


def encode(value):
    """The one encoding: keys in the order of their code points, no white space, UTF-8."""
    return _json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


class _Parser:
    def __init__(self, text):
        self.text, self.at = text, 0

    def space(self):
        self.at = _SPACE.match(self.text, self.at).end()

    def next(self):
        self.space()
        return self.text[self.at : self.at + 1]

    def take(self, literal):
        if not self.text.startswith(literal, self.at):
            raise Refused("json")
        self.at += len(literal)

    def value(self, depth):
        first = self.next()
        if first == "{":
            return self.object(depth + 1)
        if first == "[":
            return self.array(depth + 1)
        if first == '"':
            return self.string()
        for literal, value in (("true", True), ("false", False)):
            if self.text.startswith(literal, self.at):
                self.at += len(literal)
                return value
        return self.integer()

    def integer(self):
        found = _INTEGER.match(self.text, self.at)
        if not found or found.group() == "-0" or len(found.group()) > 17:
            raise Refused("json")
        number = int(found.group())
        if abs(number) > MAX_INTEGER:
            raise Refused("json")
        self.at = found.end()
        return number

    def array(self, depth):
        self.open("[", depth)
        items = []
        if self.next() != "]":
            items.append(self.value(depth))
            while self.next() == ",":
                self.at += 1
                items.append(self.value(depth))
        self.take("]")
        return items

    def object(self, depth):
        self.open("{", depth)
        members = {}
        if self.next() != "}":
            self.member(members, depth)
            while self.next() == ",":
                self.at += 1
                self.member(members, depth)
        self.take("}")
        return members

    def open(self, bracket, depth):
        if depth > MAX_DEPTH:
            raise Refused("json")
        self.take(bracket)

    def member(self, members, depth):
        if self.next() != '"':
            raise Refused("json")
        key = self.string()
        self.space()
        self.take(":")
        if key in members:
            raise Refused("json")
        members[key] = self.value(depth)

    def string(self):
        self.take('"')
        parts = []
        while True:
            plain = _PLAIN.match(self.text, self.at)
            parts.append(plain.group())
            self.at = plain.end()
            following = self.text[self.at : self.at + 1]
            if following == '"':
                self.at += 1
                return "".join(parts)
            if following != "\\":
                raise Refused("json")  # the end, or a control character
            parts.append(self.escape())

    def escape(self):
        letter = self.text[self.at + 1 : self.at + 2]
        if letter in _SHORT:
            self.at += 2
            return _SHORT[letter]
        high = self.unit()
        if 0xD800 <= high <= 0xDBFF:
            low = self.unit()
            if not 0xDC00 <= low <= 0xDFFF:
                raise Refused("json")
            return chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))
        if 0xDC00 <= high <= 0xDFFF:
            raise Refused("json")
        return chr(high)

    def unit(self):
        self.take("\\u")
        digits = _HEX.match(self.text, self.at)
        if not digits:
            raise Refused("json")
        self.at += 4
        return int(digits.group(), 16)
