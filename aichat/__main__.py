"""The entry: arguments in, exit code out."""

import gc
import sys

#: New containers between two searches for circles: the usual 700 cost a start a twentieth.
_GC_THRESHOLD = 50_000

TYPE_CHECKING = False  # typing's own costs --version a third of its time
if TYPE_CHECKING:
    from aichat.process.world import World


def main() -> None:
    """Run ``aichat`` and leave with its exit code."""
    argv = sys.argv[1:]
    if argv == ["--version"]:
        from aichat import __version__

        sys.stdout.write(f"aichat {__version__}\n")
        return
    _die_quietly()
    gc.set_threshold(_GC_THRESHOLD)
    from aichat.process.signals import die_by_signal, exit_now, raise_on_signals
    from aichat.process.world import system_world

    raise_on_signals()
    world = system_world()
    code = _run(world, argv)
    if code < 0:
        die_by_signal(-code)
    exit_now(code)


def _die_quietly() -> None:
    """Until our own handlers are there, have Ctrl-C end the program without a trace of imports."""
    import signal

    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)


def _run(world: "World", argv: list[str]) -> int:
    """The exit code, or minus the number of the signal to die by."""
    from aichat.app.guard import run_guarded
    from aichat.errors import Interrupted

    def run() -> int:
        from aichat.cli.dispatch import dispatch

        return dispatch(world, [_decode_argument(word) for word in argv])

    try:
        return run_guarded(world, run, trace="--debug" in argv)
    except Interrupted as interrupted:
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
