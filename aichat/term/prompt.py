"""The line that is typed into: prompt-toolkit's, with keys, completion and history of ours."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Literal, NamedTuple

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.enums import EditingMode
from prompt_toolkit.filters import Condition
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.history import History, ThreadedHistory
from prompt_toolkit.output import ColorDepth

from aichat.core.choice import Choice
from aichat.term.pastes import Pastes
from aichat.term.prompt_keys import Handlers, keys


class Entered(NamedTuple):
    """What was entered, and by which key: what to do is the loop's business."""

    text: str
    key: Literal["submit", "interrupt", "leave"] = "submit"


class Habits(NamedTuple):
    """How the user wants to type. ``latest`` gives what was typed before, the last first."""

    vi: bool
    bindings: Mapping[str, tuple[str, ...]]
    coloured: bool
    latest: Callable[[], Iterator[str]]
    keep: Callable[[str], object]
    complete: Callable[[str], Iterable[Choice]]
    toolbar: Callable[[], str]
    edit: Callable[[str], str]


class Prompt:
    """Reads what the user types, again and again. ``ready`` is called once it can be typed."""

    def __init__(self, habits: Habits, ready: Callable[[], object]) -> None:
        self._habits, self._ready, self._pastes = habits, ready, Pastes()
        handlers = Handlers(habits.edit, self._pastes.held, Entered)
        self._session: PromptSession[Entered] = PromptSession(
            history=ThreadedHistory(_Kept(habits, self._pastes)),
            editing_mode=EditingMode.VI if habits.vi else EditingMode.EMACS,
            key_bindings=keys(habits.bindings, handlers),
            multiline=True,
            prompt_continuation=_indent,
            completer=_Asked(habits.complete),
            complete_in_thread=True,
            complete_while_typing=Condition(self._may_complete),
            reserve_space_for_menu=6,
            bottom_toolbar=habits.toolbar,
            color_depth=None if habits.coloured else ColorDepth.MONOCHROME,
        )
        self._session.app.ttimeoutlen = 0.05  # of a lone escape: what vi waits for

    def read(self, draft: str = "") -> Entered:
        """One line, of what is typed from now on or was typed ahead."""
        ready, self._ready = self._ready, _nothing
        entered = self._session.prompt("> ", default=draft, pre_run=lambda: self._soon(ready))
        return entered._replace(text=self._pastes.expanded(entered.text))

    def redraw(self) -> None:
        """What the toolbar says has changed. Any thread may call."""
        self._session.app.invalidate()

    def _soon(self, ready: Callable[[], object]) -> None:
        """After the first picture: what is loaded then must not keep it waiting."""
        app = self._session.app

        def shown(_: object) -> None:
            app.after_render -= shown
            ready()

        app.after_render += shown

    def _may_complete(self) -> bool:
        """Menus come by themselves for commands and names after ``@`` only."""
        before = self._session.default_buffer.document.text_before_cursor
        return before.startswith("/") or before.rpartition(" ")[2].startswith("@")


def _nothing() -> None:
    pass


def _indent(_width: int, _line: int, _wraps: int) -> StyleAndTextTuples:
    return [("", "  ")]


class _Asked(Completer):
    """Completions as ours give them."""

    def __init__(self, complete: Callable[[str], Iterable[Choice]]) -> None:
        self._complete = complete

    def get_completions(
        self,
        document: Document,
        complete_event: CompleteEvent,  # noqa: ARG002  its base's name for it
    ) -> Iterator[Completion]:
        """What may stand where the cursor is."""
        for choice in self._complete(document.text_before_cursor):
            yield Completion(choice.text, -choice.replaces, choice.shown, choice.help)


class _Kept(History):
    """The history of the file; what stands for a paste means nothing to a later run."""

    def __init__(self, habits: Habits, pastes: Pastes) -> None:
        super().__init__()
        self._habits, self._pastes = habits, pastes

    def load_history_strings(self) -> Iterator[str]:
        """The last first."""
        return self._habits.latest()

    def store_string(self, string: str) -> None:
        """Keep it, where it may be kept."""
        if self._pastes.expanded(string) == string:
            self._habits.keep(string)
