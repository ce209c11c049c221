"""What a roster may change of the one before it (roster.md)."""

from .refusal import Refused

_HARDNESS = {"rotated": 1, "retired": 2, "compromised": 3}


def succeeds(before, after):
    """Refuses a roster that leaves somebody out, or takes something back."""
    persons = {person["name"]: person for person in after["persons"]}
    for old in before["persons"]:
        person = persons.get(old["name"])
        if person is None:
            raise Refused("lost-person")
        keys = {key["key"].id(): key for key in person["keys"]}
        for key in old["keys"]:
            now = keys.get(key["key"].id())
            if now is None:
                raise Refused("lost-key")
            if (now["assurance"], now["enrolled"]) != (key["assurance"], key["enrolled"]):
                raise Refused("changed-key")
            if not _as_hard(key.get("end"), now.get("end")):
                raise Refused("milder-end")


def _as_hard(before, now):
    if before is None:
        return True
    if now is None or (before["how"], now["how"]) == ("retired", "compromised"):
        return False
    if before["how"] == now["how"] == "compromised":
        return now["since"] <= before["since"]
    return _HARDNESS[now["how"]] >= _HARDNESS[before["how"]]
