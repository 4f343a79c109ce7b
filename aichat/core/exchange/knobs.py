"""Settings of an answer beyond sampling: its verbosity, its tier, its extras.

Each provider's table spells them as data; what it lacks is reported, and never sent.
Source: the types of the official SDKs, and what servers refused.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from aichat.core.billing.usage import ACCOUNT_TIERS
from aichat.core.catalogue.card import Card
from aichat.core.config.body_options import deep_merge
from aichat.core.exchange.request import Settings
from aichat.core.provider.endpoint import Endpoint
from aichat.values import NamedTuple

#: Instructions for a model that has no setting for the length of its answers.
_WORDS = {
    "low": "Answer briefly: only what was asked for.",
    "medium": "Answer at medium length.",
    "high": "Answer at length and in detail.",
}


class Knob(NamedTuple):
    """A setting in a provider's words: its values, each with the body fields it stands for.

    ``models`` is a pattern of the models that have it. ``unreasoned``: only while the model
    does not reason. ``headers`` are the headers that a value needs in addition.
    """

    values: Mapping[str, Mapping[str, Any]]
    models: str = ""
    unreasoned: bool = False
    headers: Mapping[str, Mapping[str, str]] = {}


class KnobFit(NamedTuple):
    """Settings and endpoint with all that can be set; words for the prompt; remarks on the rest."""

    settings: Settings
    target: Endpoint
    instruction: str = ""
    remarks: tuple[str, ...] = ()


def fit_knobs(
    settings: Settings, target: Endpoint, knobs: Mapping[str, Knob], model: str
) -> KnobFit:
    """``settings`` with the knobs as fields of the body, which the user's own fields override.

    ``knobs`` are those of the endpoint's wire, by name.
    """
    found: Mapping[str, Any] = {}
    lacking = dict(_lacking(settings, knobs, target.card, model))
    for name, value in _asked_values(settings).items():
        if name not in lacking and name in knobs and value in knobs[name].values:
            found = deep_merge(found, knobs[name].values[value])
            target = _with_headers(target, knobs[name].headers.get(value, {}))
    instruction = _WORDS.get(settings.verbosity or "", "") if "verbosity" in lacking else ""
    fitted = settings._replace(
        options=deep_merge(found, settings.options, keep_null=True),
        logprobs=settings.logprobs if "logprobs" not in lacking else None,
        tier=settings.tier if "tier" not in lacking else None,
    )
    return KnobFit(fitted, target, instruction, tuple(lacking.values()))


def _asked_values(settings: Settings) -> dict[str, str]:
    asked = {"verbosity": settings.verbosity, "tier": settings.tier}
    asked["logprobs"] = "on" if settings.logprobs else None
    return {name: value for name, value in asked.items() if value}


def _lacking(
    settings: Settings, knobs: Mapping[str, Knob], card: Card, model: str
) -> Iterator[tuple[str, str]]:
    """The knobs that the model lacks, or lacks this value of, with a remark on each."""
    for name, value in _asked_values(settings).items():
        knob = knobs.get(name, _NONE)
        fits = value in knob.values and re.search(knob.models, model)
        if fits and not (knob.unreasoned and _reasons(settings, card)):
            continue
        if name == "tier" and value in (*ACCOUNT_TIERS, "standard"):  # no need to ask
            continue
        shown = f"'{name} {value}'" if name != "logprobs" else f"'{name}'"
        if name == "verbosity":
            yield name, f"{model} does not support {shown}: it was put into words in the prompt"
        else:
            only = " but with --effort none" if fits else ""
            yield name, f"{model} does not support {shown}{only}: not sent"


_NONE = Knob({})


def _reasons(settings: Settings, card: Card) -> bool:
    return card.can_reason and settings.effort != "none"


def _with_headers(target: Endpoint, headers: Mapping[str, str]) -> Endpoint:
    """The endpoint with these headers, joined to those it already has."""
    for name, value in headers.items():
        said = [text for known, text in target.headers if known.lower() == name]
        others = [(k, v) for k, v in target.headers if k.lower() != name]
        target = target._replace(headers=(*others, (name, ",".join([*said, value]))))
    return target
