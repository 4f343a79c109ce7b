"""The input line: prompt-toolkit's, with our keys, completion and history."""

from asyncio import Future, get_running_loop
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from signal import SIGINT
from typing import Literal, TypeVar, cast

from prompt_toolkit import PromptSession
from prompt_toolkit.application import Application
from prompt_toolkit.application.current import get_app_or_none
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.enums import EditingMode
from prompt_toolkit.filters import Condition
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.history import History
from prompt_toolkit.layout.processors import Processor, Transformation, TransformationInput
from prompt_toolkit.output import ColorDepth
from prompt_toolkit.styles import BaseStyle, DynamicStyle
from prompt_toolkit.utils import get_term_environment_variable, is_dumb_terminal

from aichat.core.cli.candidate import Candidate
from aichat.core.cli.repl_line import PASTED_AT, mark_again, unmark_pasted
from aichat.core.text.ground import GROUND_QUERY, ground_from_reply
from aichat.core.text.sanitize import sanitize, sanitize_characters, sanitize_line
from aichat.core.text.theme import Theme
from aichat.errors import Interrupted
from aichat.process.palette import Palette
from aichat.process.signals import route_signals
from aichat.process.threads import start_thread
from aichat.term.prompt import marks
from aichat.term.prompt.input.terminal_input import read_ahead, read_own_keys
from aichat.term.prompt.keys import Handlers, make_bindings
from aichat.term.prompt.leaving import HeldRun, PromptEnd
from aichat.term.prompt.looks import prompt_style
from aichat.term.prompt.menu import MENU_ROWS, keep_controls, mark_typed, shape_menu
from aichat.term.prompt.pastes import Pastes
from aichat.term.prompt.quirks import erase_in_place, expect_silence
from aichat.term.prompt.suggestions import HistorySuggest
from aichat.values import NamedTuple

#: Precedes the message: easy to find in the scrollback.
_PROMPT: StyleAndTextTuples = [("class:prompt.mark", "> ")]


#: The key that is a newline by itself.
_NEWLINE = "ctrl-j"


#: Ends a key encoding that an earlier program left on, and erases what some terminals show
#: of this.
_OLD_KEYS = "\x1b7\x1b[<u\x1b8\x1b[K"


#: Seconds to wait for an answer to it before drawing without one.
_GROUND_SECONDS = 0.1


class PromptResult(NamedTuple):
    """What was entered, and by which key: the loop decides what to do.

    ``typed`` is the line as shown: pastes are marked in it, long ones only named.
    """

    text: str
    key: Literal["submit", "interrupt", "leave"] = "submit"
    typed: str = ""


class PromptConfig(NamedTuple):
    """How the user wants to type. ``recent_lines`` gives earlier input, latest first.

    ``toolbar`` makes a line of so many columns; ``typed`` is called whenever the line changes.
    ``marked``: prompts are marked for the terminal. ``linear``: a screen reader is used, so
    nothing appears below the line unasked. ``read_clipboard`` returns what to insert from the
    clipboard, ``dictate`` what was spoken. ``stands``: an entered line is sent at once, before
    the prompt is left; ``heed_keys`` then makes the terminal turn keys into signals.
    """

    vi: bool
    bindings: Mapping[str, tuple[str, ...]]
    palette: Palette
    recent_lines: Callable[[], Iterator[str]]
    save_line: Callable[[str], object]
    complete: Callable[[str], Iterable[Candidate]]
    toolbar: Callable[[int], str]
    edit: Callable[[str], str]
    paste: Callable[[str, str], str]
    typed: Callable[[str], None]
    marked: bool = False
    linear: bool = False
    read_clipboard: Callable[[], str] = str
    dictate: Callable[[], str] = str
    stands: Callable[[str], bool] = lambda _line: False
    heed_keys: Callable[[], object] = lambda: None


