"""How ``ask`` shows an answer: drawn on a terminal, and in every other place as it is."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from aichat.core.event import Event, Notice
from aichat.errors import usage_error
from aichat.term.look import colour_system, coloured
from aichat.term.plain import Sink, Write, sink_for
from aichat.term.spinner import Spinner
from aichat.term.world import World

if TYPE_CHECKING:
    from aichat.term.drawn import DrawnSink, Taste

Ui = Callable[[], Mapping[str, Any]]


def sink(world: World, values: Mapping[str, Any], write: Write, note: Write, ui: Ui) -> Sink:
    """The sink that options and terminal ask for; ``ui`` gives the config's table, once read.

    Errors: ``usage`` for options that exclude each other.
    """
    if values["markdown"] and values["plain"]:
        raise usage_error("--markdown and --plain exclude each other")
    return _drawn(world, values, ui) or sink_for(world, values, write, note)


def _drawn(world: World, values: Mapping[str, Any], ui: Ui) -> "DrawnSink | None":
    """A sink that draws, unless the answer is for a program or the terminal cannot show it."""
    other = ("plain", "json", "events", "extract", "extract_lang", "output")
    able = world.environ.get("TERM") != "dumb" and world.encoding.lower() in ("utf-8", "utf8")
    if any(values[name] for name in other) or not (
        values["markdown"] or (world.stdout_tty and able)
    ):
        return None
    from aichat.term.drawn import DrawnSink

    beside = None if world.stdout_tty and world.stderr_tty else world.say
    return DrawnSink(world, lambda: _taste(world, values, ui()), beside)


def _taste(world: World, values: Mapping[str, Any], ui: Mapping[str, Any]) -> "Taste":
    from aichat.term.drawn import Taste

    terminal = world.stdout_tty
    colour = coloured(world.environ, values["color"], terminal=terminal)
    reasoning = ui.get("reasoning", "fold") if terminal else "hide"
    if values["show_reasoning"] or values["hide_reasoning"]:
        reasoning = "hide" if values["hide_reasoning"] else "show"
    return Taste(
        colours=colour_system(world.environ) if colour else None,
        code_theme=ui.get("code_theme", "ansi_dark"),
        wrap=ui.get("wrap", 0),
        live=terminal and not world.environ.get("CI"),
        reasoning=reasoning,
        quiet=bool(values["quiet"]),
    )


class Waiting:
    """Shows a sign of life until there is something to show."""

    def __init__(self, world: World, sink: Sink, *, quiet: bool) -> None:
        self._sink, self._spinner = sink, Spinner(world)
        self._turns = not (quiet or world.environ.get("CI"))
        self.show: Callable[[list[Event]], object] = self._first

    def __enter__(self) -> None:
        self._start()

    def __exit__(self, *_: object) -> None:
        self._spinner.stop()

    def sent(self) -> None:
        """The request is on its way; a sink that draws has a sign of its own."""
        if sent := getattr(self._sink, "sent", None):
            self._spinner.stop()
            self._turns = False
            sent()

    def _first(self, events: list[Event]) -> None:
        """The first thing to be shown ends the waiting; a word about it does not."""
        self._spinner.stop()
        self._sink.show(events)
        if all(isinstance(event, Notice) for event in events):
            self._start()
        else:
            self.show = self._sink.show

    def _start(self) -> None:
        if self._turns:
            self._spinner.start()
