"""How much more a provider lets be asked, by what it said with an answer.

Headers: as of ``core.http.rate_limits``; a live session tells the same.
"""

import re
from collections.abc import Iterable, Iterator, Mapping

from aichat.core.text.dates import parse_instant
from aichat.values import NamedTuple

_REMAINING = re.compile(r"ratelimit-(?:remaining-([a-z-]+)|([a-z-]+)-remaining)")
_NUMBER = r"(\d+(?:\.\d+)?)"
_DURATION = re.compile(rf"(?:(\d+)h)?(?:(\d+)m)?(?:{_NUMBER}s)?(?:{_NUMBER}ms)?", re.ASCII)

#: The share that is little.
_LITTLE = 0.1


class LimitLeft(NamedTuple):
    """So many of ``what`` are ``left``, of ``most`` where that is told, for so many ``seconds``.

    Then all of them are there again; None: nobody says when.
    """

    what: str
    left: float
    most: float | None
    seconds: float | None

    @property
    def counts_tokens(self) -> bool:
        """Whether it is no limit of requests."""
        return "tokens" in self.what

    @property
    def share(self) -> float:
        """How much of it is left, from 0 to 1."""
        return self.left / self.most if self.most else 1.0

    @property
    def text(self) -> str:
        """``50 of 100 requests``."""
        of = f" of {self.most:,.0f}" if self.most else ""
        return f"{self.left:,.0f}{of} {self.what}"


def limits_left(headers: Mapping[str, str], today: float) -> Iterator[LimitLeft]:
    """What headers say of requests and tokens; ``today`` are seconds since 1970."""
    for name in headers:
        found = _REMAINING.search(name)
        what = (found[1] or found[2]).replace("-", " ") if found else ""
        left = _count(headers[name])
        if left is None or not re.search("requests|tokens", what):
            continue
        most = _count(headers.get(name.replace("remaining", "limit"), ""))
        reset = headers.get(name.replace("remaining", "reset"))
        yield LimitLeft(what, left, most, None if reset is None else _seconds(reset, today))


def scarce_limits(limits: Iterable[LimitLeft]) -> list[LimitLeft]:
    """Those of which little is left."""
    return [limit for limit in limits if limit.share <= _LITTLE]


def describe_limits(limits: Iterable[LimitLeft]) -> str:
    """``50 of 100 requests, 9,000 of 10,000 tokens``."""
    return ", ".join(limit.text for limit in limits)


def _count(text: str) -> float | None:
    """A number that nobody can read limits nothing."""
    try:
        return max(float(text), 0.0)
    except ValueError:
        return None


def _seconds(text: str, today: float) -> float:
    """``6m0s``, ``120ms``, ``12.5`` or a time of day; 0 for what is none of these."""
    found = _DURATION.fullmatch(text)
    if text and found:
        hours, minutes, seconds, thousandths = (float(part or 0) for part in found.groups())
        return hours * 3600 + minutes * 60 + seconds + thousandths / 1000
    if re.fullmatch(r"\d+(\.\d+)?", text, re.ASCII):
        return float(text)
    at = parse_instant(text)
    return 0.0 if at is None else max(at - today, 0.0)
