"""``aichat count``: counts an input's tokens at the provider."""

from aichat import wires
from aichat.app.calls.dry_run import print_call
from aichat.app.calls.resource import (
    Ability,
    ResourceOptions,
    document,
    fetch,
    open_resource,
    protocol_error,
    shared_options,
)
from aichat.app.question.texts import read_texts
from aichat.core.cli.argv import Argument, Command, Option
from aichat.core.exchange.request import Request
from aichat.core.message.message import Message, Text
from aichat.errors import AichatError, Fault
from aichat.process.world import World
from aichat.values import NamedTuple
from aichat.wires.resources.count_tokens import counting_call, parse_token_count

_COUNTS = Ability(lambda provider: provider.counting, "does not count tokens")


class CountOptions(NamedTuple):
    """The options of ``aichat count``."""

    words: tuple[str, ...]
    model: str | None
    file: tuple[str, ...]
    allow_local: bool
    shared: ResourceOptions


def run(world: World, options: CountOptions) -> int:
    """Print the number of tokens of the texts, as one message."""
    context = open_resource(world, options.shared, _COUNTS, options.model)
    endpoint, model = context.endpoint, context.setup.model.value
    text = "\n\n".join(
        read_texts(world, options.words, options.file, lines=False, allow_local=options.allow_local)
    )
    request = Request(model, (Message("user", (Text(text),)),))
    call = counting_call(wires.load(endpoint.wire).encode(request, endpoint), request, endpoint)
    if call is None:
        can = ", ".join(endpoint.provider.counting)
        why = f"{endpoint.provider.name} does not count tokens on the wire '{endpoint.wire}'"
        raise AichatError(Fault("invalid_request", why, f"these do: {can}"))
    if options.shared.dry_run:
        print_call(world, call, target=endpoint)
        return 0
    tokens = parse_token_count(fetch(context, call, model), endpoint)
    if tokens is None:
        raise protocol_error(context, "the answer has no token count")
    if options.shared.json:
        world.write_json(document(context.endpoint, "count", model=model, usage={"input": tokens}))
    else:
        world.write_text(f"{tokens}\n")
    return 0


COMMAND = Command(
    name="count",
    summary="Count the tokens of an input, as the provider does.",
    examples=("aichat count 'how many tokens is this' -p openai", "aichat count -f report.md"),
    options=(
        Option(("-m", "--model"), "Model that would be asked.", metavar="M"),
        Option(("-f", "--file"), "A text or a URL. Repeatable.", metavar="FILE|URL", many=True),
        *shared_options("allow_local"),
    ),
    arguments=(Argument("words", "The text.", many=True, required=False),),
    run=run,
    reads=CountOptions,
)
