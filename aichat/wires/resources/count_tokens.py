"""Counting a request's input tokens at the provider's own endpoint: the call and its answer."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from aichat.core.billing.usage import parse_count
from aichat.core.exchange.request import Request
from aichat.core.http.call import Call
from aichat.core.message.message import text_of
from aichat.core.provider.endpoint import Endpoint
from aichat.core.provider.provider import TokenCounting
from aichat.core.text.json import read_object, to_utf8
from aichat.wires.dashscope.encode import native_base


def counting_call(call: Call, request: Request, endpoint: Endpoint) -> Call | None:
    """The call that counts the input of ``call``; None if the provider has no such endpoint."""
    how = endpoint.provider.counting.get(endpoint.wire)
    if how is None:
        return None
    model = request.model.removeprefix("models/")
    body = _body(how, json.loads(b"".join(call.body)), request)
    base = native_base(endpoint.base_url) if how.is_native else endpoint.base_url
    url = base + how.path.format(model=quote(model, safe=""))
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return Call("POST", url, call.headers, (to_utf8(text),))


def _body(how: TokenCounting, sent: Mapping[str, Any], request: Request) -> dict[str, Any]:
    """The part of a request's body that the endpoint accepts, wrapped as it requires."""
    if how.text:
        said = "\n".join(text_of(message) for message in request.messages)
        return {"model": request.model, how.text: said}
    body = {name: sent[name] for name in how.fields if name in sent}
    if how.is_native:
        return {"model": request.model, "input": body, "parameters": {}}
    if how.wrap:
        return {how.wrap: {"model": f"models/{request.model.removeprefix('models/')}", **body}}
    return body


def parse_token_count(answer: bytes, endpoint: Endpoint) -> int | None:
    """The token count in an answer; None if it has none."""
    how = endpoint.provider.counting[endpoint.wire]
    found: Any = read_object(answer)
    for name in how.result:
        found = found.get(name) if isinstance(found, dict) else None
    return len(found) if isinstance(found, list) else parse_count(found)
