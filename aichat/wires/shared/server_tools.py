"""The provider's own tools, as entries and fields of the body."""

from collections.abc import Mapping
from typing import Any

from aichat.core.config.body_options import deep_merge
from aichat.core.exchange.request import Request
from aichat.core.message.media import Media, ProviderFile
from aichat.core.provider.endpoint import Endpoint
from aichat.core.provider.server_tools import chosen_specs, option_value
from aichat.values import NamedTuple


class SpelledTools(NamedTuple):
    """Server tools for a body: ``tools`` go before the client's; ``body`` has further fields."""

    tools: tuple[dict[str, Any], ...] = ()
    body: Mapping[str, Any] = {}
    includes: tuple[str, ...] = ()


def spell_tools(request: Request, endpoint: Endpoint) -> SpelledTools:
    """The requested tools, in the terms of the endpoint's wire."""
    asked = request.server_tools
    if asked is None:
        return SpelledTools()
    if "container" in request.without:  # since it has expired
        asked = asked._replace(container=None)
    asked = asked._replace(code_files=_code_files(request))
    chosen = chosen_specs(asked, endpoint.server_tools, request.model).values()
    tools: dict[str, dict[str, Any]] = {}
    body: dict[str, Any] = {}
    for spec in chosen:
        entries = [deep_merge({}, entry) for entry in spec.get("tools", ())]
        body = deep_merge(body, spec.get("body", {}))
        if request.tools:
            body = deep_merge(body, spec.get("functions_body", {}))
        for spelling, path in spec.get("options", {}).items():
            if value := option_value(asked, spelling, spec):
                in_body = path.startswith("/")
                _place(body if in_body else entries[0], path.removeprefix("/").split("."), value)
        for entry in entries:  # several of our tools may be one there
            name = str(entry.get("type") or min(entry))
            tools[name] = deep_merge(tools.get(name, {}), entry)
    included = [name for spec in chosen for name in spec.get("includes", ())]
    if request.json_output:
        included += (name for spec in chosen for name in spec.get("schema_includes", ()))
    return SpelledTools(tuple(tools.values()), body, tuple(included))


def _code_files(request: Request) -> tuple[str, ...]:
    """The files uploaded for the code tool in the whole conversation, each once."""
    parts = (part for message in request.messages for part in message.parts)
    sources = (part.source for part in parts if isinstance(part, Media) and part.for_code)
    return tuple(dict.fromkeys(s.id for s in sources if isinstance(s, ProviderFile)))


def add_server_tools(
    body: Mapping[str, Any], request: Request, endpoint: Endpoint
) -> dict[str, Any]:
    """``body`` with the tools that ``request`` asks for, before those it already has."""
    spelled = spell_tools(request, endpoint)
    names = {tool.get("type") for tool in spelled.tools} - {None, "function"}
    others = [tool for tool in body.get("tools", ()) if tool.get("type") not in names]
    tools = [*spelled.tools, *others]
    includes = [*dict.fromkeys((*body.get("include", ()), *spelled.includes))]
    listed = {"tools": tools, "include": [] if "include" in request.without else includes}
    return deep_merge(deep_merge(body, spelled.body), {k: v for k, v in listed.items() if v})


def _place(table: dict[str, Any], path: list[str], value: Any) -> None:
    """Put ``value`` at ``path`` (``.`` is the table itself); fields are merged."""
    if not any(path):
        table.update(value)
        return
    *above, last = path
    for step in above:
        table = table.setdefault(step, {})
    table.update(deep_merge(table, {last: value}))
