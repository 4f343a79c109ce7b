"""A provider asked for its own list of models: page by page, and tried again as a question is."""

import json
from collections.abc import Callable, Iterable
from typing import Any

from aichat import wires
from aichat.app.calls.caller import Caller, CallOptions
from aichat.app.calls.retry import RetryLoop
from aichat.core.catalogue.model_list import (
    ListedModel,
    bound_model,
    entry_size,
    find_model,
    unique_models,
    with_prices,
)
from aichat.core.http import error_response, rejection
from aichat.core.http.call import Call
from aichat.core.http.paging import is_sendable
from aichat.core.provider.endpoint import Endpoint
from aichat.core.text.clock import Clock
from aichat.core.text.json import read_json
from aichat.errors import AichatError, Fault
from aichat.net import http
from aichat.values import NamedTuple
from aichat.wires.resources.models import LIST_FORMATS, list_call, model_call

#: Bounds of a list: pages, bytes of all, models, and characters of the entries that are kept.
MAX_PAGES, MAX_BYTES, MAX_MODELS, MAX_ENTRIES = 100, 32 << 20, 10_000, 4 << 20


#: Takes a line for people.
Say = Callable[[str], object]


class ListCall(NamedTuple):
    """Whom to ask, and on what terms; ``say`` is told of every wait."""

    endpoint: Endpoint
    clock: Clock
    options: CallOptions
    say: Say


def fetch_models(spec: ListCall) -> list[ListedModel]:
    """The models of the list, those that answer no questions too.

    Errors: those of any request; ``protocol`` for what is no list of models.
    """
    target, caller = spec.endpoint, _caller(spec)
    lists = LIST_FORMATS[target.wire]
    auth = wires.load(target.wire).auth(target, {})
    found: list[ListedModel] = []
    cursors, room = [""], MAX_BYTES
    while len(cursors) <= MAX_PAGES:
        body, size = _fetch_json(spec, caller, list_call(lists.paging, target, auth, cursors[-1]))
        room -= size
        some = lists.parse_models(body)
        if not some and not _is_list(body):
            raise AichatError(caller.complete_fault(_list_fault(body)))
        found += filter(None, map(bound_model, some))
        following = lists.paging.next_cursor(body) if isinstance(body, dict) else ""
        if not following or following in cursors or len(found) >= MAX_MODELS or room <= 0:
            break
        if not is_sendable(following):
            raise AichatError(caller.complete_fault(_BAD_NEXT_PAGE))
        cursors.append(following)
    return _without_large_entries(unique_models(found[:MAX_MODELS], target.provider.listing))


def _without_large_entries(models: Iterable[ListedModel]) -> list[ListedModel]:
    """The models, with their entries as long as those are of a bounded size together."""
    room, kept = MAX_ENTRIES, list[ListedModel]()
    for model in models:
        room -= entry_size(model.raw)
        kept.append(model if room >= 0 else model._replace(raw=None))
    return kept


def fetch_model(spec: ListCall, model: str) -> ListedModel:
    """One model, from its own endpoint where there is one, else from the list.

    Errors: ``not_found`` where the provider does not have it; else as ``fetch_models``.
    """
    target, caller = spec.endpoint, _caller(spec, model)
    missing = Fault("not_found", f"its model list has no '{model}'")
    if not target.provider.listing.single:
        found = find_model(fetch_models(spec), model)
        if found is None:
            raise AichatError(caller.complete_fault(missing))
        return found
    lists = LIST_FORMATS[target.wire]
    auth = wires.load(target.wire).auth(target, {})
    body, _ = _fetch_json(spec, caller, model_call(lists.paging, target, auth, model))
    found = lists.parse_model(body)
    if found is None:
        raise AichatError(caller.complete_fault(_list_fault(body)))
    return with_prices(bound_model(found) or found, target.provider.listing)


def _caller(spec: ListCall, model: str | None = None) -> Caller:
    return Caller(spec.endpoint, spec.clock, spec.options, model)


def _fetch_json(spec: ListCall, caller: Caller, call: Call) -> tuple[Any, int]:
    """The decoded body of an answer, and its bytes. Errors: those of any request, complete."""
    loop, body, size = RetryLoop(caller, spec.clock), None, 0
    while loop.begin_attempt():
        with loop, caller.send(call) as response:
            body, size = _decode_json(response, call)
        if loop.wait:
            spec.say(loop.wait.why)
    return body, size


def _decode_json(response: http.Response, call: Call) -> tuple[Any, int]:
    body = response.read(MAX_BYTES)
    if error_response.is_html(response.headers, body[:15].decode("utf-8", "replace")):
        raise AichatError(http.html_fault(response, call.url, body))
    try:
        return read_json(body), len(body)
    except ValueError:
        raise AichatError(_list_fault(body.decode("utf-8", "replace"))) from None


_BAD_NEXT_PAGE = Fault("protocol", "its model list has an invalid next-page link")


def _is_list(body: Any) -> bool:
    """Whether a body without models is an empty list, not something else."""
    if not isinstance(body, dict) or rejection.parse_rejection(body):
        return False
    inner = body.get("output")
    found = {**body, **(inner if isinstance(inner, dict) else {})}
    return any(isinstance(found.get(name), list) for name in ("data", "models")) or found == {}


def _list_fault(body: Any) -> Fault:
    """What is wrong with an answer that is no list: an error inside a 200, or another program."""
    if not isinstance(body, str) and (refusal := rejection.parse_rejection(body)):
        return error_response.classify(refusal)
    quote = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
    return Fault("protocol", "not a model list: the response starts with", quote=quote[:4096])
