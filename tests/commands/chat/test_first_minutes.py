"""A new user's first ten minutes, as a script; its screens are in tests/screens, to be looked at.

After a change that is meant, ``python -m tests.commands.chat.test_first_minutes`` writes them anew.
"""

import re
import tempfile
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path

from tests.support.answering.server import Server, chat_stream
from tests.support.running.program import SCREENS, Program
from tests.support.running.whole_runs import hold_forever, partial_reply
from tests.support.terminal.repl import Repl, open_repl

KEPT = SCREENS / "first-minutes.txt"

MUTEX = """A **mutex** lets one thread at a time into a piece of code:

```python
lock = threading.Lock()
with lock:
    counter += 1
```

| without | with |
|---|---|
| lost updates | none |
"""
LOG = "".join(f"12:00:{n % 60:02} worker {n} waits for the lock\n" for n in range(800))
REPLIES = (
    chat_stream(["The harbour of Leith is **tidal**; its lock opens two hours around high water."]),
    chat_stream([MUTEX]),
    chat_stream(["All 800 workers wait for the same lock: whoever holds it never lets go."]),
    partial_reply(hold_forever(), text="Three things help.\n\n1. Hold the lock for less ti"),
    chat_stream(
        ["1. Hold the lock for less time.\n2. Use a queue.\n3. Count with `itertools`."],
        model="openai/gpt-oss-20b",
    ),
    chat_stream(["At low water the lock stays shut."]),
)


def minutes(aichat: Program) -> Iterator[tuple[str, str]]:
    """What is done, and what of the screen is new after it; its toolbar is the last line.

    Where on the screen it stands is the terminal's business, and how fast that answers.
    """
    before: list[str] = []
    with Server(*REPLIES) as server:
        aichat.point_groq_at(server.url)
        aichat.run("ask", "Tell me about Leith harbour")
        with open_repl(aichat, reports_cursor=True) as chat:
            for did in _steps(chat):
                rows = _still(chat).split("\n")
                pairs = zip(before, rows, strict=False)
                same = len([*takewhile(lambda pair: pair[0] == pair[1], pairs)])
                yield did, "\n".join(rows[same:])
                before = rows


def _steps(chat: Repl) -> Iterator[str]:
    chat.wait_until("new, /help")
    yield "aichat"
    _say(chat, "What is a mutex?", "lost updates")
    yield "a question"
    _say(chat, "/copy 1", "copied code block 1")
    yield "its code, copied"
    chat.type("/m").wait_until("choose or change the model")
    yield "/m, and what it may become"
    chat.press("ctrl-c").wait_until(lambda _: _line(chat) == ">")
    chat.type("What is wrong here? ").paste(LOG).wait_until("800 lines]")
    chat.wait_until("[paste 1: ")
    yield "a log, pasted"
    _say(chat, "", "never lets go")
    yield "it is sent"
    chat.send_line("How do I mend it?").wait_until("less ti")
    chat.press("ctrl-c")
    chat.wait_until(lambda _: _line(chat) == ">")
    yield "an answer, stopped by Ctrl-C"
    _say(chat, "/retry -m groq/openai/gpt-oss-20b", "the chat continues with")
    yield "another model"
    _say(chat, "/find harbour", "user  Tell me")
    yield "an old conversation, found"
    _say(chat, "/load 1", "1 question")
    _say(chat, "And at low water?", "stays shut")
    yield "and gone on with"
    _say(chat, "/export", "written to")
    yield "exported"
    chat.press("ctrl-d")
    assert chat.wait_for_exit() == 0
    yield "Ctrl-D"


def _say(chat: Repl, line: str, sign: str) -> None:
    chat.send_line(line)
    chat.wait_until(lambda shown: sign in shown and chat.is_prompting and _line(chat) == ">")


def _line(chat: Repl) -> str:
    """The line of the cursor."""
    return chat.screen.display[chat.screen.cursor.y].rstrip()


def _still(chat: Repl) -> str:
    """The screen, once nothing moves on it; what differs from run to run is left out."""
    if chat.process.poll() is None:
        chat.wait_until(lambda _: "groq/" in next(filter(str.strip, reversed(chat.screen.display))))
    before = ""
    while before != (now := chat.screen_text):
        before = now
        chat._read(0.3)
    text = re.sub(r"\n{2,}", "\n\n", before)
    text = re.sub(r"\n+(groq/.*)\Z", r"\n\1", text)
    text = re.sub(r"\d+\.\d s to first.*", "... to first ...", text)
    text = re.sub(r"\$0\.\d+", "$0.0...", text)
    text = re.sub(r"1  \w{10}  \d{4}-\d\d-\d\d \d\d:\d\d", "1  ID  WHEN", text)
    return re.sub(r"-C \w{10}|/load \w{10}", lambda m: m[0][:-10] + "ID", text)


def test_the_first_ten_minutes_look_as_they_should(aichat: Program) -> None:
    assert _written(aichat) == KEPT.read_text()


def _written(aichat: Program) -> str:
    return "\n".join(f"=== {did}\n{screen}\n" for did, screen in minutes(aichat))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as home:
        KEPT.parent.mkdir(exist_ok=True)
        KEPT.write_text(_written(Program(Path(home))))
