"""The entry: arguments in, exit code out."""

import gc
import sys

#: Allocations between two runs of the cycle collector: the default 700 costs a start 5 %.
_GC_THRESHOLD = 50_000

TYPE_CHECKING = False  # importing typing would take a third of --version
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from aichat.process.world import World


def main() -> None:
    """Run ``aichat`` and leave with its exit code."""
    argv = sys.argv[1:]
    if argv == ["--version"] and _print_version():
        return
    _die_quietly()  # after --version, since it imports a module that takes longer than that
    gc.set_threshold(_GC_THRESHOLD)
    from aichat.errors import Interrupted
    from aichat.process.signals import die_by_signal, exit_now, raise_on_signals
    from aichat.process.world import system_world

    try:
        raise_on_signals()
        code = _run(system_world(), argv)
        if code >= 0:
            exit_now(code)
    except Interrupted as interrupted:
        code = -interrupted.signum
    die_by_signal(-code)


def _print_version() -> bool:
    """Print the version the quickest way; if that fails, the usual way says why."""
    from os import write

    from aichat import __version__

    try:
        return (
            bool(sys.stdout) and write(sys.stdout.fileno(), f"aichat {__version__}\n".encode()) > 0
        )
    except OSError:
        return False


def _die_quietly() -> None:
    """Until our own handlers are in place, have Ctrl-C end the program without a traceback."""
    import signal

    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)


def _run(world: "World", argv: list[str]) -> int:
    """The exit code, or minus the number of the signal to die by."""
    from aichat.app.guard import run_guarded
    from aichat.core.cli.argv import option_value
    from aichat.errors import Fault, Interrupted
    from aichat.process.palette import Palette

    def read_ui() -> "Mapping[str, Any]":
        from aichat.disk.config.toml_file import ui_table

        return ui_table(world.environ, option_value(argv, "--config-dir"))

    flag = option_value(argv, "--color")
    world = world._replace(palette=Palette(world.environ, flag, read_ui))

    def run() -> int:
        from aichat.cli.dispatch import dispatch

        return dispatch(world, [_decode_argument(word) for word in argv])

    def tell(fault: Fault) -> None:
        if {"--json", "--events"}.isdisjoint(argv):
            world.report_fault(fault)
            return
        from aichat.cli.failure import report_failure

        report_failure(world, argv, fault)

    try:
        return run_guarded(world, run, trace="--debug" in argv, tell=tell)
    except Interrupted as interrupted:
        if not (interrupted.is_closed_pipe or {"--json", "--events"}.isdisjoint(argv)):
            tell(interrupted.fault)
        return -interrupted.signum


def _decode_argument(word: str) -> str:
    """An argument as UTF-8, whatever the locale made of its bytes."""
    from os import fsencode

    from aichat.errors import usage_error

    try:
        return fsencode(word).decode()
    except UnicodeDecodeError as error:
        raise usage_error(f"an argument is not valid UTF-8: byte {error.start}") from None


if __name__ == "__main__":
    main()
