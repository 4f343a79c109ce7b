"""Moonshot's formulas: tools that it runs when the client passes on the model's calls.

Source: platform.moonshot.ai/docs.
"""

import json
from typing import Any
from urllib.parse import quote

from aichat.core.http.call import Call, json_body, request_headers
from aichat.core.message.tool_schema import Tool, convert_tools
from aichat.core.provider.endpoint import Endpoint
from aichat.core.text.json import get_object, objects, read_json, text_or_none
from aichat.errors import AichatError, Fault
from aichat.wires.shared.auth import bearer_header


def tools_call(formula: str, endpoint: Endpoint) -> Call:
    """The call that lists a formula's functions."""
    return Call("GET", f"{_url(formula, endpoint)}/tools", _headers(endpoint))


def parse_tools(body: bytes, endpoint: Endpoint) -> tuple[Tool, ...]:
    """The functions of a formula. Errors: ``protocol`` if there are none."""
    document = _document(body)
    listed = document if isinstance(document, list) else objects(_object(document).get("tools"))
    functions = [get_object(item, "function") or item for item in objects([*listed])]
    tools = tuple(
        Tool(str(each["name"]), str(each.get("description") or ""), get_object(each, "parameters"))
        for each in functions
        if each.get("name")
    )
    if not tools:
        raise AichatError(Fault("protocol", "the provider's tool has no functions"))
    return convert_tools(tools, endpoint.provider.quirks.schema_dialect)


def run_call(formula: str, name: str, arguments: str, endpoint: Endpoint) -> Call:
    """The call that runs one of a formula's functions."""
    body = json_body({"name": name, "arguments": arguments})
    return Call("POST", f"{_url(formula, endpoint)}/fibers", _headers(endpoint), body)


def parse_result(body: bytes) -> str:
    """The result for the model, verbatim: a protected one is text like any other."""
    document = _object(_document(body))
    context = get_object(document, "context")
    said = text_or_none(context.get("output")) or text_or_none(context.get("encrypted_output"))
    if said is not None:
        return said
    why = context.get("error") or document.get("error") or document.get("status") or "no result"
    return f"error: {why if isinstance(why, str) else json.dumps(why)}"


def _url(formula: str, endpoint: Endpoint) -> str:
    return f"{endpoint.base_url}/formulas/{quote(formula, safe='/:')}"


def _headers(endpoint: Endpoint) -> Any:
    return request_headers(endpoint.headers, *bearer_header(endpoint.key))


def _document(body: bytes) -> Any:
    try:
        return read_json(body)
    except ValueError:
        raise AichatError(Fault("protocol", "the provider's tool answered with no JSON")) from None


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
