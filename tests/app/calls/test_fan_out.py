"""Several jobs at once: what they tell, who is waited for, and how they end."""

import io
import os
import time
from collections.abc import Iterator
from threading import Event
from typing import NamedTuple

import pytest

from aichat.app.calls.fan_out import JobGroup
from aichat.core.http.call import Call
from aichat.core.http.connection import ConnectionOptions
from aichat.core.text.clock import Clock
from aichat.errors import AichatError
from aichat.net import http
from aichat.process.world import World
from aichat.term.widgets.progress import StatusLine
from tests.support.answering.server import Server, SilentReply

NAMES = ("one", "two", "three")


class Screen(NamedTuple):
    """A terminal on stderr, on which a second passes in a twentieth."""

    written: io.BytesIO
    world: World

    @property
    def line(self) -> StatusLine:
        return StatusLine(self.world)


def screen() -> Screen:
    written = io.BytesIO()
    clock = Clock(time.time, lambda: time.monotonic() * 20, time.sleep, lambda: 0.5)
    environ = {name: value for name, value in os.environ.items() if name != "CI"} | {
        "TERM": "xterm"
    }
    return Screen(
        written,
        World(environ, None, None, written, False, False, clock, stderr_tty=True),  # type: ignore[arg-type]
    )


def told(group: JobGroup[str], patience: float = 10.0, shown: Screen | None = None) -> list[str]:
    batches = group.all_batches(NAMES, (shown or screen()).line, patience)
    return [f"{NAMES[batch.number]} {event}" for batch in batches for event in batch.events]


def after(event: Event, *words: str) -> Iterator[list[str]]:
    event.wait(10)
    for word in words:
        yield [word]


def test_what_each_tells_comes_in_its_order_and_nobody_waits_for_another() -> None:
    late, shown = Event(), screen()
    with JobGroup[str]() as group:
        group.run(0, after(late, "a", "b"))
        group.run(1, ([word] for word in ("c", "d")))
        found = []
        for batch in group.all_batches(NAMES, shown.line):
            found += [f"{batch.number}{event}" for event in batch.events]
            if "1d" in found:
                late.set()
    assert found == ["1c", "1d", "0a", "0b"]
    assert not group.running


def test_a_word_from_inside_a_job_comes_before_its_result() -> None:
    with JobGroup[str]() as group:

        def job() -> Iterator[list[str]]:
            group.add_events(0, ["waiting a little"])
            yield ["done"]

        group.run(0, job())
        assert told(group) == ["one waiting a little", "one done"]


def test_a_bug_in_one_lets_the_others_go_on() -> None:
    def broken() -> Iterator[list[str]]:
        raise KeyError("a secret")
        yield []

    with JobGroup[str]() as group:
        group.run(0, broken())
        group.run(1, iter([["fine"]]))
        batches = list(group.all_batches(NAMES, screen().line))
    (fault,) = [batch.fault for batch in batches if batch.fault]
    assert (fault.kind, fault.message) == ("internal", "a bug of ours: KeyError")
    assert [batch.number for batch in batches if batch.events] == [1]


def test_one_that_hangs_is_named_and_then_left_behind() -> None:
    never, shown = Event(), screen()
    with JobGroup[str]() as group:
        group.run(0, iter([["here"]]))
        group.run(1, after(never, "too late"))
        group.run(2, after(never, "too late"))
        assert told(group, 0.5, shown) == ["one here"]
        assert group.running
    never.set()
    assert b"aichat: waiting for two, three" in shown.written.getvalue()
    assert shown.written.getvalue().endswith(b"\r\x1b[K")


def test_leaving_the_group_cuts_the_connections_of_those_that_still_run() -> None:
    ended = Event()

    def ask(url: str, connection: ConnectionOptions) -> Iterator[list[str]]:
        try:
            with http.send(Call("GET", url, ()), connection):
                yield ["answered"]
        except AichatError:
            ended.set()

    with Server(SilentReply()) as server:
        with pytest.raises(KeyboardInterrupt), JobGroup[str]() as group:
            group.run(0, ask(server.url, group.halt.connection_options(0, ConnectionOptions())))
            server.wait_requests(1)
            raise KeyboardInterrupt
        assert ended.wait(5)
