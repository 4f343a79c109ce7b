"""The entry: arguments in, exit code out, and the one place where everything is caught."""

import gc
import sys

#: New containers between two searches for circles: the usual 700 cost a start a twentieth.
_GARBAGE = 50_000

TYPE_CHECKING = False  # typing's own costs --version a third of its time
if TYPE_CHECKING:
    from aichat.term.world import World


def main() -> None:
    """Run ``aichat`` and leave with its exit code."""
    argv = sys.argv[1:]
    if argv == ["--version"]:
        from aichat import __version__

        sys.stdout.write(f"aichat {__version__}\n")
        return
    gc.set_threshold(_GARBAGE)
    from aichat.term.world import die_by, heed_signals, leave, real_world

    heed_signals()
    world = real_world()
    code = _run(world, argv)
    if code < 0:
        die_by(-code)
    leave(code)


def _run(world: "World", argv: list[str]) -> int:
    """The exit code, or minus the number of the signal to die by."""
    from aichat.errors import AichatError, Fault, Interrupted

    try:
        from aichat.cli import dispatch

        return dispatch(world, [_utf8(word) for word in argv])
    except AichatError as error:
        world.report(error.fault)
        return error.fault.exit_code
    except Interrupted as interrupted:
        return -interrupted.signum
    except Exception as error:  # a bug of ours: one line, and a trace for those who ask
        kind = type(error).__name__
        world.report(
            Fault("internal", f"a bug of ours: {kind}", "run it with --debug and report it")
        )
        if "--debug" in argv:
            _trace(world, error)
        return 1


def _utf8(word: str) -> str:
    """An argument as UTF-8, whatever the locale made of its bytes."""
    from os import fsencode

    from aichat.errors import usage_error

    try:
        return fsencode(word).decode()
    except UnicodeDecodeError as error:
        raise usage_error(f"an argument is not UTF-8: byte {error.start}") from None


def _trace(world: "World", error: Exception) -> None:
    """Where it happened: files and lines only, for messages and locals may hold a key."""
    from traceback import extract_tb

    for frame in extract_tb(error.__traceback__):
        world.say(f"  {frame.filename}:{frame.lineno} in {frame.name}: {frame.line}")


if __name__ == "__main__":
    main()
