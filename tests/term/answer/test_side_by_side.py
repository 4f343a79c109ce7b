"""Several answers on a terminal: the screens, what stays in the scrollback, and signals."""

import json
import os
import re
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.support.answering.server import (
    SSE,
    Callback,
    Hold,
    Reply,
    ScriptedReply,
    Server,
    Step,
    chat_stream,
)
from tests.support.answering.several import BROKEN, ask_words, configure_boxes
from tests.support.running.marks import long_case
from tests.support.running.program import Program
from tests.support.running.whole_runs import hold_forever, text_events
from tests.support.terminal.repl import open_repl
from tests.support.terminal.terminal import Terminal
from tests.term.answer.test_drawn_signals import Under, child_of, state_of

MARKDOWN = """# Why is it blue?

Air **scatters** light, and blue light more than red, for its waves are *shorter*.

- Rayleigh, 1871
- fourth power

```python
def scatter(wave):
    return 1 / wave ** 4
```
"""
WHOLE = chat_stream([MARKDOWN[n : n + 9] for n in range(0, len(MARKDOWN), 9)], usage=None)
ENDS = list(chat_stream([], usage={"prompt_tokens": 12}).body)[1:]


def slow(*steps: str | Step) -> Reply:
    """Text and what is waited for, and an end."""
    body = [p for s in steps for p in (text_events(s) if isinstance(s, str) else [s])]
    return Reply(headers=SSE, body=[*body, *ENDS])


@contextmanager
def terminal(
    aichat: Program, *replies: ScriptedReply, size: tuple[int, int] = (160, 24), words: str = ""
) -> Iterator[Terminal]:
    """A run that asks as many models as there are replies."""
    with Server() as server:
        configure_boxes(aichat, server, *replies)
        names = "abcdef"[: len(replies)]
        with Terminal(aichat, *ask_words(*names), *words.split(), size=size) as made:
            yield made


def still(made: Terminal) -> str:
    """The screen, with figures that do not depend on the clock."""
    rows = "\n".join(made.shown_rows())
    rows = re.sub(r"\d+\.\d s", "0.0 s", rows)
    return re.sub(r"✓ \d\.\d s", "✓ 0.0 s", re.sub(r"[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] \d+ s", "⠋ 0 s", rows))


#: One that stalls, one that fails and one that answers: while it stalls, and in the end.
WIDE = """\
a/m-a                                               │ b/m-b                                               │ c/m-c
─────────────────────────────────────────────────── │ ─────────────────────────────────────────────────── │ ───────────────────────────────────────────────────
It is                                               │ ✗ server (HTTP 500)                                 │ # Why is it blue?
                                                    │                                                     │
                                                    │                                                     │ Air scatters light, and blue light more than red,
                                                    │                                                     │ for its waves are shorter.
                                                    │                                                     │
                                                    │                                                     │  • Rayleigh, 1871
                                                    │                                                     │  • fourth power
                                                    │                                                     │
                                                    │                                                     │ ── python · 1 ──
                                                    │                                                     │ def scatter(wave):
                                                    │                                                     │     return 1 / wave ** 4
                                                    │                                                     │
                                                    │                                                     │ 0.0 s to first · 0.0 s
⠋ 0 s                                               │                                                     │"""  # noqa: E501

WIDE_END = """\
a/m-a                                               │ b/m-b                                               │ c/m-c
─────────────────────────────────────────────────── │ ─────────────────────────────────────────────────── │ ───────────────────────────────────────────────────
It is blue.                                         │ ✗ server (HTTP 500)                                 │ # Why is it blue?
                                                    │                                                     │
12 in · 0.0 s to first · 0.0 s                      │                                                     │ Air scatters light, and blue light more than red,
                                                    │                                                     │ for its waves are shorter.
                                                    │                                                     │
                                                    │                                                     │  • Rayleigh, 1871
                                                    │                                                     │  • fourth power
                                                    │                                                     │
                                                    │                                                     │ ── python · 1 ──
                                                    │                                                     │ def scatter(wave):
                                                    │                                                     │     return 1 / wave ** 4
                                                    │                                                     │
                                                    │                                                     │ 0.0 s to first · 0.0 s
aichat: error: b m-b: out of order (HTTP 500)
  try again in a moment"""  # noqa: E501

MIDDLE = """\
a/m-a

It is
✗ server (HTTP 500)  b/m-b
✓ 0.0 s  c/m-c
⠋ 0 s"""

MIDDLE_END = """\
a/m-a

It is blue.

12 in · 0.0 s to first · 0.0 s

b/m-b
✗ server (HTTP 500)

c/m-c

# Why is it blue?

Air scatters light, and blue light more than red, for its waves are shorter.

 • Rayleigh, 1871
 • fourth power

── python · 1 ──
def scatter(wave):
    return 1 / wave ** 4

0.0 s to first · 0.0 s
aichat: error: b m-b: out of order (HTTP 500)
  try again in a moment"""

