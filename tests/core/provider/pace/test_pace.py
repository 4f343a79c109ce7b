"""How many questions at once: grown, shrunk and held by what a provider does and says.

Providers are played on a clock of their own, so that nothing here depends on the machine.
"""

import heapq
import random
from collections import deque
from collections.abc import Mapping
from itertools import count, pairwise
from typing import NamedTuple

import pytest

from aichat.core.http.retry import retry_delay
from aichat.core.provider.pace.pace import FIRST, MOST, Pace
from aichat.core.provider.pace.sent import Sent
from aichat.errors import Fault
from tests.support.running.marks import long_case

TODAY = 1_800_000_000.0
SECONDS = (0.05, 0.5)  # that an answer takes
MEAN = sum(SECONDS) / 2
TOKENS = (400, 700)  # of a question, where those are counted


class Limits(NamedTuple):
    """What a provider bears; refusals come at once, by ``chance`` too."""

    at_once: int | None = None
    bucket: tuple[float, int] | None = None  # what a second adds, and how much it holds
    window: tuple[int, float] | None = None  # so many in so many seconds
    tokens: bool = False  # both count those, of which a question has TOKENS
    chance: float = 0.05
    broken: float = 0.01
    retry_after: float | None = 1.0  # of every other refusal by chance, and of all others
    tells: bool = False  # what is left, in headers

    @property
    def rate(self) -> float:
        """Answers a second, at most."""
        rates = [MOST / MEAN]
        rates += [self.at_once / MEAN] if self.at_once else []
        rates += [self.bucket[0]] if self.bucket else []
        rates += [self.window[0] / self.window[1]] if self.window else []
        mean = sum(TOKENS) / 2 if self.tokens else 1
        return min(rates[0], *(rate / mean for rate in rates[1:])) if len(rates) > 1 else rates[0]


class Reply(NamedTuple):
    """What comes of a question after so many seconds."""

    kind: str
    seconds: float = 0.01
    retry_after: float | None = None
    headers: Mapping[str, str] = {}


