"""What is left of a provider's rate limits, by the headers of a response.

Headers: as in ``core.http.rate_limits``; a live session reports the same.
"""

import re
from collections.abc import Iterable, Iterator, Mapping

from aichat.core.text.dates import parse_instant
from aichat.values import NamedTuple

_REMAINING = re.compile(r"ratelimit-(?:remaining-([a-z-]+)|([a-z-]+)-remaining)")
_NUMBER = r"(\d+(?:\.\d+)?)"
_DURATION = re.compile(rf"(?:(\d+)h)?(?:(\d+)m)?(?:{_NUMBER}s)?(?:{_NUMBER}ms)?", re.ASCII)

#: The share below which little is left.
_LITTLE = 0.1


class LimitLeft(NamedTuple):
    """``left`` of ``what`` remain, out of ``most`` if known, until the limit is reset.

    That is in ``seconds``; None if unknown.
    """

    what: str
    left: float
    most: float | None
    seconds: float | None

    @property
    def counts_tokens(self) -> bool:
        """Whether it limits tokens rather than requests."""
        return "tokens" in self.what

    @property
    def share(self) -> float:
        """The share that is left, from 0 to 1."""
        return self.left / self.most if self.most else 1.0

    @property
    def text(self) -> str:
        """``50 of 100 requests``."""
        of = f" of {self.most:,.0f}" if self.most else ""
        return f"{self.left:,.0f}{of} {self.what}"


def limits_left(headers: Mapping[str, str], today: float) -> Iterator[LimitLeft]:
    """The limits on requests and tokens in the headers; ``today`` is in seconds since 1970."""
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
    """The limits of which little is left."""
    return [limit for limit in limits if limit.share <= _LITTLE]


def describe_limits(limits: Iterable[LimitLeft]) -> str:
    """``50 of 100 requests, 9,000 of 10,000 tokens``."""
    return ", ".join(limit.text for limit in limits)


def _count(text: str) -> float | None:
    """The number in a text; None, which is no limit, if it is none."""
    try:
        return max(float(text), 0.0)
    except ValueError:
        return None


def _seconds(text: str, today: float) -> float:
    """The seconds in ``6m0s``, ``120ms``, ``12.5``, or until a time; 0 if it is none of these."""
    found = _DURATION.fullmatch(text)
    if text and found:
        hours, minutes, seconds, thousandths = (float(part or 0) for part in found.groups())
        return hours * 3600 + minutes * 60 + seconds + thousandths / 1000
    if re.fullmatch(r"\d+(\.\d+)?", text, re.ASCII):
        return float(text)
    at = parse_instant(text)
    return 0.0 if at is None else max(at - today, 0.0)
