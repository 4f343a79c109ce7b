"""``aichat ask``: one question, one answer, or one of each of several models."""

from aichat.app.setup.early import connect_early
from aichat.app.setup.options import review_project
from aichat.core.cli.argv import Argument, Command
from aichat.core.cli.each.options import EachOptions
from aichat.core.cli.options import (
    ASK_OPTIONS,
    AskOptions,
    ConversationOptions,
    InputOptions,
    MoneyOptions,
    OutputOptions,
    SamplingOptions,
    ServerToolOptions,
    TargetOptions,
    ToolingOptions,
    TransportOptions,
)
from aichat.process.signals import resend_signals
from aichat.process.world import World
from aichat.values import NamedTuple


class AskArguments(NamedTuple):
    """A command line of ``ask``: the options of one question, and the models it is put to."""

    words: tuple[str, ...]
    model: tuple[str, ...]
    target: TargetOptions
    conversation: ConversationOptions
    input: InputOptions
    sampling: SamplingOptions
    money: MoneyOptions
    output: OutputOptions
    transport: TransportOptions
    config_dir: str | None
    server_tools: ServerToolOptions
    tooling: ToolingOptions
    each: EachOptions

    def options(self, model: str | None) -> AskOptions:
        """What one model is asked with; None: the one that holds otherwise."""
        return AskOptions(model, *self[2:])


def run(world: World, arguments: AskArguments) -> int:
    """Ask, show, and give the exit code."""
    with resend_signals():
        choices = [arguments.options(model) for model in arguments.model or (None,)]
        if arguments.each != EachOptions():
            from aichat.commands.ask import each  # few ask about many

            return each.ask_each(world, arguments.words, choices)
        review_project(world, choices[0])
        is_one = len(choices) == 1
        early = connect_early(world, arguments.words, choices[0]) if is_one else None
        from aichat.commands.ask import asking  # while the connection is on its way

        if is_one:
            return asking.ask_one(world, arguments.words, choices[0], early)
        return asking.ask_several(world, arguments.words, choices)


COMMAND = Command(
    name="ask",
    summary="Ask one question and print the answer.",
    examples=(
        "aichat ask What is a monad, in one sentence",
        "git diff | aichat ask write a commit message for this",
    ),
    options=ASK_OPTIONS,
    arguments=(
        Argument(
            "words",
            "The question; quotes are optional. - marks where stdin goes.",
            many=True,
            required=False,
        ),
    ),
    run=run,
    reads=AskArguments,
    has_groups=True,
)
