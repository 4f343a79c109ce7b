"""The provider's own tools that the user wants, fitted to the model."""

from collections.abc import Sequence
from typing import Any

from aichat.app.setup.setup import Setup
from aichat.core.config.precedence import value_of
from aichat.core.conversation.turn import Turn
from aichat.core.message.message import Raw
from aichat.core.message.server_tools import ServerTools, parse_domains, parse_location
from aichat.core.provider.endpoint import Endpoint
from aichat.core.provider.server_tools import Beside, ToolSpec, chosen_specs, fit_server_tools
from aichat.core.text.dates import parse_instant
from aichat.core.text.json import get_object, text_or_none
from aichat.disk.catalogue import server_tools
from aichat.errors import AichatError, Fault
from aichat.values import NamedTuple


class FitRequest(NamedTuple):
    """The tools of a request, the endpoint reduced to what it supports, and what it lacks."""

    target: Endpoint
    tools: ServerTools
    remarks: tuple[str, ...]


def fitting_tools(
    setup: Setup, target: Endpoint, beside: Beside, path: Sequence[Turn], now: float
) -> FitRequest:
    """The requested tools that the endpoint has, and a line for each one it lacks.

    Errors: ``usage`` for an invalid domain or location; ``invalid_request`` (exit 5) for a
    combination that the server is known to refuse.
    """
    provider = target.provider.id
    specs = server_tools.read(provider).get(target.wire, {})
    fit = fit_server_tools(asked_tools(setup, now), specs, beside)
    if fit.refusal:
        model = beside.model
        raise AichatError(Fault("invalid_request", fit.refusal, provider=provider, model=model))
    if fit.tools.code:
        code = chosen_specs(fit.tools, specs, beside.model)["code"]
        container = find_container(path, provider, code, now)
        fit = fit._replace(tools=fit.tools._replace(container=container))
    return FitRequest(target._replace(server_tools=specs), fit.tools, fit.remarks)


def find_container(path: Sequence[Turn], provider: str, spec: ToolSpec, now: float) -> str | None:
    """The container in which ``provider`` last ran code in a conversation, unless expired."""
    for turn in reversed(path):
        items = [p.item for p in turn.message.parts if isinstance(p, Raw)]
        if turn.message.provider != provider:
            continue
        for item in reversed([item for item in items if isinstance(item, dict)]):
            told = get_object(item, "container")
            if name := text_or_none(item.get("container_id")) or text_or_none(told.get("id")):
                until = parse_instant(told.get("expires_at"))
                until = turn.at + spec.get("container_seconds", 0) if until is None else until
                return name if now < until else None
    return None


def asked_tools(setup: Setup, now: float) -> ServerTools:
    """The tools asked for, for any provider; describing a search implies wanting one.

    Errors: ``usage``.
    """
    found: dict[str, Any] = {
        name: value_of(one) for name, one in setup.server_tools._asdict().items() if one
    }
    place = found.get("search_location")
    described = any(found.get(name) for name in _DESCRIBES)
    return ServerTools(
        search=found.get("search", described and not found.get("search_x")),
        search_x=found.get("search_x", False),
        fetch=found.get("fetch", False),
        code=found.get("code", False),
        file_search=tuple(found.get("file_search", ())),
        maps=found.get("maps", False),
        **parse_domains(found.get("search_domain", ()))._asdict(),
        recency=found.get("search_recency"),
        context=found.get("search_context"),
        location=parse_location(place) if place else None,
        now=now,
    )


_DESCRIBES = ("search_domain", "search_recency", "search_context")
