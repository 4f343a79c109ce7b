"""Screens worth looking at: each is the program itself, on a terminal of its own."""

import threading
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

from tests.pictures.drawing import Shot
from tests.support.answering.server import (
    CloseEarly,
    Hold,
    Reply,
    Server,
    chat_error,
    chat_stream,
    models_list,
)
from tests.support.running.launchers import WITHOUT_MODEL
from tests.support.running.program import Program
from tests.support.running.spending import MONTH, fill_store
from tests.support.terminal.repl import Repl
from tests.support.terminal.terminal import Terminal

ANSWER = """\
A **semaphore** lets at most *n* tasks in at once:

```python
async def fetch_all(urls, limit=8):
    gate = asyncio.Semaphore(limit)

    async def fetch(url):
        async with gate:  # waits here while eight are inside
            return await client.get(url)

    return await asyncio.gather(*map(fetch, urls))
```

## Which one

| primitive   | lets in | typical use        |
|-------------|--------:|--------------------|
| `Lock`      |       1 | one writer         |
| `Semaphore` |       n | a pool             |
| `Event`     |     all | "ready, everyone!" |

1. Measure first.
2. Then set a limit:
   - [x] eight for a small server
   - [ ] more once it asks for more

> Premature concurrency is the root of
> much waiting.
"""

TCP = """\
**TCP**, unless you can say why not:

- every byte arrives, in order
- it slows down where the net is full
- a lost packet holds up what follows
"""
UDP = """\
It depends on *time*:

1. **UDP** where late is as bad as lost: voice, games
2. **TCP** where all of it must arrive
"""
COLUMN = "Put the new field **last** and give it a default: old rows are read as before."
USAGE = {"prompt_tokens": 1523, "completion_tokens": 41}


class Scene(NamedTuple):
    """The line over a picture, and what plays it."""

    title: str
    play: Callable[[Program], Shot]


def _pieces(text: str) -> list[str]:
    """As it comes."""
    return [text[place : place + 12] for place in range(0, len(text), 12)]


def _run(aichat: Program, words: Sequence[str], columns: int = 80, rows: int = 44) -> Shot:
    """A command, to its end."""
    with Terminal(aichat, *words, size=(columns, rows), loose=True) as terminal:
        terminal.wait_for_exit()
        return Shot(terminal.raw, columns, rows)


def _ask(reply: Reply, *words: str, columns: int = 80) -> Callable[[Program], Shot]:
    """A question to a server that answers so."""

    def play(aichat: Program) -> Shot:
        with Server(default=reply) as server:
            return _run(aichat.point_groq_at(server.url), ("ask", *words), columns)

    return play


def _command(*words: str, columns: int = 80, spent: bool = False) -> Callable[[Program], Shot]:
    """A command of the shell; where something was ``spent``, a month lies in the store."""

    def play(aichat: Program) -> Shot:
        if spent:
            mine = [one for one in MONTH if one.who[0] in ("groq", "anthropic", "qwen")]
            fill_store(aichat.data_dir, mine)
        return _run(aichat, words, columns)

    return play


def _chat(columns: int, act: Callable[[Repl], object]) -> Callable[[Program], Shot]:
    """A chat in which something is done; the picture is taken where it stands then."""

    def play(aichat: Program) -> Shot:
        answer = chat_stream(_pieces(COLUMN), usage=USAGE)
        with Server(default=answer) as server:
            routes = models_list("openai/gpt-oss-120b")
            server.routes = dict.fromkeys(("/v1/models", "/openai/v1/models"), routes)
            chat = Repl(
                aichat.point_groq_at(server.url), "chat", columns=columns, reports_cursor=True
            )
            try:
                chat.wait_for_prompt()
                act(chat)
                return Shot(chat.raw, columns, chat.screen.lines)
            finally:
                chat.close()

    return play


def _converse(chat: Repl) -> None:
    chat.send_line("how do I add a column safely?").wait_until("as before")
    chat.wait_for_prompt()
    chat.send_line("/model groq/openai/gpt-oss-20b").wait_for_prompt()
    chat.type("and in SQLite?")
    chat.wait_until(lambda shown: "and in SQLite?" in shown and shown.count("oss-20b") > 2)


def _open_menu(chat: Repl) -> None:
    chat.type("/re")
    chat.wait_until("retry the last question")


def _offer_models(chat: Repl) -> None:
    chat.type("/model gpt-oss")
    chat.type("\t")
    chat.wait_until(lambda shown: shown.count("gpt-oss") >= 3)


def _list_commands(chat: Repl) -> None:
    chat.send_line("/help").wait_for_prompt()