class Prompt:
    """Reads what the user types, repeatedly. ``ready`` is called once typing is possible.

    The prompt may remain on the screen until ``leaving`` is settled.
    """

    def __init__(
        self, config: PromptConfig, ready: Callable[[], object], leaving: PromptEnd
    ) -> None:
        self._config, self._ready, self._pastes = config, ready, Pastes()
        self._leaving = leaving
        self._signum = 0
        self._has_pasted = False  # into the current line
        self._styled: tuple[Theme, BaseStyle] | None = None
        given = (config.read_clipboard, config.dictate)
        handlers = Handlers(self._edit, self._paste, PromptResult, self._end, *given)
        self._session: PromptSession[PromptResult] = PromptSession(
            history=_InputHistory(config, self._pastes),
            editing_mode=EditingMode.VI if config.vi else EditingMode.EMACS,
            key_bindings=make_bindings(_keys_here(config.bindings), handlers),
            multiline=True,
            prompt_continuation=_indent,
            completer=_Completer(config.complete),
            auto_suggest=HistorySuggest(self._is_pasted_in),
            complete_while_typing=Condition(self._can_complete),
            reserve_space_for_menu=0 if config.linear else MENU_ROWS,
            bottom_toolbar=None if config.linear else self._toolbar,
            input_processors=[_Visible()],
            style=DynamicStyle(self._style),
            color_depth=ColorDepth.MONOCHROME
            if config.palette.theme(terminal=True).is_plain
            else None,
        )
        self._session.default_buffer.on_text_changed += lambda line: config.typed(line.text)
        self._run = HeldRun(self._session.app, leaving)
        self._runs_by_itself = not read_own_keys(self._session.app, self._learn)
        self._asks_ground = not (self._runs_by_itself or _is_console())
        shape_menu(self._session.layout)
        keep_controls(self._session.layout)
        expect_silence(self._session.app)
        erase_in_place(self._session.app)
        self._session.app.ttimeoutlen = 0.05  # for a lone escape: how long vi waits

    def read(self, draft: str = "") -> PromptResult:
        """Read a line, including what was typed ahead. Errors: ``Interrupted``."""
        self._leaving.settle()
        ready, self._ready = self._ready, _do_nothing
        self._has_pasted, self._signum = False, 0
        if ready is not _do_nothing and not is_dumb_terminal():
            self._session.app.output.write_raw(_OLD_KEYS)
            self._ask_ground()
        self._mark(marks.PROMPT)
        try:
            with route_signals(self._on_signal):
                entered = self._run_prompt(self._pastes.collapse(draft), ready)
        except EOFError:  # the terminal is gone
            return PromptResult("", "leave")
        if self._signum:
            raise Interrupted(self._signum)
        text = unmark_pasted(self._pastes.expand(entered.text))
        return entered._replace(text=text, typed=entered.text)

    def _run_prompt(self, draft: str, ready: Callable[[], object]) -> PromptResult:
        def begin() -> None:
            self._call_once_drawn(ready)

        ask = self._session
        if is_dumb_terminal():
            return self._run_dumb_prompt(draft, begin)
        if self._runs_by_itself:
            return ask.prompt(_PROMPT, default=draft, pre_run=begin)
        return self._run.run(
            ask.prompt_async(_PROMPT, default=draft, pre_run=begin, handle_sigint=False)
        )

    def _run_dumb_prompt(self, draft: str, begin: Callable[[], None]) -> PromptResult:
        """Read where nothing can be drawn: prompt-toolkit shows no draft, and binds Ctrl-C."""
        shown: StyleAndTextTuples = [*_PROMPT, ("", sanitize(draft))]
        try:
            return self._session.prompt(shown, default=draft, pre_run=begin)
        except KeyboardInterrupt:
            self._session.default_buffer.append_to_history()
            return PromptResult(self._session.default_buffer.text, "interrupt")

    def _end(self, result: PromptResult) -> None:
        """End on a key: at once, unless it can stand while the line is sent."""
        stands = result.key == "submit" and not (self._runs_by_itself or is_dumb_terminal())
        if stands and self._config.stands(result.text) and self._run.hold(result):
            self._config.heed_keys()
        else:
            self._app.exit(result=result)

    @property
    def _app(self) -> Application[PromptResult]:
        """What reads the keys: on a dumb terminal it is another one than the session's."""
        return get_app_or_none() or self._session.app

    def await_ground(self) -> None:
        """Learn the background before anything is drawn, if the terminal reports it at once."""
        if not is_dumb_terminal() and self._ask_ground():
            palette = self._config.palette
            read_ahead(self._session.app, _GROUND_SECONDS, lambda: not palette.needs_ground)

    def _ask_ground(self) -> bool:
        """Ask the terminal, once, unless it is known; the answer arrives like keys."""
        if not (self._asks_ground and self._config.palette.needs_ground):
            return False
        self._asks_ground = False
        self._session.app.output.write_raw(f"\x1b7{GROUND_QUERY}\x1b8\x1b[K")
        self._session.app.output.flush()
        return True

    def _learn(self, reply: str) -> None:
        """Handle a report of the terminal; redraw if the looks change."""
        ground = ground_from_reply(reply)
        if ground != "unknown" and self._config.palette.needs_ground:
            self._config.palette.learn_ground(ground)
            self._session.app.invalidate()

    def _style(self) -> BaseStyle:
        """The theme's style, which may change once the background is known."""
        theme = self._theme
        if self._styled is None or self._styled[0] is not theme:
            self._styled = (theme, prompt_style(theme))
        return self._styled[1]

    @property
    def _theme(self) -> Theme:
        return self._config.palette.theme(terminal=True)

    def _toolbar(self) -> str:
        return self._config.toolbar(self._session.app.output.get_size().columns)

    def _is_pasted_in(self, text: str) -> bool:
        """Whether a line contains pasted text, as far as is known."""
        return self._has_pasted or PASTED_AT in text or self._pastes.is_in(text)

    def _paste(self, text: str, before: str) -> str:
        """Insert a placeholder for a long paste."""
        self._has_pasted = True
        return self._pastes.collapse(self._config.paste(text, before))

    def _edit(self, text: str) -> str:
        """Give the editor every paste in full; its result may be long again."""
        before = self._pastes.expand(text)
        return self._pastes.collapse(mark_again(before, self._config.edit(unmark_pasted(before))))

    def _on_signal(self, signum: int) -> None:
        """Handle a signal; an error raised inside prompt-toolkit's loop would only be printed."""
        app = self._app
        if signum == SIGINT and app.loop:  # as Ctrl-C does, which is a key here
            app.loop.call_soon_threadsafe(app.key_processor.send_sigint)
            return
        if not app.loop and is_dumb_terminal():  # its prompt is shown before there is a loop
            raise Interrupted(signum)
        self._signum = signum

        def leave() -> None:
            if app.is_running and not app.is_done:
                app.exit(result=PromptResult("", "leave"))

        if app.loop:
            app.loop.call_soon_threadsafe(leave)

    def _call_once_drawn(self, ready: Callable[[], object]) -> None:
        """Call it after the first drawing, so that loading things does not delay that."""
        app = self._session.app

        def shown(_: object) -> None:
            app.after_render -= shown
            self._mark(marks.INPUT)
            ready()

        app.after_render += shown

    def _mark(self, sequence: str) -> None:
        """Tell the terminal what begins at the cursor."""
        if self._config.marked:
            self._session.app.output.write_raw(sequence)
            self._session.app.output.flush()

    def _can_complete(self) -> bool:
        """Whether the menu appears by itself: only for commands, and for names after ``@``."""
        if self._config.linear:
            return False
        before = self._session.default_buffer.document.text_before_cursor
        return before.startswith("/") or before.rpartition(" ")[2].startswith("@")


