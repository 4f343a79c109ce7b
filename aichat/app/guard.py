"""The one place where everything is caught: a fault is told, and so is a bug of ours."""

import errno
from collections.abc import Callable, Iterator

from aichat.errors import EXIT_CODES, AichatError, Fault
from aichat.process.world import World


def run_guarded(
    world: World,
    action: Callable[[], int | None],
    *,
    trace: bool,
    tell: Callable[[Fault], object] | None = None,
) -> int:
    """Do it and give the exit code. With ``trace`` it is told where a bug of ours is.

    ``tell`` is told the fault, where ``world`` is not to report it as that of a whole run.
    """
    tell = tell or world.report_fault
    try:
        return action() or 0
    except AichatError as error:
        tell(error.fault)
        return error.fault.exit_code
    except Exception as error:
        if any(isinstance(one, OSError) and one.errno in _TOO_MANY for one in _causes(error)):
            world.write_stderr(_TOO_MANY_TEXT)  # not even a module could be loaded to lay it out
            return EXIT_CODES["config"]
        kind = type(error).__name__
        tell(
            Fault("internal", f"internal error: {kind}", "rerun with --debug and report the output")
        )
        if trace:
            _print_trace(world, error)
        return EXIT_CODES["internal"]


#: The system gives us, or anybody, no more descriptors.
_TOO_MANY = (errno.EMFILE, errno.ENFILE)
_TOO_MANY_TEXT = "aichat: too many open files\n  allow more of them: ulimit -n 256\n"


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """An error, and those that it was raised for."""
    while error:
        yield error
        error = error.__cause__ or error.__context__


def _print_trace(world: World, error: Exception) -> None:
    """Where it happened: files and lines only, for messages and locals may hold a key."""
    from traceback import extract_tb

    for frame in extract_tb(error.__traceback__):
        world.say(f"  {frame.filename}:{frame.lineno} in {frame.name}: {frame.line}")