NARROW_END = """\
a/m-a

It is blue.

12 in · 0.0 s to first · 0.0 s

b/m-b
✗ server (HTTP 500)

c/m-c

# Why is it blue?

Air scatters light, and blue light more
than red, for its waves are shorter.

 • Rayleigh, 1871
 • fourth power

── python · 1 ──
def scatter(wave):
    return 1 / wave ** 4

0.0 s to first · 0.0 s
aichat: error: b m-b: out of order (HTTP
  500)
  try again in a moment"""

SCREENS = {160: (WIDE, WIDE_END), 80: (MIDDLE, MIDDLE_END), 40: (MIDDLE, NARROW_END)}


@pytest.mark.parametrize("columns", [160, long_case(80), 40])
def test_one_stalls_one_fails_and_one_answers(columns: int, aichat: Program) -> None:
    go = threading.Event()
    before, after = SCREENS[columns]
    size = (columns, 40)
    with terminal(aichat, slow("It is", Hold(go), " blue."), BROKEN, WHOLE, size=size) as made:
        made.wait_until(lambda: still(made) == before)
        go.set()
        assert made.wait_for_exit() == 7
        assert still(made) == after
        assert made.pyte_rows() == made.shown_rows()
        assert made.is_restored() and made.foreign_controls() == []


INTERRUPTED = {
    160: "It is                                 │ ✗ server (HTTP 500)",
    40: "It is\n\n[interrupted]\n0.0 s to first · 0.0 s\n\nb/m-b\n✗ server",
}


@pytest.mark.parametrize("columns", [160, long_case(40)])
def test_ctrl_c_stops_all_keeps_what_came_and_leaves_the_terminal_as_it_was(
    columns: int, aichat: Program
) -> None:
    replies = slow("It is", hold_forever()), BROKEN, WHOLE, slow("Fourth", hold_forever())
    with terminal(aichat, *replies, size=(columns, 40)) as made:
        made.wait_until(lambda: still(made).count("✗ server") and "4 s" not in still(made))
        made.wait_for_text("It is")
        made.wait_for_text("Why is it" if columns == 160 else "✓")
        made.wait_for_text("Fourth" if columns == 160 else "6 characters")
        made.type("\x03")
        assert made.wait_for_exit() == -signal.SIGINT
        shown = still(made)
        assert made.is_restored() and made.foreign_controls() == []
    assert INTERRUPTED[columns] in shown
    assert shown.count("[interrupted]") == 2 and "^C" not in shown
    assert [row[:36] for row in shown.splitlines() if row.startswith("aichat")] == [
        "aichat: a m-a: interrupted",
        "aichat: error: b m-b: out of order (",
        "aichat: d m-d: interrupted",
    ]


@pytest.mark.long
def test_nobody_waits_for_another_and_each_is_seen_as_it_comes(aichat: Program) -> None:
    """The last one is let go first, a word at a time, while the others hold."""
    go = {name: [threading.Event() for _ in range(2)] for name in "abc"}
    replies = [
        slow(f"{name}-one", Hold(go[name][0]), f" {name}-two", Hold(go[name][1]), f" {name}-end.")
        for name in "abc"
    ]
    with terminal(aichat, *replies) as made:
        for name in "abc":
            made.wait_for_text(f"{name}-one")
        for name in "cba":
            go[name][0].set()
            made.wait_for_text(f"{name}-two")
        for name in "bca":
            assert f"{name}-end" not in "\n".join(made.shown_rows())
            go[name][1].set()
            made.wait_for_text(f"{name}-end")
        assert made.wait_for_exit() == 0


def counted(made: Terminal, words: list[str]) -> dict[int, int]:
    """How often words are seen: the number of words by how often."""
    seen = "\n".join(made.shown_rows()).split()
    times = [seen.count(word) for word in words]
    return {n: times.count(n) for n in set(times)}


@pytest.mark.long
def test_long_answers_stand_once_in_the_scrollback_and_cost_what_they_are_long(
    aichat: Program,
) -> None:
    """The first stalls at its beginning, so that all rows of the others have to wait for it."""
    sizes = []
    for lines in (40, 120):
        go, there = threading.Event(), threading.Event()
        texts = {n: [f"{n}{k}" for k in range(lines)] for n in "bc"}
        paced = {n: [f"- {w} and\n" for w in words] for n, words in texts.items()}
        first = slow("a0", Hold(go), *[f"\n\na{k}" for k in range(1, 50)])
        last = slow(*paced["c"], Callback(there.set))
        with terminal(aichat, first, slow(*paced["b"]), last, size=(120, 24)) as made:
            made.wait_until(lambda there=there: there.is_set() and made.read(0.02))
            made.wait_until(lambda: "⋮ " in made.text)
            go.set()
            assert made.wait_for_exit() == 0
            assert counted(made, [*texts["b"], *texts["c"]]) == {1: 2 * lines}
            assert counted(made, [f"a{k}" for k in range(50)]) == {1: 50}
            sizes.append(len(made.raw))
    assert sizes[1] < sizes[0] * 4


