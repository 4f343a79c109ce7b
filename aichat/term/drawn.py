"""An answer on the terminal: drawn while it comes, with what happens beside it in dim lines.

The renderer is loaded by a thread of its own while the first byte is awaited; the
same thread then turns the spinner, counts down and shows what came last.
"""

import threading
from collections.abc import Callable
from math import ceil
from typing import TYPE_CHECKING, Any, NamedTuple

from aichat.core.answer import Answer
from aichat.core.conversation import status_of
from aichat.core.event import Event, Notice, ReasoningDelta, ServerToolSeen, TextDelta
from aichat.core.message import Refusal, ToolCall
from aichat.term.look import size
from aichat.term.spinner import PERIOD, SILENCE, turn
from aichat.term.world import World, heed_stops, undisturbed

if TYPE_CHECKING:
    from aichat.term.live import Renderer

#: What is said under an answer that is not whole.
_ENDINGS = {"interrupted": "[interrupted]", "partial": "[not complete]"}


class Taste(NamedTuple):
    """How the user wants answers to look; ``reasoning`` is fold, show or hide.

    ``colours`` is a colour system of Rich, or None; ``wrap`` in columns, 0 for the
    terminal's. Without ``live`` only what is final is drawn.
    """

    colours: str | None = "standard"
    code_theme: str = "ansi_dark"
    wrap: int = 0
    live: bool = True
    reasoning: str = "fold"
    quiet: bool = False


class DrawnSink:
    """Draws one answer. What is not the answer goes to ``say`` where that is elsewhere."""

    def __init__(
        self, world: World, taste: Callable[[], Taste], say: Callable[[str], object] | None
    ) -> None:
        self._world, self._say = world, say
        self._taste_of = taste  # asked when the files that say it have been read
        self._now = world.clock.monotonic
        self._lock, self._over = threading.RLock(), threading.Event()
        self._ticker: threading.Thread | None = None
        self._drawn: Renderer | None = None
        self._heard = self._now()
        self._retry = ("", 0.0)  # why, and until when it waits
        self._thought = ""  # the line of reasoning that is open
        self._thinking: float | None = None  # since when
        self._tools: set[str] = set()

    @property
    def _taste(self) -> Taste:
        return self._taste_of()

    def sent(self) -> None:
        """The request is on its way: there is time to load the renderer, and silence to fill."""
        if self._ticker is None and self._taste.live:
            heed_stops(self._pause)
            self._ticker = threading.Thread(target=self._run, daemon=True)
            self._ticker.start()

    def show(self, events: list[Event]) -> None:
        """One batch of events: text that follows text is drawn at once."""
        with undisturbed(), self._lock:
            self._heard = self._now()
            pieces: list[str] = []
            for event in events:
                if type(event) is TextDelta:
                    pieces.append(event.text)
                elif taker := _TAKERS.get(type(event)):
                    self._feed(pieces)
                    pieces = []
                    taker(self, event)
            self._feed(pieces)

    def close(self, answer: Answer) -> None:
        """All that is left of it: the last block, footnotes, refusal, calls, how it ended."""
        with undisturbed(), self._lock:
            self._over.set()
            self._end_thought()
            if self._drawn:
                self._drawn.status(None)
                self._drawn.close()
            for line, style in _endnotes(answer):
                self._aside(line, style)
            if self._drawn:
                self._drawn.close()
        if self._ticker:
            heed_stops(None)

    def _feed(self, pieces: list[str]) -> None:
        if pieces:
            self._end_thought()
            self._renderer().feed("".join(pieces))

    def _renderer(self) -> "Renderer":
        if self._drawn is None:
            from aichat.term.live import Look, Renderer

            taste = self._taste
            look = Look(taste.colours, taste.code_theme, taste.wrap, taste.live)
            self._drawn = Renderer(self._world.text, lambda: size(self._world), self._now, look)
        return self._drawn

    def _run(self) -> None:
        """The ticker: whatever stops it, the main thread meets as well."""
        try:
            with self._lock:
                self._renderer()
            while not self._over.wait(PERIOD):
                with self._lock:
                    if not self._over.is_set():
                        self._tick()
        except BaseException:
            return

    def _tick(self) -> None:
        drawn = self._renderer()
        drawn.status(self._status())
        drawn.tick()

    def _status(self) -> str | None:
        """What stands under the answer: a retry, a thought, or how long nothing came."""
        now, taste = self._now(), self._taste
        why, until = self._retry
        if now < until:
            return f"{why}; trying again in {ceil(until - now)} s"
        silent = now - self._heard
        turning = turn(self._world, silent) if silent >= SILENCE and not taste.quiet else ""
        if self._thinking is not None and taste.reasoning != "hide":
            told = self._thought.strip() or "thinking"
            return f"{turning or '∴'} {told}"
        return turning or None

    def _pause(self) -> None:
        """Leave the terminal as it was, before the program is stopped."""
        with self._lock:
            if self._drawn:
                self._drawn.pause()

    def _aside(self, line: str, style: str = "dim") -> None:
        """A line that is not the answer."""
        if self._say:
            self._say(line)
        else:
            self._renderer().print_line(line, style)

    def _think(self, event: ReasoningDelta) -> None:
        if self._thinking is None:
            self._thinking = self._now()
        *whole, self._thought = (self._thought + event.text).split("\n")
        if self._taste.reasoning == "show":
            for line in whole:
                self._aside(line)
        elif not self._thought.strip() and whole:
            self._thought = f"{whole[-1]}\n"[:-1]

    def _end_thought(self) -> None:
        if self._thinking is None:
            return
        if self._taste.reasoning == "show":
            self._aside(self._thought)
            self._aside("")
        elif self._taste.reasoning == "fold" and not self._taste.quiet:
            self._aside(f"thought for {self._now() - self._thinking:.1f} s")
        self._thought, self._thinking = "", None

    def _note(self, event: Notice) -> None:
        if event.seconds > 0:
            why = event.message.partition("; trying again")[0]
            self._retry = (why, self._now() + event.seconds)
        if not self._taste.quiet:
            self._aside(f"aichat: {event.message}")

    def _use(self, event: ServerToolSeen) -> None:
        told = event.input or event.output
        if told and event.id not in self._tools and not self._taste.quiet:
            self._tools.add(event.id)
            self._aside(f"{event.tool}: {told}")


_TAKERS: dict[type, Callable[[DrawnSink, Any], None]] = {
    ReasoningDelta: DrawnSink._think,
    Notice: DrawnSink._note,
    ServerToolSeen: DrawnSink._use,
}


def _endnotes(answer: Answer) -> list[tuple[str, str]]:
    """Lines under an answer and their styles."""
    notes = [
        (f"[{s.number}] {s.title or ''}".rstrip() + f"  {s.url}", "dim") for s in answer.sources
    ]
    if notes and answer.text:
        notes.insert(0, ("", ""))
    for part in answer.message.parts:
        if isinstance(part, Refusal):
            notes += [(line, "yellow") for line in part.text.splitlines()]
        elif isinstance(part, ToolCall):
            notes.append((f"tool call {part.name}({part.arguments}) [{part.id}]", "cyan"))
    if answer.text and status_of(answer) in _ENDINGS:
        notes.append((_ENDINGS[status_of(answer)], "yellow"))
    return notes
