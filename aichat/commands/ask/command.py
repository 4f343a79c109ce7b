"""``aichat ask``: one question to one or several models."""

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
    """A command line of ``ask``: the options of a question, and the models to ask."""

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
        """The options for one model; None is the default model."""
        return AskOptions(model, *self[2:])


def run(world: World, arguments: AskArguments) -> int:
    """Ask, show the answer, and return the exit code."""
    with resend_signals():
        choices = [arguments.options(model) for model in arguments.model or (None,)]
        if arguments.each != EachOptions():
            from aichat.commands.ask import each  # rarely used

            return each.ask_each(world, arguments.words, choices)
        review_project(world, choices[0])
        is_one = len(choices) == 1
        early = connect_early(world, arguments.words, choices[0]) if is_one else None
        from aichat.commands.ask import single  # while the connection is opening

        if is_one:
            return single.ask_one(world, arguments.words, choices[0], early)
        return single.ask_several(world, arguments.words, choices)


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
