"""When a request may be sent again, and how long to wait before.

Rules: only before the first output, twice by default, never for an empty
account or a first-byte time-out (both may bill again).
"""

import json
import re
from collections.abc import Mapping

from aichat.errors import Fault

#: A server that asks for more is not waited for: the user is told instead.
LONGEST_WAIT = 60.0  # seconds
_FIRST, _MOST = 0.5, 8.0  # seconds of own backoff


def retry_delay(fault: Fault, attempt: int, retries: int, jitter: float) -> float | None:
    """Seconds until attempt ``attempt`` + 1, or None where it ends here.

    ``attempt`` counts from 1; ``jitter`` is a random number in [0, 1).
    """
    if not fault.retryable or attempt > retries:
        return None
    if fault.retry_after is not None:
        return fault.retry_after if fault.retry_after <= LONGEST_WAIT else None
    return float(min(_FIRST * 2 ** (attempt - 1), _MOST)) * jitter


#: Why it is waited, in a word or two.
_REASONS = {
    "rate_limit": "rate limited",
    "overloaded": "overloaded",
    "server": "server error",
    "network": "network error",
    "timeout": "timed out",
}


def retry_reason(fault: Fault) -> str:
    """Why another attempt is made, for a line that has little room."""
    return _REASONS.get(fault.kind, fault.kind.replace("_", " "))


def is_crowded(reason: str) -> bool:
    """Whether a ``retry_reason`` is that too much was asked at once."""
    return reason in (_REASONS["rate_limit"], _REASONS["overloaded"])


#: Methods that do the same when they are done twice (RFC 9110, 9.2.2).
_REPEATABLE = frozenset(("GET", "HEAD", "OPTIONS", "PUT", "DELETE"))
#: Statuses of a server that has not begun with the request: too much to do.
NOT_BEGUN = frozenset((429, 498, 503, 529))


def can_repeat(method: str, fault: Fault, *, sent: bool, keyed: bool) -> bool:
    """Whether a request may be done again, whatever it is for.

    ``sent``: all of it was written; ``keyed``: an idempotency key tells its repetitions.
    """
    refused = fault.status in NOT_BEGUN or (fault.status is None and not sent)
    return method in _REPEATABLE or keyed or refused


def is_repeated_only_unsent(method: str, fault: Fault) -> bool:
    """Whether a fault leaves open that the server has done what it was asked, and bills it."""
    return fault.kind == "network" and method not in _REPEATABLE


def parse_retry_after(headers: Mapping[str, str], body: bytes, now: float) -> float | None:
    """Seconds that a refused request is asked to wait.

    Read from ``retry-after-ms``, ``retry-after`` (seconds or a date, which is
    held against the server's own ``date``), then Google's ``RetryInfo``.
    ``now`` is seconds since 1970.
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
    """A skewed clock on either side must not turn two seconds into two hours."""
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
