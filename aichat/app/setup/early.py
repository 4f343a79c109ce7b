"""Connecting early for a plain question, while most of the program is still loading.

Only if nothing can prevent the question from being sent: no file, stdin, spending limit
or conversation has to be looked at first.
"""

from aichat.app.setup.options import setup_from_options
from aichat.app.setup.setup import RecalledOptions, Setup
from aichat.app.setup.targets import Targets
from aichat.core.cli.options import AskOptions, ConversationOptions
from aichat.errors import AichatError
from aichat.process import stdin
from aichat.process.world import World
from aichat.values import NamedTuple


class EarlySetup(NamedTuple):
    """Who will be asked, and the connection being opened."""

    setup: Setup
    targets: Targets


def connect_early(world: World, words: tuple[str, ...], options: AskOptions) -> EarlySetup | None:
    """Start connecting if it is certain that the question will be sent; else None.

    Errors are ignored here, and reported when the question is asked.
    """
    if not _is_plain(world, words, options):
        return None
    try:
        setup = setup_from_options(world, options, RecalledOptions())
        if not _is_sure(setup):
            return None
        targets = Targets(world)
        targets.connect(setup, options.transport)
    except AichatError:
        return None
    return EarlySetup(setup, targets)


def _is_plain(world: World, words: tuple[str, ...], options: AskOptions) -> bool:
    """Whether the command line alone makes up the question."""
    conversation, given, money = options.conversation, options.input, options.money
    reads_stdin = stdin.is_wanted(world, given.no_stdin)
    system = options.target.system or ""
    return (
        any(word.strip() for word in words)
        and "-" not in words
        and conversation._replace(no_save=False) == ConversationOptions()
        and not (
            given.file
            or given.edit
            or reads_stdin
            or system.startswith("@")
            or options.sampling.tools
            or options.sampling.schema_list
            or options.sampling.rows
            or options.target.prompt is not None
            or options.target.trust
        )
        and not (money.max_cost or money.count or options.output.output)
        and not (options.transport.dry_run or options.transport.live)
    )


def _is_sure(setup: Setup) -> bool:
    """Whether the settings require nothing else first."""
    if setup.project:  # it is announced, and may attach files
        return False
    system = setup.conduct.system
    reads_file = system is not None and system.value.startswith("@")
    reads_file = reads_file or bool(setup.conduct.schema or setup.conduct.prompt)
    return not (setup.money.budget or setup.provider.engine or reads_file)