def _see_error(chat: Repl) -> None:
    chat.send_line("/model groq/openai/gpt-oss-12b").wait_for_prompt()
    chat.send_line("/retri").wait_for_prompt()


def _compared(aichat: Program) -> Shot:
    """Two models and one question."""
    usage = {"prompt_tokens": 18, "completion_tokens": 60}
    with Server() as server:
        aichat.point_groq_at(server.url)
        server.routes = {
            "/v1": chat_stream(_pieces(TCP), usage=usage),
            "/box": chat_stream(_pieces(UDP), usage=usage),
        }
        aichat.write_config(
            f'[providers.box]\nbase_url = "{server.url}/box/v1"\nmodels = ["qwen3-8b"]\n'
        )
        models = ("-m", "groq/openai/gpt-oss-120b", "-m", "box/qwen3-8b")
        return _run(aichat, ("ask", *models, "TCP or UDP?"), 100)


def _retried(aichat: Program) -> Shot:
    """A server that is too busy, while the next attempt is waited for."""
    busy = chat_error(429, "Rate limit reached for model", headers=(("retry-after", "8"),))
    with Server(default=busy) as server:
        aichat.point_groq_at(server.url)
        with Terminal(aichat, "ask", "hi", size=(80, 24), loose=True) as terminal:
            terminal.wait_until(lambda: "retrying in" in terminal.text)
            time.sleep(1)  # for the look of it
            terminal.read_available()
            return Shot(terminal.raw, 80, 24)


def _waited_for(aichat: Program) -> Shot:
    """A server that says nothing yet."""
    with Server(default=Reply(body=[Hold(threading.Event())])) as server:
        aichat.point_groq_at(server.url)
        with Terminal(aichat, "ask", "hi", size=(80, 24), loose=True) as terminal:
            terminal.wait_until(lambda: "1 s" in terminal.text)
            return Shot(terminal.raw, 80, 24)


def _first_run(aichat: Program) -> Shot:
    """Somebody without a key and without the local model."""
    chat = Repl(aichat, columns=80, launcher=WITHOUT_MODEL)
    try:
        chat.wait_until("3  leave")
        chat.type("2\r").wait_until("[y/N]")
        return Shot(chat.raw, 80, chat.screen.lines)
    finally:
        chat.close()


_WHOLE = chat_stream(_pieces(ANSWER), usage={"prompt_tokens": 21, "completion_tokens": 184})
_CUT = Reply(
    headers=(("content-type", "text/event-stream"),),
    body=[*chat_stream(_pieces(TCP)).body[:9], CloseEarly()],
)
_REFUSED = chat_error(401, "Invalid API Key", code="invalid_api_key")

SCENES: dict[str, Scene] = {
    "ask": Scene(
        "aichat ask --usage how do I limit concurrency in asyncio", _ask(_WHOLE, "--usage", "hi")
    ),
    "ask-40": Scene("aichat ask, 40 columns", _ask(_WHOLE, "--usage", "hi", columns=40)),
    "error": Scene("aichat ask hi", _ask(_REFUSED, "hi")),
    "retry": Scene("aichat ask hi", _retried),
    "waiting": Scene("aichat ask hi", _waited_for),
    "cut": Scene("aichat ask TCP or UDP", _ask(_CUT, "hi")),
    "chat": Scene("aichat", _chat(80, _converse)),
    "chat-40": Scene("aichat", _chat(40, _converse)),
    "chat-menu": Scene("aichat", _chat(80, _open_menu)),
    "chat-models": Scene("aichat", _chat(80, _offer_models)),
    "chat-help": Scene("aichat", _chat(80, _list_commands)),
    "chat-error": Scene("aichat", _chat(80, _see_error)),
    "first-run": Scene("aichat", _first_run),
    "compare": Scene(
        "aichat ask -m groq/openai/gpt-oss-120b -m box/qwen3-8b TCP or UDP", _compared
    ),
    "models": Scene("aichat models -p groq", _command("models", "-p", "groq")),
    "models-show": Scene(
        "aichat models --show gpt-oss-120b",
        _command("models", "--show", "groq/openai/gpt-oss-120b"),
    ),
    "cost": Scene(
        "aichat cost --by model",
        _command("cost", "--since", "2026-11-01", "--by", "model", "--utc", spent=True),
    ),
    "history": Scene("aichat history list", _command("history", "list", spent=True)),
    "doctor": Scene("aichat doctor --offline", _command("doctor", "--offline")),
    "help": Scene("aichat --help", _command("--help")),
    "ask-help": Scene("aichat ask --help", _command("ask", "--help")),
}
