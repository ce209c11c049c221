"""The judgement on a chain (chain.md), rule by rule in its order."""

from dataclasses import dataclass, field

from . import statements
from .constraints import allows, covers
from .refusal import Refused

MAX_CHAIN = 8
MAX_SKEW = 5
MAX_INVOCATION = 60


@dataclass(frozen=True)
class Setting:
    """What a chain is judged against. `roster` is the body of a roster statement, `admitted` the root's
    place in the ledger, if it is there."""

    realm: str
    roster: dict
    broker: str
    now: int
    revoked: frozenset = field(default_factory=frozenset)
    admitted: int | None = None


def judge(chain, invocation, setting):
    """The verdict `{person, assurance, leaf, invocation}`, or a refusal."""
    if not 1 <= len(chain) <= MAX_CHAIN:
        raise Refused("chain-length")
    links = []
    for number, data in enumerate(chain, 1):
        links.append(_link(number, data, links[-1] if links else None, setting))
    person, key = _steward(links[0].body["issuer"], setting)
    for number, link in enumerate(links, 1):
        _in_force(number, link, setting)
    if ("person", person["name"]) in setting.revoked:
        raise Refused("revoked", 1)
    asked = _possession(invocation, links[-1], setting)
    for number, link in enumerate(links, 1):
        _granted(number, link.body["grants"], asked.body)
    return {
        "person": person["name"],
        "assurance": key["assurance"],
        "leaf": links[-1].digest(),
        "invocation": asked.digest(),
    }


def _steward(issuer, setting):
    """The steward whose key has this id, if the root stands under it."""
    for person in setting.roster["persons"]:
        for key in person["keys"]:
            if key["key"].id() == issuer and "steward" in person["roles"]:
                if _stands(key.get("end"), setting.admitted):
                    return person, key
    raise Refused("not-a-steward")


def _stands(end, admitted):
    """Whether a root stands that was admitted at this place, under a key that ended like this (roster.md)."""
    if end is None:
        return True
    if end["how"] == "retired" or admitted is None:
        return False
    return end["how"] == "rotated" or admitted < end["since"]


def _link(number, data, parent, setting):
    try:
        link = statements.read("capability", data)
    except Refused as why:
        raise Refused("link-format", number, why.code) from None
    body = link.body
    if body["realm"] != setting.realm:
        raise Refused("link-realm", number)
    if parent is None:
        if "parent" in body:
            raise Refused("link-broken", number)
        _, key = _steward(body["issuer"], setting)
        signer = key["key"]
    else:
        signer = parent.body["holder"]
        if body.get("parent") != parent.digest() or body["issuer"] != signer.id():
            raise Refused("link-broken", number)
    if not link.envelope.signed_by(signer):
        raise Refused("link-signature", number)
    if parent is not None:
        _narrows(number, parent.body, body)
    return link


def _narrows(number, parent, child):
    def check(condition, detail):
        if not condition:
            raise Refused("link-widens", number, detail)

    check(child["max_depth"] < parent["max_depth"], "depth")
    check(child["not_before"] >= parent["not_before"], "begins")
    check(child["expires"] <= parent["expires"], "expires")
    if "max_uses" in parent:
        check("max_uses" in child and child["max_uses"] <= parent["max_uses"], "uses")
    if "rate" in parent:
        rate, limit = child.get("rate"), parent["rate"]
        slower = rate and rate["uses"] <= limit["uses"] and rate["seconds"] >= limit["seconds"]
        check(slower, "rate")
    for grant in child["grants"]:
        check(any(_grant_covers(own, grant) for own in parent["grants"]), "grant")


def _grant_covers(wide, narrow):
    return (
        wide["connection"] == narrow["connection"]
        and wide["catalogue"] == narrow["catalogue"]
        and all(action in wide["actions"] for action in narrow["actions"])
        and all(resource in wide["resources"] for resource in narrow["resources"])
        and wide["arguments"].keys() == narrow["arguments"].keys()
        and all(covers(wide["arguments"][name], one) for name, one in narrow["arguments"].items())
    )


def _in_force(number, link, setting):
    body = link.body
    if body["issued"] > setting.now + MAX_SKEW:
        raise Refused("link-future-dated", number)
    if setting.now < body["not_before"]:
        raise Refused("link-not-yet-valid", number)
    if setting.now >= body["expires"]:
        raise Refused("link-expired", number)
    targets = {
        ("capability", link.digest()),
        ("agent", body["holder"].id()),
        ("everything", "all"),
    }
    if targets & setting.revoked:
        raise Refused("revoked", number)


def _possession(data, leaf, setting):
    try:
        asked = statements.read("invocation", data)
    except Refused as why:
        raise Refused("invocation-format", None, why.code) from None
    body = asked.body
    if body["realm"] != setting.realm:
        raise Refused("invocation-realm")
    if body["broker"] != setting.broker:
        raise Refused("other-broker")
    if body["leaf"] != leaf.digest():
        raise Refused("not-the-holder")
    try:
        asked.verify(leaf.body["holder"])
    except Refused:
        raise Refused("not-the-holder") from None
    if body["issued"] > setting.now + MAX_SKEW:
        raise Refused("invocation-future-dated")
    if body["expires"] - body["issued"] > MAX_INVOCATION:
        raise Refused("invocation-too-long-lived")
    if setting.now >= body["expires"]:
        raise Refused("invocation-expired")
    if ("connection", body["connection"]) in setting.revoked:
        raise Refused("revoked", 1)
    return asked


def _granted(number, grants, asked):
    naming = [
        grant
        for grant in grants
        if grant["connection"] == asked["connection"]
        and asked["action"] in grant["actions"]
        and any(resource["id"] == asked["resource"]["id"] for resource in grant["resources"])
    ]
    objections = [_objection(grant["arguments"], asked["arguments"]) for grant in naming]
    if None in objections:
        return
    if objections:
        raise Refused("argument", number, objections[0])
    raise Refused("not-granted", number)


def _objection(constraints, arguments):
    """The name of the first argument, in the order of its bytes, that the grant does not allow."""
    for name in sorted(arguments):
        if name not in constraints or not allows(constraints[name], arguments[name]):
            return name
    return next((name for name in sorted(constraints) if name not in arguments), None)