def test_a_window_that_changes_loses_no_line(aichat: Program) -> None:
    go, words = threading.Event(), [f"w{k}" for k in range(60)]
    text = "".join(f"- {word}\n" for word in words)
    replies = slow("x", Hold(go), "\n\ny"), slow(text[:200], Hold(go), text[200:])
    with terminal(aichat, *replies, size=(100, 30)) as made:
        made.wait_for_text("w20")
        made.resize(60, 30)
        made.wait_for_text("w20")
        made.resize(110, 30)
        go.set()
        assert made.wait_for_exit() == 0
        assert set(words) <= set("\n".join(made.pyte_rows()).split())


HOSTILE = (
    "a\x1b[2Jb\x07\x9b31m\u202egnp\u200b\n\n\x1b]0;title\x07`\x1b[H`\n\n| \x1b[A | b |\n|-|-|\n"
)


@pytest.mark.parametrize("columns", [160, long_case(40)])
def test_nothing_that_a_model_says_drives_the_terminal(columns: int, aichat: Program) -> None:
    reply = chat_stream([HOSTILE[n : n + 3] for n in range(0, len(HOSTILE), 3)])
    with terminal(aichat, reply, reply, reply, size=(columns, 24)) as made:
        assert made.wait_for_exit() == 0
        assert made.foreign_controls() == [] and made.is_restored()
        assert sum(row.count("␛[2Jb␇") for row in made.shown_rows()) == 3


def test_a_stop_leaves_the_terminal_and_the_picture_comes_back(aichat: Program) -> None:
    go = threading.Event()
    with Server() as server:
        configure_boxes(aichat, server, slow("It is", Hold(go), " blue."), WHOLE)
        words = ask_words("a", "b")
        with Terminal(Under(aichat), *words, size=(160, 24)) as made:
            made.wait_for_text("It is")
            pid = child_of(made.process.pid)
            os.kill(pid, signal.SIGTSTP)
            made.wait_until(lambda: state_of(pid) == "T")
            made.read_available()
            assert made.is_restored() and not any("It is" in row for row in made.shown_rows())
            os.kill(pid, signal.SIGCONT)
            made.wait_for_text("It is")
            go.set()
            assert made.wait_for_exit() == 0
            assert sum("It is blue." in row for row in made.shown_rows()) == 1


def test_compare_asks_several_and_the_chat_goes_on_from_the_chosen_answer(aichat: Program) -> None:
    go = threading.Event()
    with Server(default=chat_stream(["Own."])) as server:
        routes = slow("Alpha", Hold(go), " ends."), BROKEN, chat_stream(["Gamma."])
        configure_boxes(aichat, server, *routes)
        with open_repl(aichat.point_groq_at(server.url)) as chat:
            chat.wait_for_prompt()
            chat.send_line("/compare a/m-a b/m-b c/m-c -- who are you?")
            beside = re.compile(r"^Gamma\.|│ Gamma\.|✓ .*c/m-c", re.M)
            chat.wait_until(lambda shown: "Alpha" in shown and beside.search(shown) is not None)
            go.set()
            shown = chat.wait_until("continue from which answer?")
            assert "\nerror: b m-b: out of order" in shown and "Alpha ends." in shown
            chat.wait_for_prompt()
            chat.send_line("2").wait_until("continuing from the answer of c/m-c")
            chat.wait_for_prompt()
            chat.send_line("and?").wait_until("Own.")
            chat.wait_for_prompt()
            sent = server.requests[-1].json()["messages"]
            assert [m["content"] for m in sent] == ["who are you?", "Gamma.", "and?"]
            chat.send_line("/compare c/m-c").wait_until("continue from which answer?")
            chat.wait_for_prompt()
            chat.press("ctrl-c").wait_until("answer of groq/openai/gpt-oss-120b")
            again = server.requests[-2:]
            assert {seen.json()["messages"][-1]["content"] for seen in again} == {"and?"}
            chat.wait_for_prompt()
            chat.press("ctrl-d")
            assert chat.wait_for_exit() == 0
    turns = json.loads(aichat.run("history", "show", "--json").stdout)["turns"]
    assert [(t["message"].get("model"), t.get("parent")) for t in turns] == [
        (None, None),
        ("m-a", 1),
        ("m-b", 1),
        ("m-c", 1),
        (None, 4),
        ("openai/gpt-oss-120b", 5),
        ("openai/gpt-oss-120b", 5),
        ("m-c", 5),
    ]


@pytest.mark.long
def test_ctrl_c_ends_a_comparison_and_not_the_chat(aichat: Program) -> None:
    with Server(default=slow("Own", hold_forever())) as server:
        configure_boxes(aichat, server, slow("Alpha", hold_forever()))
        with open_repl(aichat.point_groq_at(server.url)) as chat:
            chat.wait_for_prompt()
            chat.send_line("/compare a/m-a -- who are you?")
            chat.wait_until(lambda shown: "Alpha" in shown and "Own" in shown)
            chat.press("ctrl-c").wait_until("continue from which answer?")
            chat.wait_for_prompt()
            chat.press("ctrl-c").wait_until("continuing from the answer of groq")
            assert all(seen.closed.wait(5) for seen in server.requests)
            chat.wait_for_prompt()
            chat.press("ctrl-d")
            assert chat.wait_for_exit() == 0 and chat.is_restored
