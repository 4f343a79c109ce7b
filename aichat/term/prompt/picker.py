"""A list to choose from, below what is on the screen: typing filters it, Enter takes a row.

It is drawn inline, without mouse or alternate screen, and erased after the choice.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, BinaryIO, TextIO

from prompt_toolkit.application import Application
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.input import Input, create_input
from prompt_toolkit.key_binding import KeyBindings
from prompt_toolkit.key_binding.key_processor import KeyPressEvent as Event
from prompt_toolkit.keys import Keys
from prompt_toolkit.layout import (
    BufferControl,
    FormattedTextControl,
    HSplit,
    Layout,
    VerticalAlign,
    Window,
)
from prompt_toolkit.layout.processors import AfterInput, BeforeInput
from prompt_toolkit.output import ColorDepth, Output, create_output

from aichat.core.cli.candidate import Choice, filter_choices
from aichat.core.text.cells import pad, text_width, truncate
from aichat.core.text.numbers import place_in
from aichat.core.text.sanitize import sanitize_line
from aichat.core.text.theme import Theme
from aichat.errors import Interrupted, usage_error
from aichat.process.signals import route_signals
from aichat.process.world import World
from aichat.term.prompt.input.terminal_input import read_own_keys
from aichat.term.prompt.looks import prompt_style
from aichat.term.prompt.menu import MENU_ROWS, mark_typed
from aichat.term.prompt.quirks import erase_in_place, expect_silence
from aichat.term.terminal import draws_menus
from aichat.term.widgets.confirm import read_answer

#: Up to so many choices are numbered, so that typing a digit goes to its row.
_NUMBERED = 9

#: Columns from which a name is shortened to leave room for its help.
_ROOM_FOR_BOTH = 50

#: The most lines listed if no menu can be drawn: nobody would read more.
MOST_NUMBERED = 50

#: Seconds after which an escape counts as a key of its own.
_ESCAPE_SECONDS = 0.05


class Picker:
    """Which choices match the typed text, and which of them is selected."""

    def __init__(self, choices: Sequence[Choice], current: int = 0) -> None:
        self._choices = choices
        self._typed = ""
        self._places = list(range(len(choices)))
        self._row, self._top = current, 0
        self._widths = [
            max((text_width(sanitize_line(text)) for text in column), default=0)
            for column in ([c.shown for c in choices], [c.help for c in choices])
        ]
        self.move(0)

    @property
    def is_numbered(self) -> bool:
        """Whether rows can be chosen by number too."""
        return len(self._choices) <= _NUMBERED

    @property
    def place(self) -> int | None:
        """The index of the choice that Enter takes; None if nothing matches."""
        return self._places[self._row] if self._places else None

    def type(self, text: str) -> None:
        """Set the typed text: a row number, or words that a choice must contain."""
        self._typed = "" if self._is_number(text) else text
        self._places = filter_choices(self._typed, self._choices)
        self._row = int(text) - 1 if self._is_number(text) else 0
        self.move(0)

    def _is_number(self, text: str) -> bool:
        return self.is_numbered and place_in(len(self._choices), text) is not None

    def move(self, rows: int) -> None:
        """Move the selection by so many rows, at most to the first or last."""
        self._row = max(0, min(self._row + rows, len(self._places) - 1))
        self._top = min(max(self._top, self._row - MENU_ROWS + 1), self._row)

    def rows(self, columns: int) -> StyleAndTextTuples:
        """The visible rows, each at most ``columns`` wide."""
        if not self._places:
            return [("class:picker.help", "  nothing fits; Backspace shows more")]
        drawn: StyleAndTextTuples = []
        for row, place in enumerate(self._places[self._top : self._top + MENU_ROWS], self._top):
            drawn += [("", "\n")] if drawn else []
            drawn += self._draw_row(place, columns, is_chosen=row == self._row)
        if len(self._places) > MENU_ROWS:
            drawn.append(("class:picker.help", f"\n  {self._row + 1} of {len(self._places)}"))
        return drawn

    def _draw_row(self, place: int, columns: int, *, is_chosen: bool) -> StyleAndTextTuples:
        choice = self._choices[place]
        number = f"{place + 1}  " if self.is_numbered else ""
        start = f"{'›' if is_chosen else ' '} {number}"
        label, help_ = self._fit(choice, columns - len(start))
        if is_chosen:
            return [("class:picker.chosen", f"{start}{label}{help_}".rstrip())]
        pieces = mark_typed(self._typed, label, "class:picker.typed")
        return [("", start), *pieces, ("class:picker.help", help_)]

    def _fit(self, choice: Choice, room: int) -> tuple[str, str]:
        """A choice and its help, each padded to the widest; if room is short, names come first."""
        labels, helps = self._widths
        has_both = room >= _ROOM_FOR_BOTH and 0 < helps <= room * 2 // 3
        wide = min(labels, room - helps - 2 if has_both else room)
        label = pad(truncate(sanitize_line(choice.shown), wide), wide)
        rest = room - wide
        is_told = choice.help and rest >= helps + 2
        return label, f"  {sanitize_line(choice.help)}" if is_told else ""


def pick_one(
    title: str,
    picker: Picker,
    theme: Theme,
    streams: tuple[Input, Output] | None = None,
) -> int | None:
    """The index of the choice the user takes; None if the user leaves.

    ``streams``: those of a terminal that is not on stdin and stdout.
    Errors: ``Interrupted`` if a signal ends it.
    """
    given, output = streams or (None, None)
    app: Application[int | None] = Application(
        layout=_layout(sanitize_line(title), picker),
        key_bindings=_bindings(picker),
        style=prompt_style(theme),
        color_depth=ColorDepth.MONOCHROME if theme.is_plain else None,
        erase_when_done=True,
        input=given,
        output=output,
    )
    app.timeoutlen = app.ttimeoutlen = _ESCAPE_SECONDS
    if streams:
        read_own_keys(app)
    expect_silence(app)
    erase_in_place(app)
    return _run(app)


def _run(app: Application[int | None]) -> int | None:
    ended_by: list[int] = []

    def leave() -> None:
        if app.is_running and not app.is_done:
            app.exit(result=None)

    def end(signum: int) -> None:
        ended_by.append(signum)
        if app.loop:
            app.loop.call_soon_threadsafe(leave)

    try:
        with route_signals(end):
            place = app.run()
    except EOFError:  # the terminal is gone
        return None
    if ended_by:
        raise Interrupted(ended_by[0])
    return place


def _layout(title: str, picker: Picker) -> Layout:
    hint = "a number, or arrows" if picker.is_numbered else "type to filter, arrows"
    typed = Buffer(multiline=False, on_text_changed=lambda buffer: picker.type(buffer.text))
    line = BufferControl(
        typed,
        input_processors=[
            BeforeInput("> ", "class:prompt.mark"),
            AfterInput(
                lambda: "" if typed.text else f"{hint}; Enter takes, Esc leaves",
                "class:picker.help",
            ),
        ],
    )
    rows = FormattedTextControl(lambda: picker.rows(_columns()))
    named = FormattedTextControl([("class:picker.title", title)])
    parts = [
        Window(named, wrap_lines=True, dont_extend_height=True),
        Window(line, height=1),
        Window(rows, dont_extend_height=True),
    ]
    return Layout(HSplit(parts, align=VerticalAlign.TOP), focused_element=line)


def _columns() -> int:
    from prompt_toolkit.application import get_app

    return get_app().output.get_size().columns - 1


def _bindings(picker: Picker) -> KeyBindings:
    made = KeyBindings()

    @made.add("enter")
    def _take(event: Event) -> None:
        if picker.place is not None:
            event.app.exit(result=picker.place)

    def leave(event: Event) -> None:
        event.app.exit(result=None)

    def insert(event: Event) -> None:
        event.current_buffer.insert_text(" ".join(event.data.split()))

    for key in ("escape", "c-c", "c-d", "c-g", "<sigint>"):
        made.add(key)(leave)
    for keys, rows in _MOVES.items():
        for key in keys:
            made.add(key)(_move(picker, rows))
    made.add(Keys.BracketedPaste)(insert)
    return made


#: Keys, and how many rows they move.
_MOVES = {
    ("up", "c-p", "s-tab"): -1,
    ("down", "c-n", "tab"): 1,
    ("pageup",): 1 - MENU_ROWS,
    ("pagedown",): MENU_ROWS - 1,
}


def _move(picker: Picker, rows: int) -> Any:
    return lambda _event: picker.move(rows)


def choose_one(world: World, title: str, choices: Sequence[Choice]) -> int | None:
    """The index of the choice the user takes on the terminal; None if none is taken.

    It is drawn on stderr, or on the terminal that the program was started from.
    Errors: ``usage`` without a terminal; ``Interrupted``.
    """
    if not draws_menus(world):
        return _choose_number(world, title, choices)
    with _terminal(world) as streams:
        return pick_one(title, Picker(choices), world.stderr_theme, streams)


def numbered_lines(choices: Sequence[Choice]) -> Iterator[str]:
    """The choices as numbered lines, for when no menu can be drawn."""
    for number, one in enumerate(choices, 1):
        yield f"{number:>3}  {one.shown}  {' '.join(one.help.split())}".rstrip()


def _choose_number(world: World, title: str, choices: Sequence[Choice]) -> int | None:
    """The same, by printing lines and reading a number."""
    if not world.stderr_tty:
        raise _no_terminal()
    offered = choices[:MOST_NUMBERED]
    for line in (title, *numbered_lines(offered)):
        world.say(line)
    try:
        given = read_answer(world).decode("utf-8", "replace").strip()
    except OSError:
        raise _no_terminal() from None
    return place_in(len(offered), given)


@contextmanager
def _terminal(world: World) -> Iterator[tuple[Input, Output]]:
    """The terminal's keys and screen."""
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
