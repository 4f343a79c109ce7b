"""A run that failed: told to people on stderr, and on stdout to a program that asked for JSON.

What leaves a command as an exception is told here, and only here. A command that has printed a
document of what came, with why there is no more, gives the exit code instead.
"""

from collections.abc import Sequence
from typing import Any

from aichat.cli.dispatch import find_command
from aichat.core.cli.argv import has_flag
from aichat.core.exchange.answer import Answer, answer_json, fault_json
from aichat.core.message.message import Message
from aichat.errors import AichatError, Fault
from aichat.process.world import World


def report_failure(world: World, argv: Sequence[str], fault: Fault) -> None:
    """Say why it failed, in each of the ways that somebody waits for; of a signal nothing is said.

    Errors: ``Interrupted`` where the reader has gone away.
    """
    document = None if fault.kind == "output" else _document(argv, fault)
    try:
        if document:
            world.write_json(document)
    except AichatError:
        return  # stdout takes nothing: the line on stderr is all there is
    finally:
        if not fault.signum:
            world.report_fault(fault)


def _document(argv: Sequence[str], fault: Fault) -> dict[str, Any] | None:
    """What ``--json`` prints, or the last line of ``--events``; None if neither is asked for."""
    command, path, rest = find_command(argv)
    if command is None:
        return None
    asked = next((flag for flag in ("--json", "--events") if has_flag(command, rest, flag)), None)
    if asked is None:
        return None
    if path == "ask":
        message = Message("assistant", ())
        document = answer_json(
            Answer(fault.provider or "", fault.model or "", message, fault=fault)
        )
        return {"type": "finish", **document} if asked == "--events" else document
    about = {"version": 1, "command": path, "provider": fault.provider, "model": fault.model}
    return {**about, "error": fault_json(fault)}
