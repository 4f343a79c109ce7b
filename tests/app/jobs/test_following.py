"""What goes on by itself is followed in one way: told, waited for, left to itself by Ctrl-C."""

import signal

import pytest

from aichat.core.text.clock import Clock
from aichat.errors import Interrupted
from tests.commands.files.test_files import answer, point
from tests.commands.tune.test_tune import JOB
from tests.support.answering.batches import Engine
from tests.support.answering.made import VideoProvider
from tests.support.answering.server import Server, chat_error
from tests.support.running.program import Program

#: What is followed: the words, its provider, and what is typed to come back.
FOLLOWED = {
    "video": ("jobs wait last", "xai", "the video goes on by itself: aichat jobs wait vid-1"),
    "batch": (
        "batch wait last",
        "openai",
        "the batch goes on by itself: aichat batch wait batch-0",
    ),
    "tuning": (
        "tune events ftjob-1 --follow -p openai",
        "openai",
        "the tuning goes on by itself: aichat tune events ftjob-1 --follow",
    ),
}


def begin(aichat: Program, server: Server, what: str) -> None:
    """Something that never ends."""
    point(aichat, server, FOLLOWED[what][1])
    if what == "video":
        VideoProvider(server, "xai", looks=10**6)
        aichat.invoke("video", "a", "cat", "-p", "xai", "--no-wait")
    elif what == "batch":
        server.default = Engine("openai", looks=10**6)
        (aichat.home / "in.txt").write_text("a\n")
        aichat.invoke("ask", "-p", "openai", "--each", "in.txt", "--batch")
    else:
        server.default = lambda request: answer(
            {"data": [], "has_more": False} if "/events" in request.path else JOB
        )


@pytest.mark.parametrize("what", FOLLOWED)
def test_ctrl_c_leaves_it_and_says_how_to_come_back(aichat: Program, what: str) -> None:
    words, _, told = FOLLOWED[what]
    waits: list[float] = []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 3:
            raise Interrupted(signal.SIGINT)

    with Server() as server:
        begin(aichat, server, what)
        clock = Clock(lambda: 1e9, lambda: 0.0, sleep, lambda: 0.5)
        done = aichat.invoke(*words.split(), clock=clock)
    assert (done.code, waits) == (-signal.SIGINT, pytest.approx([1.0, 1.1, 1.21]))
    first, *_, last = done.stderr.splitlines()
    assert first.startswith(f"aichat: the {what} is ") and last == f"aichat: {told}"


@pytest.mark.parametrize("what", FOLLOWED)
def test_a_provider_that_is_gone_is_said_once_and_given_up_with_the_way_back(
    aichat: Program, what: str
) -> None:
    words, _, told = FOLLOWED[what]
    with Server() as server:
        begin(aichat, server, what)
        server.default = chat_error(503, "down", headers={"retry-after": "60"})
        done = aichat.invoke(*words.split(), "--retries", "0")
    gone, fault, *_ = done.stderr.splitlines()
    assert (done.code, aichat.waits) == (7, [60.0] * 15)
    assert gone.startswith(f"aichat: the {what} is out of reach (") and "down" in gone
    assert "down" in fault and told.partition(": ")[2] in done.stderr
