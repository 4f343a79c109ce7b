"""The figures of a run: progress with what is to come, a summary, why some failed."""

from aichat.app.jobs.each.tally import Forecast, Tally, format_duration
from aichat.core.billing.money import Cost
from aichat.core.billing.usage import Usage
from aichat.core.exchange.answer import Answer
from aichat.core.message.message import Message
from aichat.errors import Fault


def answer(fault: Fault | None = None, cost: Cost | None = None) -> Answer:
    said = Message("assistant", ())
    return Answer("p", "m", said, usage=Usage(100, 20), cost=cost, fault=fault)


def test_progress_tells_what_is_done_what_it_takes_and_what_is_left() -> None:
    tally = Tally(100.0, Forecast(50))
    for _ in range(8):
        tally.take_answer(answer(cost=Cost(1_000_000_000)), 1)
    tally.take_answer(answer(Fault("server", "no"), Cost(1_000_000_000, estimated=True)), 9)
    tally.take_kept()
    said = "10 of 50 · 1 failed · 0.9/s · 1K tokens · ~$9.00 · ~$49.00 in all · 44 s left"
    assert tally.progress(110.0) == said


def test_without_a_forecast_nothing_is_foreseen() -> None:
    tally = Tally(0.0, None)
    tally.take_answer(answer(), 1)
    assert tally.progress(2.0) == "1 · 0.5/s · 120 tokens"


def test_money_of_two_currencies_is_never_added() -> None:
    tally = Tally(0.0, None)
    for currency in ("USD", "CNY", "USD"):
        tally.take_answer(answer(cost=Cost(10**9, currency)), 1)
    assert tally.summary(1.0) == "3 answers · 360 tokens · $2.00 · ¥1.00 · 1 s"


def test_no_time_is_told_as_none() -> None:
    told = [format_duration(seconds) for seconds in (0.0, 0.99, 1.4, 99.0, 130.0, 7200.0)]
    assert told == ["<1 s", "<1 s", "1 s", "99 s", "2 min", "2.0 h"]


def test_the_exit_code_is_of_the_most_frequent_code_however_many_reasons_it_has() -> None:
    tally = Tally(0.0, None)
    for kind, message in (("server", "a"), ("server", "b"), ("overloaded", "c"), ("auth", "d")):
        tally.take_failure(Fault(kind, message), 1)
    tally.take_failure(Fault("auth", "d"), 2)
    assert tally.exit_code == 7
    assert Tally(0.0, None).exit_code == 0


def test_reasons_are_told_the_most_frequent_first_and_memory_is_bounded() -> None:
    tally = Tally(0.0, None)
    for row in range(1, 1001):
        tally.take_failure(Fault("server", f"request {row} failed"), row)
        tally.take_failure(Fault("network", "no way"), row)
    lines = tally.failures()
    assert lines[0] == " 1,000  network: no way (rows 1, 2, 3, 4, 5, ...)"
    assert lines[1].startswith("   801  server: other reasons (rows 200,")
    assert len(lines) == 9 and lines[-1] == "        and 193 other reasons"
