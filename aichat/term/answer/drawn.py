"""Drawing an answer on the terminal as it streams, with other events in dim lines.

The renderer is loaded by a thread while we wait for the first byte; the same thread then
turns the spinner, counts down and shows what came last. Text that arrives before the
renderer is loaded is shown as it is, and drawn over afterwards.
"""

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from aichat.core.conversation.turn import status_of
from aichat.core.exchange.answer import Answer
from aichat.core.exchange.citations import is_mark, source_line
from aichat.core.exchange.event import (
    Citation,
    Event,
    Failure,
    Finish,
    Image,
    Notice,
    ReasoningDelta,
    ServerToolProgress,
    TextDelta,
)
from aichat.core.message.message import Refusal, ToolCall
from aichat.core.text.cells import truncate
from aichat.core.text.line_look import line_role
from aichat.core.text.sanitize import sanitize
from aichat.core.text.theme import Role
from aichat.process.signals import defer_signals, handle_stops
from aichat.process.threads import start_thread
from aichat.process.world import World
from aichat.term.answer.plain import AnswerStart, is_wait
from aichat.term.answer.style import AnswerStyle, RenderStyle
from aichat.term.terminal import terminal_size
from aichat.term.widgets.spinner import (
    SPINNER_DELAY,
    TICK_SECONDS,
    Pause,
    countdown_text,
    elapsed_text,
    waiting_text,
)

if TYPE_CHECKING:
    from aichat.term.answer.renderer import Renderer

#: The line under an incomplete answer.
_ENDINGS = {"interrupted": "[interrupted]", "partial": "[not complete]"}

#: Words that look the same however they are drawn, so that they can be shown early.
_PLAIN_WORDS = re.compile(r"[A-Za-z][A-Za-z0-9 ,.;:!?'()]*")
_ERASE_ROW = "\r\x1b[K"

#: Columns for a terminal's echo of Ctrl-C.
_ECHO_COLUMNS = 2

#: Characters kept of a line of reasoning: more than a row has.
_MAX_THOUGHT = 1000


