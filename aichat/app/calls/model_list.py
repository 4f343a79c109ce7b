"""A provider asked for its own list of models: page by page, and tried again as a question is."""

import json
from collections.abc import Callable
from typing import Any, NamedTuple

from aichat import wires
from aichat.app.calls.caller import Caller, Terms
from aichat.core.catalogue.model_list import ListedModel, find_model, unique_models, with_prices
from aichat.core.http import error_response
from aichat.core.http.call import Call
from aichat.core.http.paging import is_sendable
from aichat.core.provider.endpoint import Endpoint
from aichat.core.text.clock import Clock
from aichat.errors import AichatError, Fault
from aichat.net import http
from aichat.wires.resources.models import LIST_FORMATS, list_call, model_call

#: Bounds of a list: pages, bytes of one, and models.
MOST_PAGES, MOST_BYTES, MOST_MODELS = 100, 32 << 20, 10_000


#: Takes a line for people.
Say = Callable[[str], object]


class Asked(NamedTuple):
    """Whom to ask, and on what terms; ``say`` is told of every wait."""

    endpoint: Endpoint
    clock: Clock
    terms: Terms
    say: Say


def every(asked: Asked) -> list[ListedModel]:
    """The models of the list, those that answer no questions too.

    Errors: those of any request; ``protocol`` for what is no list of models.
    """
    target, caller = asked.endpoint, _caller(asked)
    lists = LIST_FORMATS[target.wire]
    auth = wires.load(target.wire).auth(target, {})
    found: list[ListedModel] = []
    cursors = [""]
    while len(cursors) <= MOST_PAGES:
        body = _answer(asked, caller, list_call(lists.paging, target, auth, cursors[-1]))
        some = lists.parse_models(body)
        if not some and not _is_list(body):
            raise AichatError(caller.signed(_no_list(body)))
        found += some
        following = lists.paging.next_cursor(body) if isinstance(body, dict) else ""
        if not following or following in cursors or len(found) >= MOST_MODELS:
            break
        if not is_sendable(following):
            raise AichatError(caller.signed(_ENDLESS))
        cursors.append(following)
    return unique_models(found[:MOST_MODELS], target.provider.listing)


def one(asked: Asked, model: str) -> ListedModel:
    """One model, from its own endpoint where there is one, else from the list.

    Errors: ``not_found`` where the provider does not have it; else as ``every``.
    """
    target, caller = asked.endpoint, _caller(asked, model)
    missing = Fault("not_found", f"its list has no model '{model}'")
    if not target.provider.listing.single:
        found = find_model(every(asked), model)
        if found is None:
            raise AichatError(caller.signed(missing))
        return found
    lists = LIST_FORMATS[target.wire]
    auth = wires.load(target.wire).auth(target, {})
    body = _answer(asked, caller, model_call(lists.paging, target, auth, model))
    found = lists.parse_model(body)
    if found is None:
        raise AichatError(caller.signed(_no_list(body)))
    return with_prices(found, target.provider.listing)


def _caller(asked: Asked, model: str | None = None) -> Caller:
    return Caller(asked.endpoint, asked.clock, asked.terms, model)


def _answer(asked: Asked, caller: Caller, call: Call) -> Any:
    """The decoded body of an answer. Errors: signed."""
    attempt = 1
    while True:
        try:
            with caller.sent(call) as response:
                return _decoded(response, call)
        except AichatError as error:
            fault = caller.signed(error.fault)
        wait = caller.again(fault, attempt)
        if wait is None:
            raise AichatError(fault)
        asked.say(wait.why)
        asked.clock.sleep(wait.seconds)
        attempt += 1


def _decoded(response: http.Response, call: Call) -> Any:
    body = response.read(MOST_BYTES)
    if error_response.is_html(response.headers, body[:15].decode("utf-8", "replace")):
        raise AichatError(http.html_fault(response, call.url, body))
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise AichatError(_no_list(body.decode("utf-8", "replace"))) from None


_ENDLESS = Fault("protocol", "its list goes on at a page that cannot be asked for")


def _is_list(body: Any) -> bool:
    """Whether a body without models is an empty list, not something else."""
    if not isinstance(body, dict) or error_response.parse_rejection(body):
        return False
    inner = body.get("output")
    found = {**body, **(inner if isinstance(inner, dict) else {})}
    return any(isinstance(found.get(name), list) for name in ("data", "models")) or found == {}


def _no_list(body: Any) -> Fault:
    """What is wrong with an answer that is no list: an error inside a 200, or another program."""
    if not isinstance(body, str) and (refusal := error_response.parse_rejection(body)):
        return error_response.classify(refusal)
    quote = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
    return Fault("protocol", "not a list of models: the answer begins", quote=quote[:4096])
