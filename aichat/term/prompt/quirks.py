"""Workarounds for terminals that behave otherwise than prompt-toolkit expects."""

from typing import Any, cast

from prompt_toolkit.application import Application
from prompt_toolkit.renderer import CPR_Support
from prompt_toolkit.utils import is_dumb_terminal

#: Seconds to wait for the first answer.
_SECONDS = 0.1

_ERASE_DOWN = "\x1b7\x1b[K\x1b[B\x1b[J\x1b8"


def expect_silence(app: Application[Any]) -> None:
    """Let a terminal that does not report its cursor cost a moment once, without a warning.

    The toolbar is then just below the line instead of at the bottom of the screen.
    """
    renderer, wait = app.renderer, app.renderer.wait_for_cpr_responses

    def rows_below() -> int:
        if renderer.cpr_support is CPR_Support.SUPPORTED:  # it answered after all
            raise NotImplementedError
        return 1

    def go_on() -> None:
        app.output.get_rows_below_cursor_position = rows_below  # type: ignore[method-assign]
        app.invalidate()

    async def wait_briefly(timeout: int = 1) -> None:
        is_known = renderer.cpr_support is CPR_Support.SUPPORTED
        await wait(cast(int, timeout if is_known else _SECONDS))  # it only sleeps for so long

    renderer.CPR_TIMEOUT = _SECONDS  # type: ignore[assignment]
    renderer.cpr_not_supported_callback = go_on
    renderer.wait_for_cpr_responses = wait_briefly  # type: ignore[method-assign]


def erase_in_place(app: Application[Any]) -> None:
    """Keep redrawing from leaving copies in the scrollback.

    tmux saves what is erased from the top left corner on, so erase the rest of a row first and
    then what is below it. Only ever from the first column.
    """
    output = app.output
    if hasattr(output, "write_raw") and not is_dumb_terminal():
        output.erase_down = lambda: output.write_raw(_ERASE_DOWN)  # type: ignore[method-assign]
