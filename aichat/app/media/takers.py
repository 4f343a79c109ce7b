"""Finds a model of the same provider that supports a kind of media, for the hint of a refusal."""

import re

from aichat.core.catalogue.model import STATUSES, Model
from aichat.core.provider.endpoint import Endpoint
from aichat.disk.catalogue import media_rules, models
from aichat.values import NamedTuple


class Taker(NamedTuple):
    """A model, and the wire on which it supports the kind."""

    model: str
    wire: str


def find_taker(target: Endpoint, kind: str) -> Taker | None:
    """A model of the same provider for a kind: preferably on this wire, and the default one."""
    provider = target.provider
    silent = provider.listing.silent  # models that do not chat
    taking = [
        model
        for model in models.load(provider.id).models.values()
        if {kind, "text"} <= {*model.inputs}
        and model.is_offered
        and not re.search(silent or r"(?!)", model.id)
    ]
    newest_first = sorted(taking, key=lambda model: model.released or "", reverse=True)
    ordered = sorted(newest_first, key=_rank)
    for wire in (target.wire, *(wire for wire in provider.wires if wire != target.wire)):
        if media_rules.read(provider.id, wire).rule(kind).how and ordered:
            return Taker(ordered[0].id, wire)
    return None


def other_wire(target: Endpoint, kind: str) -> str | None:
    """Another wire of the same provider that supports a kind."""
    provider = target.provider
    others = (wire for wire in provider.wires if wire != target.wire)
    return next((w for w in others if media_rules.read(provider.id, w).rule(kind).how), None)


def _rank(model: Model) -> tuple[bool, int]:
    """The sort key: the default model first, then current ones."""
    return "default" not in model.roles, STATUSES.index(model.status)
