"""Texts to process one by one: from words, files, or lines of stdin."""

import json

from aichat.app.question.attachments import read_text
from aichat.core.cli.argv import Argument, Option
from aichat.core.http.url import is_url
from aichat.core.text.json import text_or_none
from aichat.disk.paths import expand_path
from aichat.errors import usage_error
from aichat.process import stdin
from aichat.process.world import World

#: The most bytes of all texts.
MAX_BYTES = 200_000_000

#: Field names for the text in a row of JSON lines.
_FIELDS = ("text", "input", "content")

#: Options and argument that select the texts.
TEXT_OPTIONS = (
    Option(
        ("-f", "--file"),
        "A text, a URL, or rows of .jsonl. Repeatable.",
        metavar="FILE|URL",
        many=True,
    ),
    Option(("--lines",), "Each line is a text of its own.", bool),
)
TEXT_WORDS = Argument("words", "The text; quotes are optional.", many=True, required=False)


def read_texts(
    world: World,
    words: tuple[str, ...],
    files: tuple[str, ...],
    *,
    lines: bool,
    allow_local: bool = False,
) -> list[str]:
    """The words as one text, then those of each file; without any, those of stdin.

    A file is one text; with ``lines`` each line is one, and in a file of JSON lines each row.
    A URL is read as for an attachment. Errors: ``usage`` if something cannot be read, is empty,
    or nothing is given.
    """
    named = [f"{name}" for name in files]
    said = " ".join(words)
    texts = [said] if said.strip() and words != ("-",) else []
    if words == ("-",) or not (words or files):
        named.append("-")
    for name in named:
        texts += _texts_of(name, _read(world, name, allow_local=allow_local), lines=lines)
    if not texts:
        raise usage_error("no text given", "give WORDS, -f FILE, or pipe some in")
    return texts


def _read(world: World, name: str, *, allow_local: bool) -> str:
    if name == "-":
        if not stdin.is_wanted(world, skip=False):
            raise usage_error("no text given", "give WORDS, -f FILE, or pipe some in")
        return stdin.text_of(stdin.read_bytes(world, MAX_BYTES))
    if is_url(name):
        return _fetch(name, allow_local=allow_local)
    return read_text(expand_path(name), lambda line: world.say(f"aichat: {line}"), MAX_BYTES)


def _fetch(url: str, *, allow_local: bool) -> str:
    """The text of a page. Errors: ``usage`` if it is not text; ``network``."""
    from aichat.net.pages import web_page  # most are files

    page = web_page.fetch_page(url, allow_local=allow_local)
    if page.mime:
        raise usage_error(f"{url} is not text: it is {page.mime}")
    return page.text


def _texts_of(name: str, content: str, *, lines: bool) -> list[str]:
    is_rows = name.lower().endswith((".jsonl", ".ndjson"))
    if not (lines or is_rows):
        if not content.strip():
            raise usage_error(f"{_label(name)} is empty")
        return [content]
    found = []
    for number, line in enumerate(content.removesuffix("\n").split("\n"), 1):
        text = _row_text(line) if is_rows else line.removesuffix("\r")
        if not text or not text.strip():
            raise usage_error(f"{_label(name)} has no text in line {number}")
        found.append(text)
    return found


def _label(name: str) -> str:
    return "stdin" if name == "-" else name


def _row_text(line: str) -> str | None:
    """The text of a row: the row itself if a string, or one of its fields."""
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if isinstance(row, dict):
        return next((text for name in _FIELDS if (text := text_or_none(row.get(name)))), None)
    return text_or_none(row)
