"""Turns a WebSocket's close code and reason into a fault.

Source: RFC 6455, section 7.4, and IANA's registry; closes observed from each server.
"""

import re

from aichat.errors import Fault

#: The code for a connection that broke without a close frame.
ABNORMAL = 1006

#: The kind of fault by close code, unless the reason is more specific.
_KINDS = {
    1000: "truncated",
    1001: "truncated",
    1002: "protocol",
    1003: "protocol",
    1005: "truncated",  # closed without a code
    ABNORMAL: "network",
    1007: "invalid_request",
    1008: "invalid_request",
    1009: "protocol",
    1011: "server",
    1012: "overloaded",
    1013: "overloaded",
    1014: "server",
    3000: "auth",
    3003: "permission",
    3008: "timeout",
}

#: Reasons that are more specific than their code.
_REASONS = (
    (r"api key|unauthori[sz]ed|unauthenticated|authentication", "auth"),
    (r"permission|forbidden|access denied", "permission"),
    (r"model .{0,80}not (found|exist|supported)|not found|is not supported for", "not_found"),
    (r"quota|billing|credit", "quota"),
    (r"rate.?limit|man{1,2}y requests|resource.?exhausted", "rate_limit"),
    (r"overloaded|unavailable", "overloaded"),
    (r"context (length|window)|too many tokens", "context_length"),
    (r"beta_api_shape_disabled", "internal"),  # our request's format is no longer supported
    (r"safety|content.?(filter|policy)|prohibited", "content_filter"),
)

#: Codes that only say that something was refused or failed.
_VAGUE = frozenset((1007, 1008, 1011, 1013))


def close_fault(code: int, reason: str) -> Fault:
    """The fault for a socket that was closed before the answer ended."""
    words = next((kind for pattern, kind in _REASONS if re.search(pattern, reason, re.I)), None)
    kind = words if words and (code in _VAGUE or code >= 3000) else _KINDS.get(code, "server")
    if code == ABNORMAL:
        return Fault(kind, "the connection was lost")
    message = f"the server closed the connection ({code})"
    hint = "ask again" if kind == "truncated" else ""  # the question may have had no effect
    return Fault(kind, message, hint, code=str(code), quote=reason)


#: Codes, over HTTP or on the socket, for a session that the server no longer has.
_GONE = frozenset((400, 404, 409, 410, 422))
_GONE_KINDS = frozenset(("not_found", "invalid_request", "server", "truncated"))


def is_stale(fault: Fault) -> bool:
    """Whether a handle may have expired, so that the session must start over."""
    return fault.kind in _GONE_KINDS if fault.status is None else fault.status in _GONE
