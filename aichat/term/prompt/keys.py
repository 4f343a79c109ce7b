"""Key bindings, in addition to prompt-toolkit's own for emacs and vi."""

from collections.abc import Callable, Mapping
from typing import Any

from prompt_toolkit.application import run_in_terminal
from prompt_toolkit.filters import Always, Condition, emacs_insert_mode, vi_insert_mode
from prompt_toolkit.key_binding import KeyBindings
from prompt_toolkit.key_binding.bindings import named_commands, search
from prompt_toolkit.key_binding.key_processor import KeyPressEvent as Event
from prompt_toolkit.keys import Keys

from aichat.core.cli.repl_line import enter_action
from aichat.core.config.key_bindings import parse_keys
from aichat.term.prompt.suggestions import first_word
from aichat.values import NamedTuple

_always = Always()
_typing = emacs_insert_mode | vi_insert_mode


class Handlers(NamedTuple):
    """What keys need: an editor, a paste handler, and how to return a result."""

    edit: Callable[[str], str]
    paste: Callable[[str, str], str]  # of the pasted text, and the text before it
    make_result: Callable[[str, Any], Any]
    end: Callable[[Any], None]  # the prompt, with this result
    read_clipboard: Callable[[], str] = str
    dictate: Callable[[], str] = str


def make_bindings(bindings: Mapping[str, tuple[str, ...]], handlers: Handlers) -> KeyBindings:
    """The keys for every name in ``bindings``, and for pasting."""
    made = KeyBindings()
    for name, (action, condition) in _actions(handlers).items():
        for text in bindings[name]:
            for pressed in filter(None, [parse_keys(text)]):
                made.add(*pressed, filter=condition)(action)
    made.add("<sigint>")(_actions(handlers)["interrupt"][0])
    made.add(Keys.BracketedPaste)(lambda event: _paste(event, handlers.paste))
    return made


def _actions(handlers: Handlers) -> dict[str, tuple[Callable[[Event], None], Any]]:
    def leave_with(key: str) -> Callable[[Event], None]:
        return lambda event: handlers.end(handlers.make_result(event.current_buffer.text, key))

    def submit(event: Event) -> None:
        buffer = event.current_buffer
        verdict = enter_action(
            buffer.document.text_before_cursor, buffer.document.text_after_cursor
        )
        if verdict == "send":
            buffer.append_to_history()
            leave_with("submit")(event)
        elif verdict == "newline":
            buffer.delete_before_cursor(1)
            buffer.newline(copy_margin=False)

    def interrupt(event: Event) -> None:
        event.current_buffer.append_to_history()
        leave_with("interrupt")(event)

    return {
        "submit": (submit, _in_message),
        "newline": (lambda event: event.current_buffer.newline(copy_margin=False), _in_message),
        "interrupt": (interrupt, _in_message),
        "leave": (leave_with("leave"), _is_empty & _in_message),
        "editor": (lambda event: _edit(event, handlers.edit), _in_message),
        "dictate": (lambda event: _dictate(event, handlers.dictate), _in_message & _typing),
        "search": (_search, _in_message),
        "clipboard": (
            lambda event: event.current_buffer.insert_text(handlers.read_clipboard()),
            _in_message & _typing,
        ),
        "suspend": (lambda event: event.app.suspend_to_background(), _always),
        "complete": (named_commands.menu_complete, _in_message & _typing),
        "suggestion": (lambda event: _take(event, str), _has_suggestion & _in_message & _typing),
        "word": (lambda event: _take(event, first_word), _has_suggestion & _in_message & _typing),
    }


def _search(event: Event) -> None:
    search.start_reverse_incremental_search.handler(event)


def _take(event: Event, part: Callable[[str], str]) -> None:
    """Insert the suggestion, or a part of it."""
    buffer = event.current_buffer
    if buffer.suggestion:
        buffer.insert_text(part(buffer.suggestion.text))


def _paste(event: Event, paste: Callable[[str, str], str]) -> None:
    """Insert pasted text; newlines in it never send."""
    buffer = event.current_buffer
    buffer.insert_text(paste(event.data, buffer.document.text_before_cursor))


def _edit(event: Event, edit: Callable[[str], str]) -> None:
    """Edit the draft in the editor."""
    buffer = event.current_buffer

    def run() -> None:
        buffer.text = edit(buffer.text)
        buffer.cursor_position = len(buffer.text)

    run_in_terminal(run)


def _dictate(event: Event, dictate: Callable[[], str]) -> None:
    """Insert dictated text at the cursor."""
    buffer = event.current_buffer
    run_in_terminal(lambda: buffer.insert_text(dictate()))


@Condition
def _in_message() -> bool:
    """Whether the message is being edited, not a search."""
    from prompt_toolkit.application import get_app

    return not get_app().layout.is_searching


@Condition
def _has_suggestion() -> bool:
    """Whether a suggestion is visible, which needs the cursor at the end of the text."""
    from prompt_toolkit.application import get_app

    buffer = get_app().current_buffer
    return buffer.suggestion is not None and buffer.document.is_cursor_at_the_end


@Condition
def _is_empty() -> bool:
    from prompt_toolkit.application import get_app

    return not get_app().current_buffer.text
