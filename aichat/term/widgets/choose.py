"""Choosing one of several on the terminal, where stdout is for something else."""

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, BinaryIO, TextIO

from aichat.core.cli.candidate import Choice
from aichat.errors import usage_error
from aichat.process.world import World
from aichat.term.terminal import draws_menus
from aichat.term.widgets.confirm import read_answer

if TYPE_CHECKING:
    from prompt_toolkit.input import Input
    from prompt_toolkit.output import Output


def choose_one(world: World, title: str, choices: Sequence[Choice]) -> int | None:
    """The place of the choice that the user takes on the terminal; None where none is taken.

    It is drawn on stderr, or on the terminal that the program was started from.
    Errors: ``usage`` without a terminal; ``Interrupted``.
    """
    if not draws_menus(world):
        return _choose_number(world, title, choices)
    from aichat.term.prompt.picker import Picker, pick_one  # here, for few commands draw menus

    with _terminal(world) as streams:
        return pick_one(title, Picker(choices), world.stderr_theme, streams)


def _choose_number(world: World, title: str, choices: Sequence[Choice]) -> int | None:
    """The same of a list of lines, by a number that is typed."""
    if not world.stderr_tty:
        raise _no_terminal()
    rows = (f"{n:>3}  {one.shown}  {one.help}".rstrip() for n, one in enumerate(choices, 1))
    for line in (title, *rows):
        world.say(line)
    try:
        given = read_answer(world).decode("utf-8", "replace").strip()
    except OSError:
        raise _no_terminal() from None
    is_place = given.isascii() and given.isdecimal() and 0 < int(given) <= len(choices)
    return int(given) - 1 if is_place else None


@contextmanager
def _terminal(world: World) -> Iterator["tuple[Input, Output]"]:
    """Keys and screen of the terminal."""
    from prompt_toolkit.input import create_input
    from prompt_toolkit.output import create_output

    with ExitStack() as stack:

        def opened(stream: BinaryIO | None, mode: str) -> TextIO:
            try:
                handle = os.dup(stream.fileno()) if stream else os.open("/dev/tty", os.O_RDWR)
            except OSError:
                raise _no_terminal() from None
            return stack.enter_context(os.fdopen(handle, mode, encoding=world.encoding))  # type: ignore[return-value]

        keys = opened(world.stdin if world.stdin_tty else None, "r")
        screen = opened(world.stderr if world.stderr_tty else None, "w")
        yield create_input(keys), create_output(screen)


def _no_terminal() -> Exception:
    return usage_error("there is no terminal to choose on", "list them with: aichat history list")
