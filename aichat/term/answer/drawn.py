"""An answer on the terminal: drawn while it comes, with what happens beside it in dim lines.

The renderer is loaded by a thread of its own while the first byte is awaited; the
same thread then turns the spinner, counts down and shows what came last.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from aichat.core.conversation.turn import status_of
from aichat.core.exchange.answer import Answer
from aichat.core.exchange.event import Event, Notice, ReasoningDelta, ServerToolSeen, TextDelta
from aichat.core.message.message import Refusal, ToolCall
from aichat.process.signals import heed_stops, undisturbed
from aichat.process.threads import beside
from aichat.process.world import World
from aichat.term.terminal import size
from aichat.term.widgets.spinner import PERIOD, SILENCE, counted, turn

if TYPE_CHECKING:
    from aichat.term.answer.renderer import Look, Renderer

#: What is said under an answer that is not whole.
_ENDINGS = {"interrupted": "[interrupted]", "partial": "[not complete]"}

#: Characters of a line of reasoning that are kept to be shown: more than a row has.
_KEPT = 1000


class Taste(NamedTuple):
    """How the user wants answers to look; ``reasoning`` is fold, show or hide.

    ``colours`` is a colour system of Rich, or None; ``wrap`` in columns, 0 for the
    terminal's. Without ``live`` only what is final is drawn.
    """

    colours: str | None = "standard"
    code_theme: str = "ansi_dark"
    wrap: int = 0
    live: bool = True
    reflows: bool = True
    reasoning: str = "fold"
    quiet: bool = False


class DrawnSink:
    """Draws one answer.

    What belongs to it (reasoning, sources, calls) stands with it on a terminal, what is about
    it only where stderr is that terminal too; the rest is said on stderr.
    """

    def __init__(self, world: World, taste: Callable[[], Taste]) -> None:
        self._world = world
        self._taste_of = taste  # asked when the files that say it have been read
        self._now = world.clock.monotonic
        self._lock, self._over = threading.RLock(), threading.Event()
        self._ticks = False
        self._drawn: Renderer | None = None
        self._heard = self._now()
        self._until = self._now()  # it waits to try again
        self._thought = ""  # the line of reasoning that is open
        self._last_thought = ""  # the last one with words in it
        self._thinking: float | None = None  # since when
        self._tools: set[str] = set()

    @property
    def _taste(self) -> Taste:
        return self._taste_of()

    @property
    def live(self) -> bool:
        """Whether it gives signs of life of its own."""
        return self._taste.live

    def sent(self) -> None:
        """The request is on its way: there is time to load the renderer, and silence to fill."""
        if not self._ticks and self.live:
            heed_stops(self._pause)
            self._ticks = True
            beside(self._run)

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
            if self._drawn and answer.finish_reason == "cancelled":
                self._drawn.pause()  # the terminal has echoed the Ctrl-C into the picture
            self._end_thought()
            if self._drawn:
                self._drawn.status("")
                self._drawn.close()
            for line, style in _endnotes(answer):
                self._aside(line, style)
            if self._drawn:
                self._drawn.close()
        if self._ticks:
            heed_stops(None)

    def say(self, line: str) -> None:
        """A line of ours that is not of the answer."""
        with undisturbed(), self._lock:
            here = self._world.stdout_tty and self._world.stderr_tty
            if not (here and self._drawn):
                self._world.say(line)
                return
            self._drawn.print_line(line)
            if self._over.is_set():
                self._drawn.close()  # at once: nothing draws it later

    def _feed(self, pieces: list[str]) -> None:
        if pieces:
            self._end_thought()
            self._renderer().feed("".join(pieces))

    def _renderer(self) -> "Renderer":
        if self._drawn is None:
            from aichat.term.answer.renderer import Look

            taste = self._taste
            look = Look(taste.colours, taste.code_theme, taste.wrap, taste.live, taste.reflows)
            self._drawn = self.made(look)
        return self._drawn

    def made(self, look: "Look") -> "Renderer":
        """The renderer that it draws with."""
        from aichat.term.answer.renderer import Renderer

        return Renderer(self._world.text, lambda: size(self._world), self._now, look)

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
        drawn.status(*self._status())
        drawn.tick()

    def _status(self) -> tuple[str, str]:
        """What stands under the answer: a retry, a thought, or how long nothing came."""
        now, taste = self._now(), self._taste
        if taste.quiet:
            turning = ""
        elif now < self._until:
            return counted(self._world, now - self._heard, self._until - now), ""
        else:
            silent = now - self._heard
            turning = turn(self._world, silent) if silent >= SILENCE else ""
        if self._thinking is not None and taste.reasoning != "hide":
            told = self._thought.strip() or self._last_thought or "thinking"
            return f"{turning or '∴'} ", told
        return turning, ""

    @contextmanager
    def _pause(self) -> Iterator[None]:
        """Leave the terminal as it was while the program is stopped."""
        with self._lock:
            if self._drawn:
                self._drawn.pause()
            yield

    def _aside(self, line: str, style: str = "dim") -> None:
        """A line that belongs to the answer and is not its text."""
        if self._world.stdout_tty:
            self._renderer().print_line(line, style)
        else:
            self._world.say(line)

    def _think(self, event: ReasoningDelta) -> None:
        if self._thinking is None:
            self._thinking = self._now()
        *whole, self._thought = (self._thought + event.text).split("\n")
        if self._taste.reasoning == "show":
            for line in whole:
                self._aside(line)
        else:
            self._thought = self._thought[-_KEPT:]
        self._last_thought = next(filter(str.strip, reversed(whole)), self._last_thought).strip()

    def _end_thought(self) -> None:
        if self._thinking is None:
            return
        if self._taste.reasoning == "show":
            self._flush_thought()
            if not self._world.stdout_tty:
                self._world.say("")
        elif self._taste.reasoning == "fold" and not self._taste.quiet:
            self._aside(f"thought for {self._now() - self._thinking:.1f} s")
        self._thought, self._last_thought, self._thinking = "", "", None

    def _flush_thought(self) -> None:
        """Show the line of reasoning that is open, where all of it is shown."""
        if self._thought and self._taste.reasoning == "show":
            self._aside(self._thought)
            self._thought = ""

    def _note(self, event: Notice) -> None:
        self._until = self._now() + event.seconds
        if not self._taste.quiet:
            self.say(f"aichat: {event.message}")

    def _use(self, event: ServerToolSeen) -> None:
        told = event.input or (event.output if event.phase == "end" else "")
        if told and event.id not in self._tools and not self._taste.quiet:
            self._tools.add(event.id)
            self._flush_thought()
            line = f"{event.tool}: {' '.join(told.split())}"
            room = size(self._world)[0]
            self._aside(line if len(line) <= room else f"{line[: room - 1]}…")


_TAKERS: dict[type, Callable[[DrawnSink, Any], None]] = {
    ReasoningDelta: DrawnSink._think,
    Notice: DrawnSink._note,
    ServerToolSeen: DrawnSink._use,
}


def _endnotes(answer: Answer) -> list[tuple[str, str]]:
    """Lines under an answer and their styles."""
    notes = [
        (f"[{s.number}] {s.title}  {s.url}" if s.title else f"[{s.number}] {s.url}", "dim")
        for s in answer.sources
    ]
    for part in answer.message.parts:
        if isinstance(part, Refusal):
            notes += [(line, "yellow") for line in part.text.splitlines()]
        elif isinstance(part, ToolCall):
            notes.append((f"tool call {part.name}({part.arguments}) [{part.id}]", "cyan"))
    if answer.text and status_of(answer) in _ENDINGS:
        notes.append((_ENDINGS[status_of(answer)], "yellow"))
    return notes
