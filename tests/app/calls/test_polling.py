"""Looks at what goes on by itself: how often, for how long without a link, and when no more."""

import pytest

from aichat.app.calls.polling import LOST_KINDS, PollLoop
from aichat.core.text.clock import Clock
from aichat.errors import AichatError, Fault

LOST, NEWS, NOTHING = "lost", "news", "nothing"


class Looks:
    """One loop whose looks find one thing of ``found`` after the other."""

    def __init__(self, *found: str | Fault | float, random: float = 0.5) -> None:
        self.waits: list[float] = []
        self.lost: list[bool] = []
        self._found, self._random = found, random

    def run(self) -> "Looks":
        clock = Clock(lambda: 0.0, lambda: 0.0, self.waits.append, lambda: self._random)
        loop, rest = PollLoop(clock), iter(self._found)
        while loop.begin_poll():
            with loop:
                found = next(rest, None)
                if found is None:
                    loop.end()
                elif isinstance(found, float):
                    loop.obey(found)
                elif found == NEWS:
                    loop.take_news()
                elif found != NOTHING:
                    fault = found if isinstance(found, Fault) else Fault("network", "gone")
                    raise AichatError(fault)
            self.lost.append(loop.lost is not None)
        return self


def test_it_is_looked_ever_more_seldom_and_once_a_minute_at_last() -> None:
    waits = Looks(*[NOTHING] * 100).run().waits
    assert waits[:3] == pytest.approx([1.0, 1.1, 1.21]) and waits[-1] == 60.0
    assert all(wait < 1.01 + 0.1 * sum(waits[:n]) for n, wait in enumerate(waits))


@pytest.mark.parametrize(("random", "wait"), [(0.0, 0.9), (0.5, 1.0), (1.0, 1.1)])
def test_many_do_not_look_at_one_time(random: float, wait: float) -> None:
    assert Looks(NOTHING, random=random).run().waits == pytest.approx([wait])


def test_news_bring_the_next_look_soon() -> None:
    waits = Looks(*[NOTHING] * 20, NEWS, NOTHING).run().waits
    assert waits[-2:] == pytest.approx([1.0, 1.1]) and waits[19] > 5


def test_a_server_says_how_long_to_wait_and_is_obeyed_for_five_minutes_at_most() -> None:
    assert Looks(7.0, NOTHING, 9999.0).run().waits == pytest.approx([7.0, 1.1, 300.0])
    busy = Fault("rate_limit", "slow down", retry_after=20.0)
    assert Looks(busy).run().waits == [20.0]


@pytest.mark.parametrize("kind", sorted(LOST_KINDS))
def test_a_lost_link_is_looked_over_and_told(kind: str) -> None:
    looks = Looks(Fault(kind, "gone"), NOTHING).run()
    assert looks.lost == [True, False, False] and len(looks.waits) == 2


def test_a_link_is_given_up_after_a_quarter_of_an_hour_without_one() -> None:
    looks = Looks(*[LOST] * 1000)
    with pytest.raises(AichatError, match="gone"):
        looks.run()
    assert 840 < sum(looks.waits) <= 900


def test_a_link_that_comes_back_is_waited_for_anew() -> None:
    minutes = [60.0] * 50  # which it is not lost
    assert Looks(*minutes, *[LOST] * 14, NOTHING, *[LOST] * 14).run().lost.count(True) == 28


@pytest.mark.parametrize("kind", ["auth", "not_found", "protocol", "budget"])
def test_what_no_wait_mends_is_raised_at_once(kind: str) -> None:
    looks = Looks(NOTHING, Fault(kind, "no"))
    with pytest.raises(AichatError):
        looks.run()
    assert looks.waits == [1.0]
