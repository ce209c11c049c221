"""Constraints on arguments: reading, allowing, covering (capability.md)."""

from .envelope import members
from .forms import integer, is_control, string
from .refusal import Refused

MAX_VALUES = 64
FORBIDDEN_IN_REFS = set(" ~^:?*[\\")


def argument(value):
    """An argument: a string, an integer, a flag, or a list of strings."""
    if isinstance(value, (str, int)):
        return value
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return value
    raise Refused("wrong-type")


def _scalar(value):
    if isinstance(value, list):
        raise Refused("wrong-type")
    return argument(value)


def _exact(value):
    return _scalar(value)


def _one_of(value):
    if not isinstance(value, list):
        raise Refused("wrong-type")
    values = [_scalar(item) for item in value]
    if not 1 <= len(values) <= MAX_VALUES:
        raise Refused("invalid-field")
    return values


def _range(value):
    members(value, ("min", "max"))
    low, high = integer(value["min"]), integer(value["max"])
    if low > high:
        raise Refused("invalid-field")
    return low, high


_FORMS = {
    "exact": _exact,
    "one_of": _one_of,
    "glob": string(),
    "range": _range,
    "path_prefix": string(lambda text: is_path(text)),
    "ref": string(lambda text: text.startswith("refs/")),
}


def read(value):
    """A constraint as a pair of its form and what it says."""
    members(value, (), tuple(_FORMS))
    if len(value) != 1:
        raise Refused("invalid-field")
    [(form, content)] = value.items()
    return form, _FORMS[form](content)


def pattern_bytes(constraint):
    form, content = constraint
    return len(content.encode()) if form in ("glob", "ref") else 0


def is_path(text):
    """A relative path without empty, `.` or `..` segments, backslashes or control characters."""
    plain = not any(is_control(one) or one == "\\" for one in text)
    return plain and all(segment not in ("", ".", "..") for segment in text.split("/"))


def _is_below(path, prefix):
    return path == prefix or path.startswith(prefix + "/")


def full_ref(text):
    """The full name of a branch or ref, or None where git would not take it."""
    full = text if text.startswith("refs/") else "refs/heads/" + text
    parts = full.split("/")
    if len(parts) < 3 or any(not one or one[0] == "." or one.endswith(".lock") for one in parts):
        return None
    if ".." in full or "@{" in full or full.endswith(".") or full.startswith("refs/heads/-"):
        return None
    if any(is_control(one) or one in FORBIDDEN_IN_REFS for one in full):
        return None
    return full


# A pattern is a list of characters and of these two.
STAR, STARS = object(), object()


def symbols(pattern):
    out, rest = [], pattern
    while rest:
        if rest.startswith("**"):
            out.append(STARS)
            rest = rest[2:]
        else:
            out.append(STAR if rest[0] == "*" else rest[0])
            rest = rest[1:]
    return out


def absorbs(wide, narrow):
    """Whether the symbols of `wide` can be laid over those of `narrow`, one after the other."""
    # The set of places in `narrow` that have been reached, as an automaton over `wide` is run.
    reached = {0}
    for symbol in wide:
        if symbol is STARS:
            reached = set(range(min(reached), len(narrow) + 1)) if reached else reached
        elif symbol is STAR:
            for place in sorted(reached):
                while place < len(narrow) and narrow[place] != "/" and narrow[place] is not STARS:
                    place += 1
                    if place in reached:
                        break
                    reached.add(place)
        else:
            reached = {at + 1 for at in reached if at < len(narrow) and narrow[at] == symbol}
    return len(narrow) in reached


def same(one, other):
    """Equality in which `true` is not 1."""
    return type(one) is type(other) and one == other


def allows(constraint, value):
    """Whether the constraint allows this argument."""
    form, content = constraint
    if isinstance(value, list):
        return bool(value) and all(allows(constraint, item) for item in value)
    if form == "exact":
        return same(content, value)
    if form == "one_of":
        return any(same(one, value) for one in content)
    if form == "range":
        return type(value) is int and content[0] <= value <= content[1]
    if not isinstance(value, str):
        return False
    if form == "glob":
        return absorbs(symbols(content), list(value))
    if form == "path_prefix":
        return is_path(value) and _is_below(value, content)
    full = full_ref(value)
    return full is not None and absorbs(symbols(content), list(full))


def covers(wide, narrow):
    """Whether `narrow` is seen to lie within `wide`."""
    if narrow[0] == "exact":
        return allows(wide, narrow[1])
    if narrow[0] == "one_of":
        return all(allows(wide, value) for value in narrow[1])
    if wide[0] == narrow[0] == "range":
        return wide[1][0] <= narrow[1][0] and narrow[1][1] <= wide[1][1]
    if wide[0] == narrow[0] == "path_prefix":
        return _is_below(narrow[1], wide[1])
    if wide[0] == narrow[0] and wide[0] in ("glob", "ref"):
        return absorbs(symbols(wide[1]), symbols(narrow[1]))
    return wide == ("glob", "**") and narrow[0] in ("path_prefix", "ref")
