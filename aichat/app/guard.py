"""The one place where everything is caught: a fault is told, and so is a bug of ours."""

from collections.abc import Callable

from aichat.errors import AichatError, Fault
from aichat.process.world import World


def run_guarded(world: World, action: Callable[[], int | None], *, trace: bool) -> int:
    """Do it and give the exit code. With ``trace`` it is told where a bug of ours is."""
    try:
        return action() or 0
    except AichatError as error:
        world.report_fault(error.fault)
        return error.fault.exit_code
    except Exception as error:
        kind = type(error).__name__
        world.report_fault(
            Fault("internal", f"internal error: {kind}", "rerun with --debug and report the output")
        )
        if trace:
            _print_trace(world, error)
        return 1


def _print_trace(world: World, error: Exception) -> None:
    """Where it happened: files and lines only, for messages and locals may hold a key."""
    from traceback import extract_tb

    for frame in extract_tb(error.__traceback__):
        world.say(f"  {frame.filename}:{frame.lineno} in {frame.name}: {frame.line}")