class Provider:
    """One with ``limits``; ``asked`` counts its requests."""

    def __init__(self, limits: Limits, seed: int) -> None:
        self._limits, self._random = limits, random.Random(seed)
        self.under_way = self.asked = self.by_chance = 0
        self._at, self._left = 0.0, float(limits.bucket[1] if limits.bucket else 0)
        self._window = (-1, 0)

    def take(self, now: float) -> Reply:
        limits, chance = self._limits, self._random.random()
        self.asked += 1
        self.by_chance += chance < limits.chance + limits.broken
        if chance < limits.chance:
            says = self._random.random() < 0.5
            return Reply("refused", retry_after=limits.retry_after if says else None)
        if chance < limits.chance + limits.broken:
            return Reply("broken")
        size = self._random.randint(*TOKENS) if limits.tokens else 1
        if not self._has_room(now, size):
            return Reply("refused", retry_after=limits.retry_after)
        self.under_way += 1
        return Reply("answer", self._random.uniform(*SECONDS), None, self._headers())

    def _has_room(self, now: float, tokens: int) -> bool:
        limits = self._limits
        if limits.bucket:
            growth, size = limits.bucket
            self._left = min(self._left + (now - self._at) * growth, size)
            self._at, room = now, self._left >= tokens
            self._left -= tokens * room
            return room
        if limits.window:
            number = int(now // limits.window[1])
            used = self._window[1] if self._window[0] == number else 0
            room = used + tokens <= limits.window[0]
            self._window = (number, used + tokens * room)
            return room
        return limits.at_once is None or self.under_way < limits.at_once

    def _headers(self) -> dict[str, str]:
        if not (self._limits.tells and self._limits.bucket):
            return {}
        growth, size = self._limits.bucket
        reset = f"{(size - self._left) / growth:.3f}s"
        told = {"remaining": int(self._left), "limit": size, "reset": reset}
        what = "tokens" if self._limits.tokens else "requests"
        return {f"x-ratelimit-{name}-{what}": str(value) for name, value in told.items()}


class Run(NamedTuple):
    """What came of many questions: when each was answered, and what that took."""

    answered: list[float]
    failed: int
    asked: int
    most: int  # under way at once
    by_chance: int  # refused, or broken


def ask(limits: Limits, rows: int, seed: int, jobs: int = MOST) -> Run:
    """Ask so many questions of a provider with ``limits``, as ``--each`` does."""
    pace, provider, chance = Pace(jobs), Provider(limits, seed), random.Random(seed + 1)
    now, running, failed, most, number = 0.0, 0, 0, 0, count()
    new, again = deque([1] * rows), deque[int]()  # the attempt that comes next
    events: list[tuple[float, int, Reply, int, Sent | None]] = []
    answered: list[float] = []
    while True:
        while (again or new) and pace.has_room(running, now):
            attempt = (again or new).popleft()
            running += 1
            most = max(most, running)
            sent, reply = pace.send(now, running), provider.take(now)
            heapq.heappush(events, (now + reply.seconds, next(number), reply, attempt, sent))
        wait = pace.wait(now) if again or new else 0.0
        if wait and (not events or now + wait < events[0][0]):
            now += wait + 1e-9
            continue
        if not events:
            return Run(answered, failed, provider.asked, most, provider.by_chance)
        now, _, reply, attempt, sent = heapq.heappop(events)
        if sent is None:
            again.append(attempt)
            continue
        running -= 1
        if reply.kind == "answer":
            provider.under_way -= 1
            answered.append(now)
            pace.take_answer(sent, reply.headers, now, TODAY)
            continue
        fault = Fault("rate_limit", "no", retryable=True, retry_after=reply.retry_after)
        seconds = retry_delay(fault, attempt, 8, chance.random())
        pace.take_refusal(sent, seconds or 0.0, now)
        if seconds is None:
            failed += 1
            continue
        heapq.heappush(events, (now + seconds, next(number), reply, attempt + 1, None))


#: Providers, the share of their limit that is used, and requests to those that there have to be.
QUIET = {"chance": 0.0, "broken": 0.0}
PROVIDERS = {
    "hostile": (Limits(), 0.95, 1.0),
    "bears 5 at once": (Limits(at_once=5), 0.95, 1.05),
    "bears 48 at once": (Limits(at_once=48), 0.95, 1.05),
    "100 a second": (Limits(bucket=(100, 10)), 0.95, 1.05),
    "says what is left": (Limits(bucket=(100, 10), tells=True), 0.95, 1.05),
    "1000 a minute": (Limits(window=(1000, 60.0), retry_after=30.0), 0.95, 1.05),
    "30,000 tokens a second": (Limits(bucket=(30_000, 30_000), tokens=True), 0.97, 1.05),
    "refuses a tenth": (Limits(chance=0.1), 0.95, 1.0),
}
MORE = {
    "says nothing of waits": (Limits(at_once=48, retry_after=None), 0.95, 1.05),
    "bears 64 at once": (Limits(at_once=64), 0.95, 1.05),
    "bears 16 at once": (Limits(at_once=16), 0.95, 1.05),
    "bears 48 and is sound": (Limits(at_once=48, **QUIET), 0.95, 1.05),
    "bears 16 and is sound": (Limits(at_once=16, **QUIET), 0.95, 1.05),
    "bears 5 and is sound": (Limits(at_once=5, **QUIET), 0.95, 1.05),
    "refuses a fifth, and 16": (Limits(at_once=16, chance=0.2), 0.96, 1.05),
    "refuses a fifth": (Limits(chance=0.2), 0.95, 1.0),
    "20 a second and sound": (Limits(bucket=(20, 5), **QUIET), 0.95, 1.06),
    "20 a second, says it": (Limits(bucket=(20, 5), tells=True), 0.95, 1.05),
    "100 in each second": (Limits(window=(100, 1.0)), 0.88, 1.06),
    "1000 a minute, says nothing": (Limits(window=(1000, 60.0), retry_after=None), 0.9, 1.05),
    "3000 a minute": (Limits(window=(3000, 60.0), retry_after=30.0), 0.95, 1.05),
    "1,000,000 tokens a minute": (
        Limits(window=(1_000_000, 60.0), tokens=True, retry_after=None),
        0.95,
        1.05,
    ),
    "30,000 tokens, says it": (
        Limits(bucket=(30_000, 30_000), tokens=True, tells=True),
        0.95,
        1.08,
    ),
    "sound": (Limits(**QUIET), 0.95, 1.0),
}


@pytest.mark.parametrize("name", [*PROVIDERS, *map(long_case, MORE)])
def test_nearly_all_that_a_provider_bears_is_used_and_few_are_refused(name: str) -> None:
    """Beyond what it refuses by chance, which any number of requests would have met."""
    limits, share, most = {**PROVIDERS, **MORE}[name]
    rows = 10_000 if limits.rate > 200 else 4000  # 20 seconds or more
    run = ask(limits, rows, seed=7)
    assert (len(run.answered), run.failed) == (rows, 0) and run.most <= MOST
    last = int(rows * 0.98)  # what was refused at the very end is waited for alone
    assert last / run.answered[last] >= share * limits.rate
    assert run.asked - run.by_chance <= most * rows


def test_no_more_than_so_many_are_ever_under_way() -> None:
    assert ask(Limits(), 300, seed=1, jobs=3).most == 3
    assert ask(Limits(), 50, seed=1, jobs=1).most == 1


# -- by hand


def answers(pace: Pace, number: int, now: float = 0.0, **headers: str) -> None:
    for _ in range(number):
        pace.take_answer(pace.send(now, pace.limit), headers, now + MEAN, TODAY)


def test_it_begins_low_and_grows_to_the_most() -> None:
    pace = Pace()
    assert pace.limit == FIRST
    answers(pace, 10)
    assert pace.limit == FIRST + 10
    answers(pace, 100)
    assert pace.limit == MOST and Pace(3).limit == 3


def test_there_is_room_below_the_limit_only() -> None:
    pace = Pace(2)
    assert (pace.has_room(1, 0), pace.has_room(2, 0)) == (True, False)


def test_who_answers_nothing_is_asked_one_by_one_ever_more_seldom() -> None:
    pace, now, times = Pace(), 0.0, list[float]()
    while len(times) < 200:
        running, sent = 0, list[Sent]()
        while pace.has_room(running, now):
            running += 1
            sent.append(pace.send(now, running))
            times.append(now)
        for one in sent:
            pace.take_refusal(one, 60.0, now)
        now += pace.wait(now) or 0.01
    waits = [after - before for before, after in pairwise(times) if after - before > 0.04]
    assert max(waits) == pytest.approx(15.0)
    assert waits[5:] == pytest.approx(sorted(waits[5:]))
    assert sum(at < 60 for at in times) < 60
    pace.take_answer(pace.send(now, 1), {}, now, TODAY)
    assert pace.limit >= 1 and pace.has_room(0, now)


def test_a_question_that_ends_otherwise_holds_nobody_back() -> None:
    pace = Pace()
    for _ in range(40):
        pace.take_refusal(pace.send(0.0, 1), 60.0, 0.0)
    later = 0.1 + pace.wait(0.0)
    assert pace.has_room(0, later)
    pace.send(later, 1)  # of which nothing is heard
    assert not pace.has_room(1, later) and pace.has_room(0, later)


def test_no_wait_goes_beyond_the_time_that_a_provider_names() -> None:
    pace = Pace(1)
    for _ in range(30):
        pace.take_refusal(pace.send(0.0, 1), 0.01, 0.0)
    assert pace.wait(0.0) == pytest.approx(0.01)


#: Headers of an answer to the first of three, and whether a fourth is sent, now and a second later.
LEFT = {
    "requests left": ({"x-ratelimit-remaining-requests": "3"}, True, True),
    "fewer than under way": ({"x-ratelimit-remaining-requests": "2"}, False, False),
    "one comes each second": (
        {
            "x-ratelimit-limit-requests": "62",
            "x-ratelimit-remaining-requests": "2",
            "x-ratelimit-reset-requests": "1m",
        },
        False,
        True,
    ),
    "a time of day": (
        {
            "anthropic-ratelimit-requests-limit": "30",
            "anthropic-ratelimit-requests-remaining": "0",
            "anthropic-ratelimit-requests-reset": "2027-01-15T08:00:10Z",
        },
        False,
        True,
    ),
    "tokens gone": (
        {"x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "450ms"},
        False,
        True,
    ),
    "tokens gone for long": (
        {"x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "60"},
        False,
        False,
    ),
    "no number": ({"x-ratelimit-remaining-requests": "many"}, True, True),
    "a limit": ({"x-ratelimit-limit-requests": "0"}, True, True),
}


@pytest.mark.parametrize("case", LEFT)
def test_what_the_provider_says_is_left_goes_before(case: str) -> None:
    headers, now, later = LEFT[case]
    pace = Pace()
    first, *_ = [pace.send(0.0, running) for running in (1, 2, 3)]
    pace.take_answer(first, headers, 0.0, TODAY)
    assert (pace.has_room(2, 0.0), pace.has_room(2, 1.0)) == (now, later)


def test_one_is_always_asked_where_none_is_under_way() -> None:
    pace = Pace()
    pace.take_answer(pace.send(0.0), {"x-ratelimit-remaining-requests": "0"}, 0.0, TODAY)
    assert (pace.has_room(0, 0.0), pace.has_room(1, 0.0)) == (True, False)
