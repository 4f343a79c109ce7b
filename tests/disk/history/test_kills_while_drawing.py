"""What has arrived is on disk before it is drawn: not even a kill while it is drawn loses it."""

import random
import re
import threading
from pathlib import Path

import pytest

from aichat.app.exchange.show import WaitIndicator
from aichat.core.exchange.event import Event, TextDelta
from tests.support.answering.server import SSE, Hold, Reply, Server, Step, chat_stream
from tests.support.running.program import Program
from tests.support.running.stores import make_home, text_of

ROWS, PER_CHUNK = 1500, 50


def slow_document(last: Step | None) -> Reply:
    """Numbered rows that take long to draw, and then, perhaps, silence."""
    shapes = ("- *w{}* `a`\n", "> w{} [a](b)\n", "| w{} | b |\n", "    w{}\n")
    rows = [shapes[n // 40 % len(shapes)].format(n) for n in range(ROWS)]
    events = [event for event in chat_stream(rows).body if isinstance(event, bytes)]
    chunks = [b"".join(events[n : n + PER_CHUNK]) for n in range(0, len(events), PER_CHUNK)]
    return Reply(headers=SSE, body=[*chunks[:-1], last] if last else chunks)


def lose_nothing_to_a_kill(aichat: Program, size: int) -> None:
    """Kill the program once it has drawn so many bytes."""
    with Server(slow_document(Hold(threading.Event()))) as server:
        home = make_home(aichat, server)
        process = aichat.start("ask", "--markdown", "hi")
        assert process.stdout
        seen = process.stdout.read(size)
        process.kill()
        rest, _ = process.communicate()
    question, answer = home.conversation()["turns"]
    found = (re.findall(rb"w(\d+)", part) for part in (seen, rest))  # some may be lost between
    shown = [int(n) for part in found for n in part]
    kept = [int(n) for n in re.findall(r"w(\d+)\b", text_of(answer))]
    assert (text_of(question), answer["status"]) == ("hi", "partial")
    assert shown
    assert kept == [*range(len(kept))]
    assert kept[-1] >= max(shown)


def test_a_kill_while_a_document_is_drawn_loses_nothing(aichat: Program) -> None:
    lose_nothing_to_a_kill(aichat, 3000)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100))
def test_no_kill_while_a_document_is_drawn_loses_anything(aichat: Program, seed: int) -> None:
    lose_nothing_to_a_kill(aichat, random.Random(seed).randrange(100, 9000))


@pytest.mark.parametrize("words", [(), ("--markdown",), ("--json",), ("--events",)], ids=str)
def test_a_batch_is_kept_before_it_is_shown(
    aichat: Program, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    show, late = WaitIndicator._show_first, list[str]()

    def look(self: WaitIndicator, events: list[Event]) -> None:
        kept = "".join(path.read_text() for path in Path(aichat.data_dir).rglob("*.journal"))
        late.extend(e.text for e in events if isinstance(e, TextDelta) and e.text not in kept)
        show(self, events)

    monkeypatch.setattr(WaitIndicator, "_show_first", look)
    with Server(chat_stream(["word"])) as server:
        done = aichat.point_groq_at(server.url).invoke("ask", *words, "hi")
    assert (done.code, late) == (0, [])
