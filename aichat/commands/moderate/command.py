"""``aichat moderate``: checks texts for objectionable content."""

from collections.abc import Sequence

from aichat.app.calls.dry_run import print_call
from aichat.app.calls.resource import (
    MODEL_OPTION,
    MODERATES,
    ResourceContext,
    ResourceOptions,
    document,
    fetch_object,
    open_resource,
    protocol_error,
    shared_options,
)
from aichat.app.question.texts import TEXT_OPTIONS, TEXT_WORDS, read_texts
from aichat.core.cli.argv import Command, Option
from aichat.core.text.numbers import count_of
from aichat.core.text.sanitize import sanitize_line
from aichat.errors import Fault
from aichat.process.world import World
from aichat.term.widgets.table import format_table
from aichat.values import NamedTuple
from aichat.wires.resources.moderation import Judgement, moderation_call, parse_verdicts

#: The number of categories shown for a text that is not flagged.
_SHOWN = 3


class ModerateOptions(NamedTuple):
    """The options of ``aichat moderate``; with ``fail`` a flagged text sets the exit code."""

    words: tuple[str, ...]
    model: str | None
    file: tuple[str, ...]
    lines: bool
    fail: bool
    allow_local: bool
    shared: ResourceOptions


def run(world: World, options: ModerateOptions) -> int:
    """Print a verdict for each text."""
    context = open_resource(world, options.shared, MODERATES, options.model)
    texts = read_texts(
        world, options.words, options.file, lines=options.lines, allow_local=options.allow_local
    )
    provider = context.endpoint.provider
    model = context.setup.model.value if options.model else provider.resources.moderation
    call = moderation_call(context.endpoint, model, texts)
    if options.shared.dry_run:
        print_call(world, call, target=context.endpoint)
        return 0
    verdicts = parse_verdicts(fetch_object(context, call, model), len(texts))
    if verdicts is None:
        raise protocol_error(context, f"the answer has not one verdict for each of {len(texts)}")
    fault = _fault(verdicts) if options.fail else None
    if options.shared.json:
        _print_document(context, model, texts, verdicts, fault)
    else:
        _print_table(world, texts, verdicts)
    return fault.exit_code if fault else 0


def _fault(verdicts: Sequence[Judgement]) -> Fault | None:
    """The fault for flagged texts, with ``--fail``."""
    flagged = sum(each.flagged for each in verdicts)
    why = f"{flagged} of {count_of(len(verdicts), 'text')} flagged"
    return Fault("content_filter", why) if flagged else None


def _print_table(world: World, texts: Sequence[str], verdicts: Sequence[Judgement]) -> None:
    rows = [
        ("flagged" if each.flagged else "ok", _top(each), sanitize_line(text))
        for text, each in zip(texts, verdicts, strict=True)
    ]
    head = ("verdict", "categories", "text")
    world.write_text(
        format_table(head, rows, terminal=world.stdout_tty, columns=world.columns(), cuts=True)
    )


def _top(verdict: Judgement) -> str:
    named = verdict.categories or [*verdict.scores][:_SHOWN]
    shown = (f"{sanitize_line(name)} {verdict.scores.get(name, 0):.2f}" for name in named)
    return ", ".join(shown) or "-"


def _print_document(
    context: ResourceContext,
    model: str,
    texts: Sequence[str],
    verdicts: Sequence[Judgement],
    fault: Fault | None,
) -> None:
    results = [
        {"text": text, **verdict._asdict()} for text, verdict in zip(texts, verdicts, strict=True)
    ]
    about = {"model": model, "results": results}
    context.world.write_json(document(context.endpoint, "moderate", fault, **about))


COMMAND = Command(
    name="moderate",
    summary="Have texts checked for what is harmful.",
    examples=(
        "aichat moderate 'some text' -p openai",
        "aichat moderate --lines --fail < comments.txt",
    ),
    options=(
        MODEL_OPTION,
        *TEXT_OPTIONS,
        Option(("--fail",), "Exit with 10 if a text is flagged.", bool),
        *shared_options("allow_local"),
    ),
    arguments=(TEXT_WORDS,),
    run=run,
    reads=ModerateOptions,
)
