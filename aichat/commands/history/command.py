"""``aichat history``: the stored conversations."""

from functools import partial

from aichat.app.history.hits import MOST_HITS, hit_lines, hit_marks, plain_excerpt
from aichat.app.history.open import (
    change_store,
    find_conversation,
    open_store,
    read_sound,
    row_limit,
)
from aichat.app.models import completion_names
from aichat.commands.history.files import EXPORT, IMPORT
from aichat.commands.history.pick import PICK
from aichat.commands.history.remove import DELETE, PRUNE
from aichat.core.cli.argv import JSON_OPTION, Argument, Command, Option
from aichat.core.conversation import serialize
from aichat.core.conversation.markdown.page import render_markdown
from aichat.core.conversation.turn import Conversation, path_to
from aichat.core.message.message import text_of
from aichat.core.text.dates import format_time, parse_time
from aichat.core.text.sanitize import sanitize
from aichat.errors import config_error, usage_error
from aichat.process.world import World
from aichat.term.terminal import (
    colour_system,
    terminal_size,
)
from aichat.term.widgets.table import format_table
from aichat.values import NamedTuple

#: The default of ``--limit``.
_MOST_LISTED = 50

_HEAD = ("id", "updated", "turns", "model", "title")


class HistoryListOptions(NamedTuple):
    """The options of ``history list``."""

    limit: int | None
    since: str | None
    json: bool


class HistoryShowOptions(NamedTuple):
    """The options of ``history show``; the default conversation is the last one."""

    id: str | None
    raw: bool
    json: bool


class HistorySearchOptions(NamedTuple):
    """The options of ``history search``."""

    query: tuple[str, ...]
    limit: int | None
    json: bool


class HistoryRenameOptions(NamedTuple):
    """The options of ``history rename``."""

    id: str
    title: tuple[str, ...]


def list_conversations(world: World, options: HistoryListOptions) -> int:
    """List conversations, most recently used first."""
    earliest = parse_time(options.since, world.clock.now()) if options.since else None
    store = open_store(world)
    completion_names.update_conversations(world, store)
    found = list(store.summaries(row_limit(options.limit, _MOST_LISTED), earliest))
    if options.json:
        world.write_json([about._asdict() for about in found])
        return 0
    rows = [
        (about.id, format_time(about.updated), str(about.turns), about.model or "-", about.title)
        for about in found
    ]
    world.write_text(
        format_table(_HEAD, rows, terminal=world.stdout_tty, columns=world.columns(), cuts=True)
    )
    return 0


def show(world: World, options: HistoryShowOptions) -> int:
    """Show a conversation up to its latest turn."""
    store = open_store(world)
    about = find_conversation(store, options.id or "last")
    given = read_sound(world, store, about, "json" if options.json else "md")
    if given is None:
        raise config_error(f"cannot read the conversation {about.id}")
    if options.json:
        world.write_json(serialize.dump_conversation(given))
        return 0
    if options.raw or not world.stdout_tty:
        text = _plain_text(given) if options.raw else render_markdown(given)
        world.write_text(sanitize(text) if world.stdout_tty else text)
    else:
        _draw(world, render_markdown(given))
    return 0


def _draw(world: World, text: str) -> None:
    """Draw Markdown as in answers."""
    from aichat.term.answer.renderer import Renderer
    from aichat.term.answer.style import RenderStyle

    # no numbers, since those for ``/copy`` restart with every answer
    system = colour_system(world.environ)
    style = RenderStyle(world.theme, system, live=False, numbers_code=False)
    size = partial(terminal_size, world)
    # without a limit of time, since the user can stop it
    page = Renderer(world.write_text, size, world.clock.monotonic, style, cpu=lambda: 0.0)
    page.feed(text)
    page.close()


def _plain_text(given: Conversation) -> str:
    """The plain text of a conversation, with a blank line between turns."""
    path = path_to(given.turns, given.about.head) or given.turns
    return "\n\n".join(text_of(turn.message).rstrip("\n") for turn in path) + "\n"


def search(world: World, options: HistorySearchOptions) -> int:
    """Show the turns with all words, the latest first, hits marked; exit 1 if there are none."""
    found = open_store(world).search(" ".join(options.query), row_limit(options.limit, MOST_HITS))
    if options.json:
        world.write_json([{**hit._asdict(), "excerpt": plain_excerpt(hit)} for hit in found])
    elif world.stdout_tty:
        marks = hit_marks(world.theme)
        for hit in found:
            world.write_text(f"{world.wrap(hit_lines(hit, marks))}\n")
    else:
        rows = [
            (
                hit.conversation,
                format_time(hit.at),
                hit.role,
                str(hit.number),
                plain_excerpt(hit),
            )
            for hit in found
        ]
        world.write_text(format_table(("id", "when", "who", "turn", "text"), rows, terminal=False))
    if not found:
        world.say("aichat: nothing found")
    return 0


def rename(world: World, options: HistoryRenameOptions) -> int:
    """Rename a conversation."""
    store = open_store(world)
    about = find_conversation(store, options.id)
    title = " ".join(" ".join(options.title).split())
    if not title:
        raise usage_error("the title is empty")
    change_store(lambda: store.rename(about.id, title))
    completion_names.update_conversations(world, store)
    world.say(f"aichat: {about.id} is now called '{title}'")
    return 0


_ID = Argument("id", "An id, unique prefix, title, or last.")
_SOME_ID = Argument("id", "An id, unique prefix or title; default: last.", required=False)


def _limit(most: int) -> Option:
    return Option(("--limit",), f"Show at most this many; default {most}.", int, metavar="N")


COMMAND = Command(
    name="history",
    summary="List, show, search, import, export and delete conversations.",
    examples=("aichat history list", "aichat history search regular expression"),
    commands=(
        Command(
            "list",
            "List conversations, most recently used first.",
            ("aichat history list", "aichat history list --since 7d --json"),
            options=(
                _limit(_MOST_LISTED),
                Option(
                    ("--since",), "Only those used since: 7d, today, 2026-11-01.", metavar="WHEN"
                ),
                JSON_OPTION,
            ),
            run=list_conversations,
            reads=HistoryListOptions,
        ),
        PICK,
        Command(
            "show",
            "Show a conversation up to its latest turn.",
            ("aichat history show", "aichat history show last --raw"),
            options=(Option(("--raw",), "Print the bare text of the messages.", bool), JSON_OPTION),
            arguments=(_SOME_ID,),
            run=show,
            reads=HistoryShowOptions,
        ),
        Command(
            "search",
            "Find turns with all these words, latest first.",
            ("aichat history search rust lifetimes", "aichat history search --limit 5 tar"),
            options=(_limit(MOST_HITS), JSON_OPTION),
            arguments=(Argument("query", "Words or word prefixes.", many=True),),
            run=search,
            reads=HistorySearchOptions,
        ),
        EXPORT,
        IMPORT,
        Command(
            "rename",
            "Rename a conversation.",
            ("aichat history rename last shell tricks", "aichat history rename k3f9 parser"),
            arguments=(_ID, Argument("title", "The title.", many=True)),
            run=rename,
            reads=HistoryRenameOptions,
        ),
        DELETE,
        PRUNE,
    ),
)
