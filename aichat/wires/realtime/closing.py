"""What it means that a socket was closed: a number, sometimes a reason, as a fault.

Source: RFC 6455, section 7.4, and IANA's registry; closes that each server was seen to send.
"""

import re

from aichat.errors import Fault

#: What no end of a session tells by itself: nothing came at all, not even a goodbye.
ABNORMAL = 1006

#: Numbers that say who is at fault, unless the reason says it better.
_KINDS = {
    1000: "truncated",
    1001: "truncated",
    1002: "protocol",
    1003: "protocol",
    1005: "truncated",  # it was closed without a number
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
    4000: "internal",  # it was asked in a shape that is no more
}

#: What a reason says better than its number.
_REASONS = (
    (r"api key|unauthori[sz]ed|unauthenticated|authentication", "auth"),
    (r"permission|forbidden|access denied", "permission"),
    (r"model .{0,80}not (found|exist|supported)|not found|is not supported for", "not_found"),
    (r"quota|billing|credit", "quota"),
    (r"rate.?limit|man{1,2}y requests|resource.?exhausted", "rate_limit"),
    (r"overloaded|unavailable", "overloaded"),
    (r"context (length|window)|too many tokens", "context_length"),
    (r"safety|content.?(filter|policy)|prohibited", "content_filter"),
)

#: Numbers that say no more than that something was refused or failed.
_VAGUE = frozenset((1007, 1008, 1011, 1013))


def close_fault(code: int, reason: str) -> Fault:
    """The fault of a socket that was closed before the answer had ended."""
    words = next((kind for pattern, kind in _REASONS if re.search(pattern, reason, re.I)), None)
    kind = words if words and (code in _VAGUE or code >= 3000) else _KINDS.get(code, "server")
    if code == ABNORMAL:
        return Fault(kind, "the connection was lost")
    message = f"the server closed the connection ({code})"
    hint = "ask again" if kind == "truncated" else ""  # nothing may have come of it
    return Fault(kind, message, hint, code=str(code), quote=reason)


#: What a server answers, over HTTP or on the socket, that is asked for what it has forgotten.
_GONE = frozenset((400, 404, 409, 410, 422))
_GONE_KINDS = frozenset(("not_found", "invalid_request", "server", "truncated"))


def is_stale(fault: Fault) -> bool:
    """Whether a handle may have been too old: the session has to begin anew."""
    return fault.kind in _GONE_KINDS if fault.status is None else fault.status in _GONE
