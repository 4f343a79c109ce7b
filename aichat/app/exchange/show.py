"""How an answer is shown: drawn on a terminal, unchanged anywhere else."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from aichat.core.cli.options import AskOptions, OutputOptions
from aichat.core.exchange.event import Event, Notice, ReasoningDelta, TextDelta
from aichat.errors import usage_error
from aichat.process.palette import is_dumb
from aichat.process.world import World
from aichat.term.answer.plain import AnswerStart, Sink, Write, sink_for
from aichat.term.terminal import colour_system, reflows_on_resize
from aichat.term.widgets.spinner import Spinner

if TYPE_CHECKING:
    from aichat.core.message.json_schema.output import AnswerSchema
    from aichat.term.answer.style import AnswerStyle

T = TypeVar("T")


def check_output(output: OutputOptions) -> None:
    """Raise ``usage`` for options that exclude each other."""
    if output.markdown and output.plain:
        raise usage_error("--markdown and --plain cannot be combined")
    if output.json and output.events:
        raise usage_error("--json and --events cannot be combined")


def make_sink(
    world: World,
    options: AskOptions,
    ui: Mapping[str, Any],
    write: Write,
    note: Write,
    asked: "AnswerSchema | None" = None,
) -> Sink:
    """The sink for these options and this terminal; ``ui`` is the config's table.

    ``asked`` is the schema of the answer, if any.
    """
    if asked and not (options.output.json or options.output.events):
        return _json_sink(world, options, write, note, asked)
    if not is_drawn(world, options.output):
        sink: Sink = sink_for(world, options.output, write, note)
    else:
        from aichat.term.answer.drawn import DrawnSink

        sink = DrawnSink(world, answer_style(world, options, ui))
    if options.output.play:
        from aichat.app.media.sound.playing import PlayingSink  # few answers are heard

        return PlayingSink(sink, world)
    return sink


def _json_sink(
    world: World, options: AskOptions, write: Write, note: Write, asked: "AnswerSchema"
) -> Sink:
    from aichat.term.answer import json_answer  # few ask for it

    sampling = options.sampling
    people = world.stdout_tty and not (options.output.output or options.output.plain)
    if not sampling.rows:
        return json_answer.JsonAnswerSink(world, write, note, terminal=people)
    name = "csv" if sampling.csv else "tsv" if sampling.tsv else "table" if people else "jsonl"
    form = json_answer.row_form(world, asked, form=name)
    return json_answer.RowsSink(world, write, note, asked, form)


def is_drawn(world: World, output: OutputOptions) -> bool:
    """Whether answers are drawn: not for a program, nor if the terminal cannot show them."""
    able = not is_dumb(world.environ) and world.encoding.lower() in ("utf-8", "utf8")
    drawn = output.markdown or (world.stdout_tty and able and not world.is_read_aloud)
    return drawn and not (output.plain or _is_shown_late(output) or output.events)


def _is_shown_late(output: OutputOptions) -> bool:
    """Whether an answer's text is shown only at its end."""
    return bool(output.json or output.extract or output.extract_lang or output.output)


def answer_style(world: World, options: AskOptions, ui: Mapping[str, Any]) -> "AnswerStyle":
    """How drawn answers look."""
    from aichat.term.answer.style import AnswerStyle, RenderStyle

    terminal, output, aloud = world.stdout_tty, options.output, world.is_read_aloud
    reasoning = ui.get("reasoning", "fold") if terminal else "hide"
    if output.show_reasoning or output.hide_reasoning:
        reasoning = "hide" if output.hide_reasoning else "show"
    drawn = RenderStyle(
        world.theme,
        colour_system(world.environ),
        code_theme=ui.get("code_theme", "auto"),
        wrap=ui.get("wrap", 0),
        live=terminal and not (world.environ.get("CI") or is_dumb(world.environ) or aloud),
        reflows=reflows_on_resize(world.environ),
    )
    return AnswerStyle(drawn, reasoning, output.quiet, ui.get("images", "auto"))


def _visible_events(output: OutputOptions) -> tuple[type, ...]:
    """The events that are visible as they arrive, without drawing."""
    if output.events:
        return (tuple,)
    text = () if _is_shown_late(output) else (TextDelta,)
    return (*text, ReasoningDelta) if output.show_reasoning else text


class WaitIndicator:
    """Shows a sign of life until there is something to show.

    While a prompt still ``stands`` there is no room for it: then only once the request is sent.
    """

    def __init__(
        self, world: World, sink: Sink, output: OutputOptions, stands: bool = False
    ) -> None:
        self._sink, self._spinner, self._stands = sink, Spinner(world), stands
        self._visible = _visible_events(output)
        self._has_spinner = not output.quiet
        self.show: Callable[[list[Event]], object] = self._show_first

    def __enter__(self) -> None:
        if not self._stands:
            self._start()

    def __exit__(self, *_: object) -> None:
        self._stop()

    def begin(self, start: AnswerStart) -> None:
        """A model is about to be asked."""
        self._spinner.who = start.provider
        self._sink.begin(start)

    def on_sent(self) -> None:
        """The request was sent; a sink that draws has its own sign of life."""
        if self._sink.is_live:
            self._stop()
            self._has_spinner = False
            self.show = self._sink.show
        elif self._stands:
            self._start()
        self._stands = False
        self._sink.on_sent()

    def say(self, line: str) -> None:
        """Print a line of our own, in place of the sign of life."""
        self._stop()
        self._sink.say(line)
        self._start()

    def run_paused(self, action: Callable[[], T]) -> T:
        """Do something that may talk to the user, without the sign of life."""
        self._stop()
        done = action()
        self._start()
        return done

    def _show_first(self, events: list[Event]) -> None:
        """Show events; the first visible one ends the waiting, a notice only interrupts it."""
        if any(isinstance(event, self._visible) for event in events):
            self._stop()
            self._has_spinner = False
            self.show = self._sink.show
        notices = [event for event in events if isinstance(event, Notice)]
        if notices:
            self._stop()
        self._sink.show(events)
        if notices:
            self._start(notices[-1].seconds, notices[-1].reason)

    def _start(self, wait: float = 0, reason: str = "") -> None:
        if self._has_spinner:
            self._spinner.start(wait, reason)

    def _stop(self) -> None:
        if self._has_spinner:
            self._spinner.stop()
