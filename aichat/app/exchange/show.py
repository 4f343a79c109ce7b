"""How ``ask`` shows an answer: drawn on a terminal, and in every other place as it is."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from aichat.core.exchange.event import Event, Notice, ReasoningDelta, TextDelta
from aichat.errors import usage_error
from aichat.process.world import World, is_dumb
from aichat.term.answer.plain import Sink, Write, sink_for
from aichat.term.terminal import code_theme, colour_system, reflows_on_resize, wants_colour
from aichat.term.widgets.spinner import Spinner

if TYPE_CHECKING:
    from aichat.term.answer.drawn import AnswerStyle, DrawnSink

T = TypeVar("T")
ReadUi = Callable[[], Mapping[str, Any]]


def make_sink(
    world: World, values: Mapping[str, Any], write: Write, note: Write, read_ui: ReadUi
) -> Sink:
    """The sink that options and terminal ask for; ``read_ui`` gives the config's table, once read.

    Errors: ``usage`` for options that exclude each other.
    """
    if values["markdown"] and values["plain"]:
        raise usage_error("--markdown and --plain exclude each other")
    return _drawn_sink(world, values, read_ui) or sink_for(world, values, write, note)


def is_drawn(world: World, values: Mapping[str, Any]) -> bool:
    """Whether answers are drawn: not for a program, nor where the terminal cannot show it."""
    other = ("plain", "json", "events", "extract", "extract_lang", "output")
    able = not is_dumb(world.environ) and world.encoding.lower() in ("utf-8", "utf8")
    drawn = values["markdown"] or (world.stdout_tty and able)
    return drawn and not any(values[name] for name in other)


def _drawn_sink(world: World, values: Mapping[str, Any], read_ui: ReadUi) -> "DrawnSink | None":
    if not is_drawn(world, values):
        return None
    from aichat.term.answer.drawn import DrawnSink

    return DrawnSink(world, lambda: answer_style(world, values, read_ui()))


def answer_style(world: World, values: Mapping[str, Any], ui: Mapping[str, Any]) -> "AnswerStyle":
    """How drawn answers look."""
    from aichat.term.answer.drawn import AnswerStyle

    terminal = world.stdout_tty
    colour = wants_colour(world.environ, values["color"], terminal=terminal)
    reasoning = ui.get("reasoning", "fold") if terminal else "hide"
    if values["show_reasoning"] or values["hide_reasoning"]:
        reasoning = "hide" if values["hide_reasoning"] else "show"
    return AnswerStyle(
        colours=colour_system(world.environ) if colour else None,
        code_theme=ui.get("code_theme") or code_theme(world.environ),
        wrap=ui.get("wrap", 0),
        live=terminal and not world.environ.get("CI") and not is_dumb(world.environ),
        reflows=reflows_on_resize(world.environ),
        reasoning=reasoning,
        quiet=bool(values["quiet"]),
    )


def _visible_events(values: Mapping[str, Any]) -> tuple[type, ...]:
    """What of an answer is seen as it comes, where it is not drawn."""
    if values["events"]:
        return (tuple,)
    late = ("json", "extract", "extract_lang", "output")
    text = () if any(values[name] for name in late) else (TextDelta,)
    return (*text, ReasoningDelta) if values["show_reasoning"] else text


class WaitIndicator:
    """Shows a sign of life until there is something to show."""

    def __init__(self, world: World, sink: Sink, values: Mapping[str, Any]) -> None:
        self._sink, self._spinner = sink, Spinner(world)
        self._visible = _visible_events(values)
        self._has_spinner = not (values["quiet"] or world.environ.get("CI"))
        self.show: Callable[[list[Event]], object] = self._show_first

    def __enter__(self) -> None:
        self._start()

    def __exit__(self, *_: object) -> None:
        self._stop()

    def on_sent(self) -> None:
        """The request is on its way; a sink that draws has a sign of its own."""
        if getattr(self._sink, "live", False):
            self._stop()
            self._has_spinner = False
            self._sink.sent()  # type: ignore[attr-defined]
            self.show = self._sink.show

    def say(self, tell: Write, line: str) -> None:
        """A line of ours, where the sign of life may stand."""
        self._stop()
        tell(line)
        self._start()

    def run_paused(self, action: Callable[[], T]) -> T:
        """Do something that may speak with the user, without the sign of life."""
        self._stop()
        done = action()
        self._start()
        return done

    def _show_first(self, events: list[Event]) -> None:
        """The first thing to be seen ends the waiting; a word about it does not."""
        if any(isinstance(event, self._visible) for event in events):
            self._stop()
            self._has_spinner = False
            self.show = self._sink.show
        notices = [event for event in events if isinstance(event, Notice)]
        if notices:
            self._stop()
        self._sink.show(events)
        if notices:
            self._start(notices[-1].seconds)

    def _start(self, wait: float = 0) -> None:
        if self._has_spinner:
            self._spinner.start(wait)

    def _stop(self) -> None:
        if self._has_spinner:
            self._spinner.stop()
