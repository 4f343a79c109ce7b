"""JSON-RPC messages of the Model Context Protocol, in both of its eras.

Since 2026-07-28 each request states its version and the client's capabilities; before
that a connection began with ``initialize``.
Source: https://modelcontextprotocol.io/specification/2026-07-28/basic
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from aichat import __version__
from aichat.core.text.json import get_object, read_object, text_or_none, to_utf8
from aichat.values import NamedTuple

#: The version of the modern era, and those of the legacy era, newest first.
MODERN = "2026-07-28"
LEGACY = ("2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05")

#: Error codes that no legacy server uses; one means an unsupported version.
MODERN_ERRORS = frozenset((-32020, -32021, -32022))
VERSION_ERROR, NO_SUCH_METHOD = -32022, -32601

#: The id of an error about no particular request; ids of requests begin at 1.
NO_ID = 0

_META = "io.modelcontextprotocol/"
_CLIENT = {"name": "aichat", "version": __version__}


class McpError(NamedTuple):
    """An error in place of a result; ``supported`` lists versions if ours is not supported."""

    code: int
    message: str
    supported: tuple[str, ...] = ()


class McpReply(NamedTuple):
    """The reply to the request with this ``id``: a result, or an error."""

    id: int
    result: Mapping[str, Any] = {}
    error: McpError | None = None


class ServerNote(NamedTuple):
    """A notification from a server."""

    method: str
    params: Mapping[str, Any] = {}


class ServerRequest(NamedTuple):
    """A request from a legacy server to its client."""

    id: Any
    method: str
    params: Mapping[str, Any] = {}


ServerMessage = McpReply | ServerNote | ServerRequest


class Era(NamedTuple):
    """How to talk to a server: in its ``version``, declaring ``capabilities``.

    ``is_modern``: each request states both.
    """

    version: str = MODERN
    is_modern: bool = True
    capabilities: Mapping[str, Any] = {}


def request(
    id_: int, method: str, params: Mapping[str, Any], era: Era, *, with_progress: bool = False
) -> dict[str, Any]:
    """A request; its progress, if wanted, is reported under its id."""
    meta: dict[str, Any] = {"progressToken": id_} if with_progress else {}
    if era.is_modern:
        meta |= {
            f"{_META}protocolVersion": era.version,
            f"{_META}clientCapabilities": era.capabilities,
            f"{_META}clientInfo": _CLIENT,
        }
    sent = {**params, "_meta": meta} if meta else dict(params)
    return {"jsonrpc": "2.0", "id": id_, "method": method, "params": sent}


def discover(id_: int, era: Era) -> dict[str, Any]:
    """Ask a server what it is and can do; only a modern one knows this request."""
    return request(id_, "server/discover", {}, era)


def initialize(id_: int, capabilities: Mapping[str, Any]) -> dict[str, Any]:
    """The first request to a legacy server."""
    params = {"protocolVersion": LEGACY[0], "capabilities": capabilities, "clientInfo": _CLIENT}
    return {"jsonrpc": "2.0", "id": id_, "method": "initialize", "params": params}


def notification(method: str, params: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """A notification to a server."""
    message: dict[str, Any] = {"jsonrpc": "2.0", "method": method}
    return message | ({"params": dict(params)} if params else {})


def cancelled(id_: int) -> dict[str, Any]:
    """The notification that a request's result is no longer wanted."""
    return notification("notifications/cancelled", {"requestId": id_, "reason": "not wanted"})


def answer(asked: ServerRequest, result: Mapping[str, Any] | None) -> dict[str, Any]:
    """Our reply to a server's request; with None, that we do not support it."""
    if result is None:
        error = {"code": NO_SUCH_METHOD, "message": "not supported"}
        return {"jsonrpc": "2.0", "id": asked.id, "error": error}
    return {"jsonrpc": "2.0", "id": asked.id, "result": result}


def encode(message: Mapping[str, Any]) -> bytes:
    """A message as bytes, without line ends; lone surrogates are replaced."""
    return to_utf8(_encode(message))


#: Values that came from JSON have no cycles, so there is no need to check.
_encode = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":")).encode


def parse_message(data: bytes | str) -> ServerMessage | None:
    """Parse a server's message; None if it is none."""
    found = read_object(data)
    if not found:
        return None
    method, id_ = found.get("method"), found.get("id")
    if method and isinstance(method, str):
        params = get_object(found, "params")
        return ServerNote(method, params) if id_ is None else ServerRequest(id_, method, params)
    error = found.get("error")
    if isinstance(error, dict):
        id_ = NO_ID if id_ is None else id_
        return McpReply(id_, error=_read_error(error)) if type(id_) is int else None
    result = found.get("result")
    return McpReply(id_, result) if type(id_) is int and isinstance(result, dict) else None


def _read_error(error: Mapping[str, Any]) -> McpError:
    code = error.get("code")
    said = text_or_none(error.get("message")) or "an error without words"
    known = get_object(error, "data").get("supported")
    versions = tuple(v for v in known if isinstance(v, str)) if isinstance(known, list) else ()
    return McpError(code if isinstance(code, int) else 0, said, versions)


def discovered_versions(result: Mapping[str, Any]) -> Sequence[str] | None:
    """The versions that a server supports; None if this is no result of ``discover``."""
    versions = result.get("supportedVersions")
    if not isinstance(versions, list):
        return None
    return [version for version in versions if isinstance(version, str)]


def server_version(result: Mapping[str, Any]) -> str:
    """The name and version that a server gives itself, for display only."""
    info = get_object(get_object(result, "_meta"), f"{_META}serverInfo")
    info = info or get_object(result, "serverInfo")
    words = (text_or_none(info.get("name")), text_or_none(info.get("version")))
    return " ".join(filter(None, words))[:_LONGEST_NAME]


_LONGEST_NAME = 200
