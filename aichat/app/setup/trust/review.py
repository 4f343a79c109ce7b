"""Asking the user to trust a file: showing what it would do, or what has changed."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from aichat.core.text.sanitize import sanitize_line
from aichat.disk.config.project_file import read_project
from aichat.disk.config.trusted_files import trust_file, trusted_texts
from aichat.disk.paths import data_dir
from aichat.errors import AichatError, config_error, usage_error
from aichat.process.world import World
from aichat.term.widgets.typed_line import can_ask, read_typed_line

#: The gutter beside foreign text, and the most lines shown.
_GUTTER, _MOST_LINES = "  | ", 200


def ask_to_trust(
    world: World, path: Path, texts: Mapping[str, str], facts: Iterable[str], *, is_sure: bool
) -> bool:
    """Show what a file would do, or what has changed, and trust it if the user agrees.

    ``is_sure``: do not ask. False if it was trusted already. Errors: ``usage`` if nobody can be
    asked; ``config`` for a no.
    """
    data = data_dir(world.environ)
    before = trusted_texts(data, path)
    if before == texts:
        return False
    if not (is_sure or can_ask(world)):
        raise usage_error(
            "trust is given at a terminal, by somebody who has looked",
            f"who has looked elsewhere: aichat trust --yes {path}",
        )
    shown = [*facts] if before is None else [*_changes(before, texts)]
    verb = "says" if before is None else "has changed since it was trusted"
    world.say(f"{sanitize_line(str(path))} {verb}:")
    for line in shown[:_MOST_LINES]:
        world.say(f"{_GUTTER}{sanitize_line(line)}")
    if len(shown) > _MOST_LINES:
        world.say(f"{_GUTTER}... and {len(shown) - _MOST_LINES} more lines")
    if not (is_sure or _says_yes(world)):
        raise config_error(f"{path} is not trusted")
    trust_file(data, path, texts)
    return True


def ask_again(world: World, path: Path) -> None:
    """Ask about a project file that has changed since it was trusted."""
    if trusted_texts(data_dir(world.environ), path) is None or not can_ask(world):
        return
    with suppress(AichatError):  # a no, or an error in it, is reported with what is not used
        ask_to_trust(world, path, read_project(path).texts, (), is_sure=False)


def _changes(before: Mapping[str, str], now: Mapping[str, str]) -> Iterator[str]:
    """What was removed and added, file by file."""
    from difflib import unified_diff  # few files change

    for name in sorted({*before, *now}):
        old, new = (texts.get(name, "").splitlines() for texts in (before, now))
        if old != new:
            yield f"{name}:"
            yield from [*unified_diff(old, new, n=1, lineterm="")][2:]


def _says_yes(world: World) -> bool:
    """Whether the user answers yes; keys typed before the question do not count."""
    text = read_typed_line(world, "Trust it? [y/N] ").text
    return (text or "").strip().lower() in ("y", "yes")