class DrawnSink:
    """Draws one answer.

    What belongs to it (reasoning, sources, calls) is drawn with it on a terminal; remarks
    about it only if stderr is the same terminal, else they go to stderr.
    """

    def __init__(self, world: World, style: AnswerStyle) -> None:
        self._world, self._style = world, style
        self._now = world.clock.monotonic
        self._lock, self._done = threading.RLock(), threading.Event()
        self._ticking = self._catching_up = False
        self._current_renderer: Renderer | None = None
        self._has_loaded = threading.Event()
        self._early_text = self._early_row = ""  # text before that; what is shown
        self._last_event_at = self._now()
        self._pause_before_retry = Pause()
        self._who = self._begun = ""
        self._thought = ""  # the end of the current line of reasoning
        self._thought_pieces: list[str] = []  # the whole line, if it is to be shown
        self._last_thought = ""  # the last line with words in it
        self._thinking_since: float | None = None  # since when
        self._tools: set[str] = set()
        self._has_remedy = False  # whether a remedy for pictures was shown
        self._text: list[str] = []  # of the answer, without our marks
        self._marked: set[tuple[int | None, int]] = set()  # ends and numbers

    @property
    def is_live(self) -> bool:
        """Whether it shows signs of life by itself, once the request is sent."""
        return self._style.drawn.live

    def begin(self, start: AnswerStart) -> None:
        """Nothing is drawn yet."""
        self._who, self._begun = start.provider, start.begun

    def on_sent(self) -> None:
        """The request was sent: load the renderer, and start the spinner."""
        if not self._ticking and self.is_live:
            handle_stops(self._pause)
            self._ticking = True
            start_thread(self._run)

    def show(self, events: list[Event]) -> None:
        """Show a batch of events; consecutive text is drawn at once."""
        with defer_signals(), self._lock:
            self._last_event_at, self._pause_before_retry = self._now(), Pause()
            pieces: list[str] = []
            for event in events:
                if type(event) is TextDelta:
                    pieces.append(event.text)
                    self._text.append(event.text)
                elif taker := _HANDLERS.get(type(event)):
                    self._feed(pieces)
                    pieces = []
                    taker(self, event)
            self._feed(pieces)
        if self._early_text and isinstance(events[-1], Finish | Failure):
            self._has_loaded.wait()  # here, where a signal ends the wait
            with defer_signals(), self._lock:
                self._renderer()
        self._catching_up = True  # before the lock: a signal would have to wait for the ticker
        while self._current_renderer and self._current_renderer.is_behind:
            with defer_signals(), self._lock:  # signals are handled in between
                self._current_renderer.tick()
        self._catching_up = False

    def close(self, answer: Answer) -> None:
        """Draw the rest: the last block, footnotes, refusal, calls, and the ending."""
        with defer_signals(), self._lock:
            self._done.set()
            if self._early_text:
                self._end_early(is_wanted=answer.finish_reason != "cancelled")
            if self._current_renderer and answer.finish_reason == "cancelled":
                self._current_renderer.pause()  # the terminal echoed the Ctrl-C into our rows
                self._current_renderer.give_up()
            self._end_thought()
            if self._current_renderer:
                self._current_renderer.set_status("")
                self._current_renderer.close()
            for line in () if self._style.quiet else self._source_notes(answer):
                self._print_aside(line)
            for line, role in _endnotes(answer):
                self._print_aside(line, role)
            if self._current_renderer:
                self._current_renderer.close()
        if self._ticking:
            handle_stops(None)

    def say(self, line: str) -> None:
        """A line of ours, outside the answer."""
        with defer_signals(), self._lock:
            here = self._world.stdout_tty and self._world.stderr_tty
            if self._early_text:
                self._renderer()
            if not (here and self._current_renderer):
                self._world.say(line, "dim")
                return
            self._current_renderer.print_line(line, line_role(line))
            if self._done.is_set():
                self._current_renderer.close()  # at once, since nothing draws it later

    def _feed(self, pieces: list[str]) -> None:
        if not pieces:
            return
        self._end_thought()
        text = "".join(pieces)
        if self._current_renderer or self._has_loaded.is_set() or not self._ticking:
            self._renderer().feed(text)
            return
        self._early_text += text
        shown = self._early_text
        room = self._world.columns() - _ECHO_COLUMNS
        if len(shown) < room and _PLAIN_WORDS.fullmatch(shown):
            self._world.write_text(shown[len(self._early_row) :])
            self._early_row = shown

    def _end_early(self, *, is_wanted: bool) -> None:
        """Draw what came before the renderer was loaded, or else show it plainly."""
        if is_wanted:
            self._renderer()
            return
        text, self._early_text = sanitize(self._early_text), ""
        self._erase_early()
        self._world.write_text(f"{text}\n")

    def _erase_early(self) -> None:
        if self._early_row:
            self._world.write_text(_ERASE_ROW)
            self._early_row = ""

    def _renderer(self) -> "Renderer":
        if self._current_renderer is None:
            self._current_renderer = self.make_renderer(self._style.drawn)
            self._current_renderer.resume(self._begun)
            self._erase_early()
            text, self._early_text = self._early_text, ""
            if text:
                self._current_renderer.feed(text)
        return self._current_renderer

    @staticmethod
    def load_renderer() -> None:
        """Import the renderer."""
        from aichat.term.answer import renderer  # noqa: F401

    def make_renderer(self, style: RenderStyle) -> "Renderer":
        """Make the renderer to draw with."""
        from aichat.term.answer.renderer import Renderer

        return Renderer(
            self._world.write_text, lambda: terminal_size(self._world), self._now, style
        )

    def _run(self) -> None:
        """The ticker's loop; the main thread meets any error that stops it."""
        try:
            try:
                self.load_renderer()  # slow, but nobody waits for it
            finally:
                self._has_loaded.set()
            while not self._done.wait(TICK_SECONDS):
                with self._lock:
                    if not (self._done.is_set() or self._catching_up):
                        self._tick()
        except BaseException:
            return

    def _tick(self) -> None:
        drawn = self._renderer()
        drawn.set_status(*self._status())
        drawn.tick()

    def _status(self) -> tuple[str, str]:
        """The status under the answer: a retry, a thought, or how long nothing came."""
        now, style, retry = self._now(), self._style, self._pause_before_retry
        silent, left = now - self._last_event_at, retry.until - now
        if left > 0 and not style.quiet:
            return countdown_text(self._world, self._who, silent, left, retry.reason), ""
        turns = silent >= SPINNER_DELAY and not style.quiet
        if self._thinking_since is not None and style.reasoning != "hide":
            thought = self._thought.strip() or self._last_thought or "thinking"
            return f"{elapsed_text(self._world, silent) if turns else '∴'} ", thought
        return waiting_text(self._world, self._who, silent) if turns else "", ""

    @contextmanager
    def _pause(self) -> Iterator[None]:
        """Restore the terminal while the program is stopped."""
        with self._lock:
            self._erase_early()
            if self._current_renderer:
                self._current_renderer.pause()
            yield

    def _print_aside(self, line: str, role: Role = "dim") -> None:
        """A line of the answer that is not its text."""
        is_over = self._done.is_set() and self._current_renderer is None
        if self._world.stdout_tty and not is_over:
            self._renderer().print_line(line, role)
        else:
            self._world.say(line)

    def _add_thought(self, event: ReasoningDelta) -> None:
        if self._thinking_since is None:
            self._thinking_since = self._now()
        first, *others = event.text.split("\n")
        whole = [self._thought + first, *others[:-1]] if others else []
        if self._style.reasoning == "show":
            self._show_thought(first, others)
        self._thought = others[-1] if others else (self._thought + first)[-_MAX_THOUGHT:]
        self._last_thought = next(filter(str.strip, reversed(whole)), self._last_thought).strip()

    def _show_thought(self, first: str, others: list[str]) -> None:
        """More reasoning; its current line is joined only once, at its end."""
        self._thought_pieces.append(first)
        for after in others:
            self._print_aside("".join(self._thought_pieces))
            self._thought_pieces = [after]

    def _end_thought(self) -> None:
        if self._thinking_since is None:
            return
        if self._style.reasoning == "show":
            self._flush_thought()
            if not self._world.stdout_tty:
                self._world.say("")
        elif self._style.reasoning == "fold" and not self._style.quiet:
            self._print_aside(f"thought for {self._now() - self._thinking_since:.1f} s")
        self._thought, self._last_thought, self._thinking_since = "", "", None

    def _flush_thought(self) -> None:
        """Show the current line of reasoning, if all reasoning is shown."""
        line, self._thought_pieces = "".join(self._thought_pieces), []
        if line:
            self._print_aside(line)
            self._thought = ""

    def _show_notice(self, event: Notice) -> None:
        self._pause_before_retry = Pause(self._now() + event.seconds, event.reason)
        is_counted_down = is_wait(event) and self.is_live and self._world.can_rewrite
        if not (self._style.quiet or is_counted_down):
            self.say(f"aichat: {event.message}")

    def _show_image(self, event: Image) -> None:
        self._flush_thought()
        self._print_picture(event)

    def _print_picture(self, event: Image) -> None:
        """A picture in rows of its own, if the terminal can show it."""
        from aichat.term.answer.images import show  # few answers have any

        if drawing := show.picture_drawing(self._world, self._style, event.media):
            self._renderer().print_picture(drawing)
        elif not self._has_remedy and (remedy := show.decoder_remedy(self._world, self._style)):
            self._has_remedy = True
            self._print_aside(remedy)

    def _show_server_tool(self, event: ServerToolProgress) -> None:
        from aichat.term.answer.tool_line import tool_line  # few answers have any

        line = tool_line(event)
        if line and event.id not in self._tools and not self._style.quiet:
            self._tools.add(event.id)
            self._flush_thought()
            self._print_aside(truncate(line, self._world.columns()))

    def _mark_citation(self, event: Citation) -> None:
        """A mark after a cited span, if that ends the text so far and has none."""
        text, place = "".join(self._text), (event.end, event.number)
        is_last = event.start is not None and event.end == len(text) > event.start
        if is_last and place not in self._marked and not is_mark(text[event.start :]):
            self._marked.add(place)
            self._feed([f"[{event.number}]"])

    def _source_notes(self, answer: Answer) -> Iterator[str]:
        """The sources, each with the words it belongs to, unless a mark shows that."""
        cited: dict[int, str] = {}
        for number, start, end, *_ in answer.citations if self._world.stdout_tty else ():
            said = answer.text[start:end] if start is not None and end is not None else ""
            if said and (end, number) not in self._marked and not is_mark(said):
                cited.setdefault(number, " ".join(said.split()))
        for source in answer.sources:
            yield source_line(source)
            if source.number in cited:
                quote = sanitize(cited[source.number])
                yield truncate(f"    \u201c{quote}\u201d", self._world.columns())


_HANDLERS: dict[type, Callable[[DrawnSink, Any], None]] = {
    Citation: DrawnSink._mark_citation,
    ReasoningDelta: DrawnSink._add_thought,
    Image: DrawnSink._show_image,
    Notice: DrawnSink._show_notice,
    ServerToolProgress: DrawnSink._show_server_tool,
}


def _endnotes(answer: Answer) -> list[tuple[str, Role]]:
    """The lines under an answer, with their roles."""
    notes: list[tuple[str, Role]] = []
    for part in answer.message.parts:
        if isinstance(part, Refusal):
            notes += [(line, "warning") for line in part.text.splitlines()]
        elif isinstance(part, ToolCall):
            notes.append((f"tool call {part.name}({part.arguments}) [{part.id}]", "accent"))
    if answer.text and status_of(answer) in _ENDINGS:
        notes.append((_ENDINGS[status_of(answer)], "warning"))
    return notes
