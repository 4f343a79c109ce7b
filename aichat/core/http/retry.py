"""When a request may be sent again, and how long to wait first.

Rules: only before the first output, twice by default, never for an empty
account or a first-byte time-out (both may bill again).
"""

import json
import re
from collections.abc import Mapping

from aichat.errors import Fault

#: If a server asks for a longer wait, the user is told instead.
LONGEST_WAIT = 60.0  # seconds
_FIRST, _MOST = 0.5, 8.0  # seconds, for our own backoff


def retry_delay(fault: Fault, attempt: int, retries: int, jitter: float) -> float | None:
    """Seconds to wait before attempt ``attempt`` + 1, or None to give up.

    ``attempt`` counts from 1; ``jitter`` is a random number in [0, 1).
    """
    if not fault.retryable or attempt > retries:
        return None
    if fault.retry_after is not None:
        return fault.retry_after if fault.retry_after <= LONGEST_WAIT else None
    return float(min(_FIRST * 2 ** (attempt - 1), _MOST)) * jitter


#: Why we wait, in a word or two.
_REASONS = {
    "rate_limit": "rate limited",
    "overloaded": "overloaded",
    "server": "server error",
    "network": "network error",
    "timeout": "timed out",
}


def retry_reason(fault: Fault) -> str:
    """Why another attempt is made, in a word or two."""
    return _REASONS.get(fault.kind, fault.kind.replace("_", " "))


def is_crowded(reason: str) -> bool:
    """Whether a ``retry_reason`` means that too many requests were made at once."""
    return reason in (_REASONS["rate_limit"], _REASONS["overloaded"])


#: Idempotent methods (RFC 9110, 9.2.2).
_REPEATABLE = frozenset(("GET", "HEAD", "OPTIONS", "PUT", "DELETE"))
#: Statuses of a server that has not begun the request, being too busy.
NOT_BEGUN = frozenset((429, 498, 503, 529))


def can_repeat(method: str, fault: Fault, *, sent: bool, keyed: bool) -> bool:
    """Whether a request may safely be repeated, whatever it does.

    ``sent``: all of it was sent; ``keyed``: an idempotency key identifies repetitions.
    """
    refused = fault.status in NOT_BEGUN or (fault.status is None and not sent)
    return method in _REPEATABLE or keyed or refused


def is_repeated_only_unsent(method: str, fault: Fault) -> bool:
    """Whether the server may have done, and billed, what it was asked in spite of the fault."""
    return fault.kind == "network" and method not in _REPEATABLE


def parse_retry_after(headers: Mapping[str, str], body: bytes, now: float) -> float | None:
    """The seconds that a refused request is told to wait; None if it is not.

    Read from ``retry-after-ms``, ``retry-after`` (seconds, or a date, which is
    compared with the server's own ``date``), then Google's ``RetryInfo``.
    ``now`` is in seconds since 1970.
    """
    found = (
        _parse_seconds(headers.get("retry-after-ms"), 0.001),
        _parse_seconds(headers.get("retry-after"), 1.0),
        _seconds_until(headers.get("retry-after"), headers.get("date"), now),
        _retry_info(body),
    )
    return next((seconds for seconds in found if seconds is not None), None)


def _parse_seconds(text: str | None, unit: float) -> float | None:
    try:
        seconds = float(text or "") * unit
    except ValueError:
        return None
    return max(seconds, 0.0) if seconds < float("inf") else None


def _seconds_until(date: str | None, server_now: str | None, now: float) -> float | None:
    """Seconds until a date by the server's clock: a skewed one must not turn seconds into hours."""
    from aichat.core.text.dates import parse_http_date  # waits are few, and it loads a lot

    end, start = (parse_http_date(text) if text else None for text in (date, server_now))
    return None if end is None else max(end - (now if start is None else start), 0.0)


def _retry_info(body: bytes) -> float | None:
    """``google.rpc.RetryInfo`` in the error's details: ``{"retryDelay": "17s"}``."""
    if b"retryDelay" not in body:
        return None
    try:
        found = re.search(r'"retryDelay": "(\d+(\.\d+)?)s"', json.dumps(json.loads(body)), re.ASCII)
    except (ValueError, RecursionError):
        return None
    return float(found[1]) if found else None
