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
from aichat.core.provider.pace import FIRST, MOST, Pace, Sent
from aichat.errors import Fault
from tests.support.running.marks import long_case

TODAY = 1_800_000_000.0
SECONDS = (0.05, 0.5)  # that an answer takes
MEAN = sum(SECONDS) / 2


class Limits(NamedTuple):
    """What a provider bears; refusals come at once, by ``chance`` too."""

    at_once: int | None = None
    bucket: tuple[float, int] | None = None  # what a second adds, and how much it holds
    window: tuple[int, float] | None = None  # so many in so many seconds
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
        return min(rates)


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
        self.under_way = self.asked = 0
        self._at, self._left = 0.0, float(limits.bucket[1] if limits.bucket else 0)
        self._window = (-1, 0)

    def take(self, now: float) -> Reply:
        limits, chance = self._limits, self._random.random()
        self.asked += 1
        if chance < limits.chance:
            says = self._random.random() < 0.5
            return Reply("refused", retry_after=limits.retry_after if says else None)
        if chance < limits.chance + limits.broken:
            return Reply("broken")
        if not self._has_room(now):
            return Reply("refused", retry_after=limits.retry_after)
        self.under_way += 1
        return Reply("answer", self._random.uniform(*SECONDS), None, self._headers())

    def _has_room(self, now: float) -> bool:
        limits = self._limits
        if limits.bucket:
            growth, size = limits.bucket
            self._left = min(self._left + (now - self._at) * growth, size)
            self._at, room = now, self._left >= 1
            self._left -= room
            return room
        if limits.window:
            number = int(now // limits.window[1])
            used = self._window[1] if self._window[0] == number else 0
            self._window = (number, used + 1)
            return used < limits.window[0]
        return limits.at_once is None or self.under_way < limits.at_once

    def _headers(self) -> dict[str, str]:
        if not (self._limits.tells and self._limits.bucket):
            return {}
        growth, size = self._limits.bucket
        reset = f"{(size - self._left) / growth:.3f}s"
        told = {"remaining": int(self._left), "limit": size, "reset": reset}
        return {f"x-ratelimit-{name}-requests": str(value) for name, value in told.items()}


class Run(NamedTuple):
    """What came of many questions: when each was answered, and what that took."""

    answered: list[float]
    failed: int
    asked: int
    most: int  # under way at once


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
            sent, reply = pace.send(now), provider.take(now)
            heapq.heappush(events, (now + reply.seconds, next(number), reply, attempt, sent))
        wait = pace.wait(now) if again or new else 0.0
        if wait and (not events or now + wait < events[0][0]):
            now += wait + 1e-9
            continue
        if not events:
            return Run(answered, failed, provider.asked, most)
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
        seconds = retry_delay(fault, attempt, 6, chance.random())
        if reply.kind == "refused":
            pace.take_refusal(seconds or 0.0, now)
        if seconds is None:
            failed += 1
            continue
        heapq.heappush(events, (now + seconds, next(number), reply, attempt + 1, None))


#: Providers, the share of their limit that is used, and requests to those that there have to be.
QUIET = {"chance": 0.0, "broken": 0.0}
PROVIDERS = {
    "hostile": (Limits(), 0.95, 1.01),
    "bears 48 at once": (Limits(at_once=48), 0.94, 1.05),
    "100 a second": (Limits(bucket=(100, 10)), 0.95, 1.07),
    "says what is left": (Limits(bucket=(100, 10), tells=True), 0.95, 1.03),
    "1000 a minute": (Limits(window=(1000, 60.0), retry_after=30.0), 0.9, 1.2),
}
MORE = {
    "says nothing of waits": (Limits(at_once=48, retry_after=None), 0.94, 1.06),
    "bears 48 and is sound": (Limits(at_once=48, **QUIET), 0.95, 1.11),
    "bears 20 and is sound": (Limits(at_once=20, **QUIET), 0.95, 1.11),
    "bears 5 and is sound": (Limits(at_once=5, **QUIET), 0.9, 1.13),
    "20 a second and sound": (Limits(bucket=(20, 5), **QUIET), 0.95, 1.16),
    "20 a second, says it": (Limits(bucket=(20, 5), tells=True), 0.95, 1.06),
    "100 in each second": (Limits(window=(100, 1.0)), 0.95, 1.12),
    "1000 a minute, says nothing": (Limits(window=(1000, 60.0), retry_after=None), 0.9, 1.2),
    "sound": (Limits(**QUIET), 0.95, 1.0),
}


@pytest.mark.parametrize("name", [*PROVIDERS, *map(long_case, MORE)])
def test_nearly_all_that_a_provider_bears_is_used_and_few_are_refused(name: str) -> None:
    limits, share, most = {**PROVIDERS, **MORE}[name]
    rows = 4000
    run = ask(limits, rows, seed=7)
    assert (len(run.answered), run.failed) == (rows, 0) and run.most <= MOST
    last = int(rows * 0.98)  # what was refused at the very end is waited for alone
    assert last / run.answered[last] >= share * limits.rate
    assert run.asked <= most * rows / (1 - limits.chance - limits.broken)


def test_no_more_than_so_many_are_ever_under_way() -> None:
    assert ask(Limits(), 300, seed=1, jobs=3).most == 3
    assert ask(Limits(), 50, seed=1, jobs=1).most == 1


# -- by hand


def answers(pace: Pace, number: int, now: float = 0.0, **headers: str) -> None:
    for _ in range(number):
        pace.take_answer(pace.send(now), headers, now + MEAN, TODAY)


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


def test_a_provider_that_is_busy_by_itself_is_asked_as_much_as_before() -> None:
    pace = Pace()
    answers(pace, 100)
    for n in range(2000):
        answers(pace, 1, n)
        if n % 3 == 0:
            pace.take_refusal(0.1, n, for_number=False)
    assert pace.limit == MOST


def test_who_answers_nothing_is_asked_one_by_one_ever_more_seldom() -> None:
    pace, now, times = Pace(), 0.0, list[float]()
    while len(times) < 40:
        running = 0
        while pace.has_room(running, now):
            pace.send(now)
            times.append(now)
            running += 1
        for _ in range(running):
            pace.take_refusal(60.0, now)
        now += pace.wait(now) or 0.01
    waits = [after - before for before, after in pairwise(times) if after - before > 0.05]
    assert waits[1:6] == pytest.approx([0.25, 0.5, 1.0, 2.0, 4.0])
    assert max(waits) == pytest.approx(15.0)
    answers(pace, 1, now)
    assert pace.limit > 1


def test_no_wait_goes_beyond_the_time_that_a_provider_names() -> None:
    pace = Pace(1)
    for now in (0.0, 1.0, 2.0):
        pace.take_refusal(0.1, now)
    assert pace.wait(2.0) == pytest.approx(0.1)


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
        {"x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "12.5"},
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
    first, *_ = [pace.send(0.0) for _ in range(3)]
    pace.take_answer(first, headers, 0.0, TODAY)
    assert (pace.has_room(2, 0.0), pace.has_room(2, 1.0)) == (now, later)


def test_one_is_always_asked_where_none_is_under_way() -> None:
    pace = Pace()
    pace.take_answer(pace.send(0.0), {"x-ratelimit-remaining-requests": "0"}, 0.0, TODAY)
    assert (pace.has_room(0, 0.0), pace.has_room(1, 0.0)) == (True, False)
