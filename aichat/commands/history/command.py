"""``aichat history``: the stored conversations."""

import re
from collections.abc import Mapping
from functools import partial
from typing import Any

from aichat.app.history.open import change_store, find_conversation, open_store, row_limit
from aichat.app.models import completion_names
from aichat.commands.history.files import EXPORT, IMPORT
from aichat.commands.history.remove import DELETE, PRUNE
from aichat.core.cli.argv import Argument, Command, Option
from aichat.core.conversation import markdown, serialize
from aichat.core.conversation.turn import Conversation, path_to
from aichat.core.message.message import text_of
from aichat.core.text.dates import format_time, parse_time
from aichat.core.text.sanitize import sanitize, sanitize_line
from aichat.disk.history.store import HIT_END, HIT_START, SearchHit
from aichat.errors import usage_error
from aichat.process.world import World
from aichat.term.terminal import (
    code_theme,
    colour_system,
    terminal_size,
    terminal_width,
    wants_colour,
)
from aichat.term.widgets.table import format_table

_HEAD = ("id", "updated", "turns", "model", "title")


def list_conversations(world: World, values: Mapping[str, Any]) -> int:
    """The conversations, the last one used first."""
    earliest = parse_time(values["since"], world.clock.now()) if values["since"] else None
    store = open_store(world)
    completion_names.update_conversations(world, store)
    found = list(store.summaries(row_limit(values, 50), earliest))
    if values["json"]:
        world.write_json([about._asdict() for about in found])
        return 0
    rows = [
        (about.id, format_time(about.updated), str(about.turns), about.model or "-", about.title)
        for about in found
    ]
    world.write_text(
        format_table(_HEAD, rows, terminal=world.stdout_tty, columns=terminal_width(world))
    )
    return 0


def show(world: World, values: Mapping[str, Any]) -> int:
    """One conversation, from its beginning to where it goes on."""
    store = open_store(world)
    given = store.conversation(find_conversation(store, values["id"] or "last"))
    if values["json"]:
        world.write_json(serialize.dump_conversation(given))
        return 0
    if values["raw"] or not world.stdout_tty:
        text = _plain_text(given) if values["raw"] else markdown.render_markdown(given)
        world.write_text(sanitize(text) if world.stdout_tty else text)
    else:
        _draw(world, values["color"], markdown.render_markdown(given))
    return 0


def _draw(world: World, colour: str | None, text: str) -> None:
    """Markdown as answers are drawn."""
    from aichat.term.answer.renderer import Renderer, RenderStyle

    system = colour_system(world.environ)
    bright = wants_colour(world.environ, colour, terminal=True)
    look = RenderStyle(system if bright else None, code_theme(world.environ), live=False)
    size = partial(terminal_size, world)
    # however long it takes: whoever is tired of it can end it
    page = Renderer(world.write_text, size, world.clock.monotonic, look, cpu=lambda: 0.0)
    page.feed(text)
    page.close()


def _plain_text(given: Conversation) -> str:
    """What was said and nothing else, a blank line between the turns."""
    path = path_to(given.turns, given.about.head) or given.turns
    return "\n\n".join(text_of(turn.message).rstrip("\n") for turn in path) + "\n"


def search(world: World, values: Mapping[str, Any]) -> int:
    """The turns with all the words, the latest first, each hit marked. None: exit 1."""
    found = open_store(world).search(" ".join(values["query"]), row_limit(values, 20))
    if values["json"]:
        world.write_json([{**hit._asdict(), "excerpt": _mark_hits(hit, "", "")} for hit in found])
    elif world.stdout_tty:
        bright = wants_colour(world.environ, values["color"], terminal=True)
        marks = ("\x1b[1;33m", "\x1b[0m") if bright else ("**", "**")
        world.write_text("".join(_hit_lines(hit, marks) for hit in found))
    else:
        rows = [
            (
                hit.conversation,
                format_time(hit.at),
                hit.role,
                str(hit.number),
                _mark_hits(hit, "**", "**"),
            )
            for hit in found
        ]
        world.write_text(format_table(("id", "when", "who", "turn", "text"), rows, terminal=False))
    if not found:
        world.say("aichat: nothing found")
    return 0


def _mark_hits(hit: SearchHit, start: str, end: str) -> str:
    return hit.excerpt.replace(HIT_START, start).replace(HIT_END, end)


def _hit_lines(hit: SearchHit, marks: tuple[str, str]) -> str:
    """Two lines: where it was said, and what, with nothing in it that drives a terminal."""
    pieces = re.split(f"[{HIT_START}{HIT_END}]", hit.excerpt)
    shown_pieces = [
        sanitize_line(piece) if n % 2 == 0 else f"{marks[0]}{sanitize_line(piece)}{marks[1]}"
        for n, piece in enumerate(pieces)
    ]
    where = f"{hit.conversation}  {format_time(hit.at)}  {hit.role}  {sanitize_line(hit.title)}"
    return f"{where}\n    {''.join(shown_pieces)}\n"


def rename(world: World, values: Mapping[str, Any]) -> int:
    """Give a conversation another title."""
    store = open_store(world)
    about = find_conversation(store, values["id"])
    title = " ".join(" ".join(values["title"]).split())
    if not title:
        raise usage_error("a title needs a word")
    change_store(lambda: store.rename(about.id, title))
    completion_names.update_conversations(world, store)
    world.say(f"aichat: {about.id} is now called '{title}'")
    return 0


_ID = Argument("id", "An id, its beginning, a title, or last.")
_SOME_ID = Argument("id", "An id, its beginning, a title; default: last.", required=False)
_JSON = Option(("--json",), "Print JSON.", bool)
_LIMIT = Option(("--limit",), "At most so many.", int, metavar="N")

COMMAND = Command(
    name="history",
    summary="List, show, search, export and delete conversations.",
    examples=("aichat history list", "aichat history search regular expression"),
    commands=(
        Command(
            "list",
            "The conversations, the last one used first.",
            ("aichat history list", "aichat history list --since 7d --json"),
            options=(
                _LIMIT,
                Option(("--since",), "Used since then: 7d, 12h, 2026-11-01.", metavar="WHEN"),
                _JSON,
            ),
            run=list_conversations,
        ),
        Command(
            "show",
            "One conversation, from its beginning to where it goes on.",
            ("aichat history show", "aichat history show last --raw"),
            options=(Option(("--raw",), "Only what was said, as it was said.", bool), _JSON),
            arguments=(_SOME_ID,),
            run=show,
        ),
        Command(
            "search",
            "The turns with all these words, the latest first.",
            ("aichat history search rust lifetimes", "aichat history search --limit 5 tar"),
            options=(_LIMIT, _JSON),
            arguments=(Argument("query", "Words, or the beginnings of words.", many=True),),
            run=search,
        ),
        EXPORT,
        IMPORT,
        Command(
            "rename",
            "Give a conversation another title.",
            ("aichat history rename last shell tricks", "aichat history rename k3f9 parser"),
            arguments=(_ID, Argument("title", "The title.", many=True)),
            run=rename,
        ),
        DELETE,
        PRUNE,
    ),
)
