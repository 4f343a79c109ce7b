"""A chat that goes on for long: whatever its turns came to, nothing of them is left open."""

from collections import Counter
from contextlib import suppress
from pathlib import Path

import pytest

from tests.support.answering.server import (
    SSE,
    Cut,
    Reply,
    Server,
    chat_chunk,
    chat_error,
    chat_stream,
    sse,
)
from tests.support.running.program import Program
from tests.support.terminal.repl import Repl, open_repl

#: An answer; one that its server cuts; a refusal.
REPLIES = (
    chat_stream(["word"]),
    Reply(headers=SSE, body=[*sse(chat_chunk({"content": "cut"}), done=False), Cut()]),
    chat_error(400, "no"),
)

#: Turns until everything that stays open is open; the last is of the same kind as that of all.
FIRST = 2 * len(REPLIES)

COUNTS = (FIRST + 6, pytest.param(201, marks=pytest.mark.long))


def left_open(chat: Repl) -> tuple[list[str], int]:
    """What the chat's descriptors lead to, numbers apart, and how many threads it has."""
    here = Path(f"/proc/{chat.process.pid}")
    leads: list[str] = []
    for file in (here / "fd").iterdir():
        with suppress(OSError):  # closed meanwhile
            leads.append(str(file.readlink()).partition(":[")[0])
    return sorted(leads), len([*(here / "task").iterdir()])


def ask(chat: Repl, server: Server, turn: int) -> None:
    server.default = REPLIES[turn % len(REPLIES)]
    chat.send_line(f"turn {turn}")
    server.wait_requests(turn + 1)
    chat.wait_for_prompt()


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="only Linux shows them")
@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("transport", ["plain", "httpx"])
def test_turns_leave_no_descriptor_socket_or_thread(
    transport: str, count: int, aichat: Program
) -> None:
    aichat.environ["AICHAT_TRANSPORT"] = transport
    with Server() as server, open_repl(aichat.point_groq_at(server.url)) as chat:
        chat.wait_for_prompt()
        for turn in range(FIRST):
            ask(chat, server, turn)
        chat.wait_until(lambda _: left_open(chat)[1] <= 2)  # what was loaded beside has been
        files, threads = left_open(chat)
        for turn in range(FIRST, count):
            ask(chat, server, turn)

        def has_no_more(_: str) -> bool:
            """Fewer may be left: what was opened ahead then may be gone now."""
            now_open, now_running = left_open(chat)
            return not Counter(now_open) - Counter(files) and now_running <= threads

        chat.wait_until(has_no_more)
