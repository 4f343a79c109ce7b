"""Who takes what another does not: a model of the same provider, for the remedy of a refusal."""

import re
from typing import NamedTuple

from aichat.core.catalogue.model import Model
from aichat.core.provider.endpoint import Endpoint
from aichat.disk.catalogue import media_rules, models


class Taker(NamedTuple):
    """A model and a wire on which it takes the kind."""

    model: str
    wire: str


def find_taker(target: Endpoint, kind: str) -> Taker | None:
    """The model of the same provider that takes a kind, best the usual one, on this wire first."""
    provider = target.provider
    silent = provider.listing.silent  # those that answer no questions
    taking = [
        model
        for model in models.load(provider.id).models.values()
        if {kind, "text"} <= {*model.inputs}
        and model.is_offered
        and not re.search(silent or r"(?!)", model.id)
    ]
    ordered = sorted(taking, key=_rank)
    for wire in (target.wire, *(wire for wire in provider.wires if wire != target.wire)):
        if media_rules.read(provider.id, wire).rule(kind).how and ordered:
            return Taker(ordered[0].id, wire)
    return None


def _rank(model: Model) -> tuple[bool, bool, str]:
    """The default first, then what is current, the newest of that."""
    released = model.released or ""
    newest_first = "".join(chr(0x7F - ord(sign)) for sign in released if ord(sign) < 0x7F)
    return "default" not in model.roles, model.status != "current", newest_first or "\x7f"
