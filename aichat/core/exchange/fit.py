"""Settings reduced to what a model accepts: nothing is dropped silently."""

from collections.abc import Mapping
from typing import Any

from aichat.core.catalogue.card import EFFORTS, Card
from aichat.core.exchange.request import Settings
from aichat.values import NamedTuple


class FitResult(NamedTuple):
    """The settings that the model accepts, and a remark on each that it does not."""

    settings: Settings
    remarks: tuple[str, ...]


def fit_settings(settings: Settings, card: Card, lacks: frozenset[str], model: str) -> FitResult:
    """``settings`` without what the model refuses, or its wire cannot express (``lacks``)."""
    remarks = []
    dropped: dict[str, Any] = {}
    unsampled = _refused_sampling(settings, card)
    for name in sorted(card.rejects | lacks | unsampled):
        if getattr(settings, name, None) not in (None, (), {}):
            dropped[name] = () if name == "stop" else None
            calm = name in unsampled and card.sampling == "unreasoned"
            only = " but with --effort none" if calm else ""
            remarks.append(f"{model} does not support '{name}'{only}: not sent")
    settings = settings._replace(**dropped)
    effort = settings.effort
    if effort is None or card.control is None:
        return FitResult(settings, tuple(remarks))
    level = nearest_effort(effort, card.efforts)
    if level is None:
        remarks.append(f"the reasoning effort of {model} cannot be set: '{effort}' was not sent")
    elif level != effort:
        remarks.append(f"{model} has no effort '{effort}': '{level}' was sent")
    settings = settings._replace(effort=level)
    if card.control == "budget" and level not in (None, "none"):
        settings = _set_budget(settings, card, model, remarks)
    return FitResult(settings, tuple(remarks))


def _set_budget(settings: Settings, card: Card, model: str, remarks: list[str]) -> Settings:
    """The effort as a token budget: at most half the output limit, to leave room for the answer."""
    whole = 2**20 if card.budget_beside else (card.max_output or 2**20) // 2
    most = card.max_budget or whole
    budget = min(BUDGETS[settings.effort or "medium"], most)
    limit = None if card.budget_beside else settings.max_tokens
    if limit is None or budget <= limit // 2:
        return settings._replace(budget=budget)
    if limit // 2 < LEAST_BUDGET:
        remarks.append(
            f"{model} cannot reason within {limit} tokens: '{settings.effort}' was not sent"
        )
        return settings._replace(effort=None)
    remarks.append(f"{model} reasons with {limit // 2} tokens, half of the limit, not {budget}")
    return settings._replace(budget=limit // 2)


def _refused_sampling(settings: Settings, card: Card) -> frozenset[str]:
    refused = card.sampling == "never" or (
        card.sampling == "unreasoned" and settings.effort != "none"
    )
    return frozenset(("temperature", "top_p")) if refused else frozenset()


def nearest_effort(effort: str, levels: tuple[str, ...]) -> str | None:
    """The level closest to ``effort``, the lower of two; None if there are no levels.

    ``none`` matches only itself: to ask for little is not to ask for none.
    """
    place = EFFORTS.index(effort)
    fitting = [level for level in levels if level == effort or level != "none"] or list(levels)
    return min(
        fitting,
        key=lambda level: (abs(EFFORTS.index(level) - place), EFFORTS.index(level)),
        default=None,
    )


#: No provider accepts fewer tokens.
LEAST_BUDGET = 1024


#: Thinking budgets in tokens, for models that are steered by a number.
BUDGETS: Mapping[str, int] = {
    "minimal": 1024,
    "low": 2048,
    "medium": 8192,
    "high": 16384,
    "xhigh": 32768,
    "max": 65536,
}
