"""What stands between a request and its endpoint: limits of model and wire, told and kept."""

from collections.abc import Callable, Iterable

from aichat import wires
from aichat.core.exchange.answer import Answer
from aichat.core.exchange.event import Notice
from aichat.core.exchange.fit import fit_settings
from aichat.core.exchange.request import Request
from aichat.core.message import tool_schema
from aichat.core.provider.endpoint import Endpoint
from aichat.disk.catalogue import cards
from aichat.errors import AichatError, Fault, usage_error


def fit_request(
    request: Request, target: Endpoint, *, strict: bool
) -> tuple[Request, list[Notice]]:
    """The request as this model and wire take it, and a notice for each thing that they do not.

    Errors: ``invalid_request`` (exit 5) in place of a notice, where ``strict``;
    ``usage`` for tools that cannot be offered.
    """
    provider = target.provider
    settings, remarks = fit_settings(
        request.settings, target.card, _unsupported_settings(target), request.model
    )
    if remarks and strict:
        fault = Fault("invalid_request", remarks[0], provider=provider.id, model=request.model)
        raise AichatError(fault)
    if request.tools and not provider.quirks.tools:
        raise usage_error(f"{provider.id} takes no tools")
    notices = [Notice("dropped", remark) for remark in remarks]
    if deprecated := provider.deprecated.get(target.wire):
        notices.append(Notice("deprecated", deprecated))
    offered = tool_schema.convert_tools(request.tools, provider.quirks.schema_dialect)
    return request._replace(settings=settings, tools=offered), notices


def _unsupported_settings(target: Endpoint) -> frozenset[str]:
    """The settings that neither the wire nor this provider's way of it has words for."""
    provider = target.provider
    also = {name for wire, name in provider.quirks.extra_settings if wire == target.wire}
    prefill = provider.takes_prefill or target.card.prefill
    return (wires.load(target.wire).unsupported - also) | (frozenset() if prefill else {"prefill"})


def with_successor(answer: Answer, target: Endpoint, names: Callable[[], Iterable[str]]) -> Answer:
    """A model that is gone names the one to use in its place; one that is none, the nearest.

    ``names`` gives the provider's models, as far as they are known.
    """
    fault, card = answer.fault, target.card
    if fault is None or fault.kind != "not_found":
        return answer
    if card.successor is None:
        hint = _model_hint(fault.model or "", target.provider.id, names) or fault.hint
        return answer._replace(fault=fault._replace(hint=hint))
    when = f" since {card.retired}" if card.retired else ""
    hint = f"{card.id} is gone{when}: use {card.successor}"
    return answer._replace(fault=fault._replace(hint=hint))


def _model_hint(model: str, provider: str, names: Callable[[], Iterable[str]]) -> str:
    """Whose model it is, or which of the provider's is spelled much like it."""
    from difflib import get_close_matches  # only here: most models are there

    others = [name for name in cards.owners(model) if name != provider]
    if others:
        return f"{model} is a model of {others[0]}: -m {others[0]}/{model}"
    known = {*names()} - {model}
    ends = {name.rpartition("/")[2]: name for name in sorted(known)}  # typed without its maker
    close = get_close_matches(model, known, 3) or [
        ends[end] for end in get_close_matches(model, ends, 3)
    ]
    return f"did you mean {' or '.join(close)}?" if close else ""
