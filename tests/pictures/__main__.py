"""The README's pictures: ``python -m tests.pictures`` runs the program on terminals of its own.

What stands on a screen in the end is written as SVG beside this file.
"""

import io
import tempfile
from collections.abc import Callable
from pathlib import Path

from pyte.screens import Char, HistoryScreen
from rich.console import Console
from rich.style import Style
from rich.terminal_theme import MONOKAI
from rich.text import Text

from tests.support.answering.server import Server, chat_stream
from tests.support.running.program import Program
from tests.support.running.spending import MONTH, fill_store
from tests.support.terminal.repl import open_repl
from tests.support.terminal.terminal import Terminal

HERE = Path(__file__).parent

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

| primitive   | lets in | typical use        |
|-------------|--------:|--------------------|
| `Lock`      |       1 | one writer         |
| `Semaphore` |       n | a pool             |
| `Event`     |     all | "ready, everyone!" |
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


def styled(char: Char) -> Style:
    """How a character of a screen looks."""
    return Style(
        color=_colour(char.fg),
        bgcolor=_colour(char.bg),
        bold=char.bold,
        italic=char.italics,
        underline=char.underscore,
        strike=char.strikethrough,
        reverse=char.reverse,
    )


def _colour(name: str) -> str | None:
    """pyte's name of a colour as Rich's."""
    if name == "default":
        return None
    if len(name) == 6 and set(name) <= set("0123456789abcdef"):
        return f"#{name}"
    plain = name.removeprefix("bright").replace("brown", "yellow")
    return plain if plain == name or name == "brown" else f"bright_{plain}"


def text_of(screen: HistoryScreen) -> Text:
    """Scrollback and screen, as far as there is anything on them."""
    lines = []
    for row in (*screen.history.top, *(screen.buffer[y] for y in range(screen.lines))):
        line = Text()
        for x in range(screen.columns):
            line.append(row[x].data, styled(row[x]))
        line.rstrip()
        if line.plain or (lines and lines[-1].plain):  # one empty row is as good as many
            lines.append(line)
    while lines and not lines[-1].plain:
        lines.pop()
    return Text("\n").join(lines)


def svg_of(screen: HistoryScreen, title: str, name: str) -> str:
    """A terminal's window."""
    console = Console(
        record=True, file=io.StringIO(), width=screen.columns, color_system="truecolor"
    )
    console.print(text_of(screen), no_wrap=True, crop=False, end="")
    return console.export_svg(title=title, theme=MONOKAI, unique_id=name)


def asked(aichat: Program) -> HistoryScreen:
    """An answer on the terminal."""
    usage = {"prompt_tokens": 21, "completion_tokens": 184}
    with Server(chat_stream(pieces(ANSWER), usage=usage)) as server:
        aichat.point_groq_at(server.url)
        with Terminal(aichat, "ask", "--usage", "hi", size=(82, 40), loose=True) as terminal:
            terminal.wait_for_exit()
    return terminal.screen


def chatted(aichat: Program) -> HistoryScreen:
    """A chat: an answer, another model, a command, and the toolbar."""
    usage = {"prompt_tokens": 1523, "completion_tokens": 41}
    told = "Put the new field **last** and give it a default: old rows are read as before."
    with (
        Server(default=chat_stream(pieces(told), usage=usage)) as server,
        open_repl(aichat.point_groq_at(server.url), reports_cursor=True) as chat,
    ):
        chat.wait_for_prompt()
        chat.send_line("how do I add a column safely?").wait_until("as before")
        chat.wait_for_prompt()
        chat.send_line("/model groq/openai/gpt-oss-20b").wait_for_prompt()
        chat.type("and in SQLite?")
        chat.wait_until(lambda shown: "and in SQLite?" in shown and "context" in shown)
        return chat.screen


def spent(aichat: Program) -> HistoryScreen:
    """What a month cost."""
    fill_store(
        aichat.data_dir, [one for one in MONTH if one.who[0] in ("groq", "anthropic", "qwen")]
    )
    words = ("cost", "--since", "2026-11-01", "--by", "model", "--utc")
    with Terminal(aichat, *words, size=(82, 40), loose=True) as terminal:
        terminal.wait_for_exit()
    return terminal.screen


def compared(aichat: Program) -> HistoryScreen:
    """Two models and one question."""
    usage = {"prompt_tokens": 18, "completion_tokens": 60}
    with Server() as server:
        aichat.point_groq_at(server.url)
        server.routes = {
            "/v1": chat_stream(pieces(TCP), usage=usage),
            "/box": chat_stream(pieces(UDP), usage=usage),
        }
        aichat.write_config(
            f'[providers.box]\nbase_url = "{server.url}/box/v1"\nmodels = ["qwen3-8b"]\n'
        )
        words = ("ask", "-m", "groq/openai/gpt-oss-120b", "-m", "box/qwen3-8b", "TCP or UDP?")
        with Terminal(aichat, *words, size=(100, 40), loose=True) as terminal:
            terminal.wait_for_exit()
    return terminal.screen


def pieces(text: str) -> list[str]:
    """As it comes."""
    return [text[place : place + 12] for place in range(0, len(text), 12)]


#: A picture's name, the line over it, and what is seen.
PICTURES: dict[str, tuple[str, Callable[[Program], HistoryScreen]]] = {
    "ask": ("aichat ask --usage how do I limit concurrency in asyncio", asked),
    "chat": ("aichat", chatted),
    "compare": ("aichat ask -m groq/openai/gpt-oss-120b -m box/qwen3-8b TCP or UDP", compared),
    "cost": ("aichat cost --by model", spent),
}


def main() -> None:
    """Write every picture."""
    HERE.mkdir(exist_ok=True)
    for name, (title, made) in PICTURES.items():
        with tempfile.TemporaryDirectory() as home:
            (HERE / f"{name}.svg").write_text(svg_of(made(Program(Path(home))), title, name))


if __name__ == "__main__":
    main()