def _keys_here(keys: Mapping[str, tuple[str, ...]]) -> Mapping[str, tuple[str, ...]]:
    """The keys of each action; an editor's shell sends a line with a newline behind it."""
    if not is_dumb_terminal():
        return keys
    others = {name: tuple(key for key in own if key != _NEWLINE) for name, own in keys.items()}
    return {**others, "submit": (*keys["submit"], _NEWLINE)}


def _is_console() -> bool:
    """Whether this is the Linux console, which prints parts of sequences it does not know."""
    return get_term_environment_variable().startswith("linux")


def _do_nothing() -> None:
    pass


def _indent(_width: int, _line: int, _wraps: int) -> StyleAndTextTuples:
    return [("", "  ")]


T = TypeVar("T")


async def _beside(work: Callable[[], Iterable[T]]) -> list[T]:
    """The result of ``work``, from a thread that is abandoned when the prompt is left.

    The loop's own threads would be waited for, and they are few: several at once have been
    seen to wait for each other.
    """
    loop = get_running_loop()
    done: Future[list[T]] = loop.create_future()

    def tell(found: list[T]) -> None:
        if not done.done():
            done.set_result(found)

    def run() -> None:
        found = list(work())
        with suppress(RuntimeError):  # the loop is closed: nobody wants it any more
            loop.call_soon_threadsafe(tell, found)

    start_thread(run)
    return await done


class _Completer(Completer):
    """Our completions for prompt-toolkit."""

    def __init__(self, complete: Callable[[str], Iterable[Candidate]]) -> None:
        self._complete = complete

    def get_completions(
        self,
        document: Document,
        complete_event: CompleteEvent,  # noqa: ARG002  the name in the base class
    ) -> Iterator[Completion]:
        """The completions at the cursor."""
        for choice in self._complete(document.text_before_cursor):
            label = mark_typed(choice.typed, choice.label or choice.text, "class:typed")
            yield Completion(choice.text, -choice.replaces, label, sanitize_line(choice.help))

    async def get_completions_async(
        self, document: Document, complete_event: CompleteEvent
    ) -> AsyncGenerator[Completion, None]:
        """The same, without blocking keys."""
        for completion in await _beside(lambda: self.get_completions(document, complete_event)):
            yield completion


class _Visible(Processor):
    """Shows the line with control characters made visible."""

    def apply_transformation(self, transformation_input: TransformationInput) -> Transformation:
        """One character for one, so that the cursor position stays right."""
        shown = [
            (style, sanitize_characters(unmark_pasted(text)), *rest)
            for style, text, *rest in transformation_input.fragments
        ]
        return Transformation(cast(StyleAndTextTuples, shown))


class _InputHistory(History):
    """The history file; placeholders of pastes would mean nothing to a later run."""

    def __init__(self, config: PromptConfig, pastes: Pastes) -> None:
        super().__init__()
        self._config, self._pastes = config, pastes

    async def load(self) -> AsyncGenerator[str, None]:
        """Latest first, led by what was typed while it loaded."""
        if not self._loaded:
            found = await _beside(self.load_history_strings)
            self._loaded_strings += [] if self._loaded else found
            self._loaded = True
        for line in [*self._loaded_strings]:
            yield line

    def load_history_strings(self) -> Iterator[str]:
        """Latest first."""
        return self._config.recent_lines()

    def store_string(self, string: str) -> None:
        """Store it, if that is allowed."""
        if not self._pastes.is_in(string):
            self._config.save_line(string)
