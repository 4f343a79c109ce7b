"""``aichat embed``: embedding vectors of texts."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from aichat.app.billing.metered import Metered, open_metered, record_use, text_price
from aichat.app.calls.dry_run import print_call
from aichat.app.calls.resource import (
    EMBEDS,
    MODEL_OPTION,
    ResourceContext,
    ResourceOptions,
    document,
    fetch_object,
    open_resource,
    protocol_error,
    shared_options,
)
from aichat.app.media.files.rescue import one_piece, saved_or_rescued
from aichat.app.models.gone import gone_help
from aichat.app.question.texts import TEXT_OPTIONS, TEXT_WORDS, read_texts
from aichat.commands.embed.formats import (
    FORMATS,
    check_model,
    format_ranking,
    normalise,
    rank,
    read_vectors,
)
from aichat.core.billing.money import BILLION, Cost, format_cost, total_cost
from aichat.core.billing.usage import Quantity
from aichat.core.cli.argv import FORCE_OPTION, Command, Option
from aichat.core.http.call import Call
from aichat.core.text.numbers import count_of
from aichat.disk.files.atomic import check_new_target, write_whole
from aichat.disk.paths import expand_path
from aichat.errors import AichatError, Fault, Interrupted, usage_error
from aichat.process.signals import defer_signals
from aichat.process.world import World
from aichat.values import NamedTuple
from aichat.wires.resources.embeddings import (
    DIALECTS,
    TASKS,
    EmbeddingBatch,
    Vector,
    embed_call,
    parse_batch,
    split,
)


class EmbedOptions(NamedTuple):
    """The options of ``aichat embed``."""

    words: tuple[str, ...]
    model: str | None
    max_cost: str | None
    file: tuple[str, ...]
    lines: bool
    dimensions: int | None
    task: str | None
    normalise: bool
    format: str | None
    similar: str | None
    output: str | None
    force: bool
    usage: bool
    allow_local: bool
    shared: ResourceOptions


class Embedded(NamedTuple):
    """The result: a vector for each text, in order.

    ``fault`` is set if it ended early.
    """

    model: str
    texts: Sequence[str]
    vectors: Sequence[Vector]
    tokens: int | None
    cost: Cost | None
    fault: Fault | None = None


def run(world: World, options: EmbedOptions) -> int:
    """Print a vector for each text, or the most similar known texts."""
    if options.dimensions is not None and options.dimensions < 1:
        raise usage_error("--dimensions must be at least 1")
    _check_together(options)
    _check_output(world, options)
    context = open_resource(world, options.shared, EMBEDS, options.model)
    dialect = DIALECTS[context.endpoint.provider.resources.embeddings]
    if options.task and options.task not in dialect.tasks:
        why = f"{context.endpoint.provider.name} is not told what vectors are for"
        raise AichatError(Fault("invalid_request", why, "leave --task out, or use -p gemini"))
    known = read_vectors(expand_path(options.similar)) if options.similar else ()
    texts = read_texts(
        world, options.words, options.file, lines=options.lines, allow_local=options.allow_local
    )
    model = context.setup.model.value if options.model else dialect.model
    check_model(known, model)
    if options.shared.dry_run:
        for batch in split(texts, dialect):
            call = _call(context, model, batch, options)
            print_call(world, call, target=context.endpoint)
        return 0
    metered = open_metered(context, model, tuple(texts), options.max_cost)
    found = _embed(metered, texts, options)
    if options.usage:
        context.say(_usage_line(found))
    if found.fault:
        _keep(context, options, found, found.fault)
        return found.fault.ending
    ranked = rank(known, found.vectors) if options.similar else None
    if options.shared.json:
        _print_document(context, found, ranked)
    elif ranked is not None:
        _print(world, options, format_ranking(ranked).encode("utf-8", "replace"))
    else:
        _print(world, options, _formatted(options, found))
    return 0


def _usage_line(found: Embedded) -> str:
    vectors = count_of(len(found.vectors), "vector")
    tokens = f" of {count_of(found.tokens, 'token')}" if found.tokens is not None else ""
    return f"{vectors}{tokens}" + (f", {format_cost(found.cost)}" if found.cost else "")


def _keep(context: ResourceContext, options: EmbedOptions, found: Embedded, fault: Fault) -> None:
    """Output what was paid for before a failure, protected from further signals."""
    try:
        with defer_signals():
            _print_unfinished(context, options, found, fault)
    except Interrupted as interrupted:
        if interrupted.is_closed_pipe:
            raise


def _print_unfinished(
    context: ResourceContext, options: EmbedOptions, found: Embedded, fault: Fault
) -> None:
    """Write an incomplete result beside the file, and report the fault."""
    world = context.world
    if options.shared.json:
        _print_document(context, found)
    elif found.vectors and not options.similar:
        if options.output and options.output != "-":
            part = options.output + ".partial"
            _save(world, part, _formatted(options, found))
            context.say(f"the vectors that came are in {part}")
        else:
            world.write_bytes(_formatted(options, found))
    if not fault.signum:
        world.report_fault(fault)
    many = count_of(len(found.texts), "text")
    ended = "was stopped" if fault.signum else "failed"
    context.say(f"the first {many} came before it {ended}" if found.texts else "no vectors came")


def _formatted(options: EmbedOptions, found: Embedded) -> bytes:
    return FORMATS[options.format or "json"](found.texts, found.vectors, found.model)


def _check_together(options: EmbedOptions) -> None:
    """Raise ``usage`` for incompatible options."""
    if options.similar and options.format:
        raise usage_error("--similar prints a ranking: no --format")
    if options.shared.json and (options.format or options.output):
        raise usage_error("--json has all of it, on stdout: no --format, no --output")


def _check_output(world: World, options: EmbedOptions) -> None:
    """Check the output before anything is sent. Errors: ``usage``, ``output``."""
    if options.output and options.output != "-":
        check_new_target(expand_path(options.output), force=options.force)
    elif options.format == "npy" and world.stdout_tty and not options.similar:
        raise usage_error("npy is not for a terminal", "--output FILE")


def _call(
    context: ResourceContext, model: str, texts: Sequence[str], options: EmbedOptions
) -> Call:
    """The request for some of the texts."""
    return embed_call(context.endpoint, model, texts, options.dimensions, options.task)


def _embed(metered: Metered, texts: Sequence[str], options: EmbedOptions) -> Embedded:
    """Request one batch after the other, writing each to the ledger before the next."""
    context, model = metered.context, metered.request.model
    dialect = DIALECTS[context.endpoint.provider.resources.embeddings]
    vectors: list[Vector] = []
    batches: list[EmbeddingBatch] = []
    costs: list[Cost | None] = []
    fault = None
    for part in split(texts, dialect):
        try:
            metered.check_next(text_price(metered, part))
            batch = _fetch_batch(metered, part, options, costs, vectors[:1])
        except AichatError as error:
            fault = error.fault
            break
        except Interrupted as interrupted:
            if interrupted.is_closed_pipe:
                raise
            fault = interrupted.fault
            break
        batches.append(batch)
        vectors += map(normalise, batch.vectors) if options.normalise else batch.vectors
    tokens = _sum([batch.tokens for batch in batches])
    cost = total_cost(costs)
    return Embedded(model, texts[: len(vectors)], vectors, tokens, cost, fault)


def _fetch_batch(
    metered: Metered,
    texts: Sequence[str],
    options: EmbedOptions,
    costs: list[Cost | None],
    earlier: Sequence[Vector],
) -> EmbeddingBatch:
    """The vectors of one call, as long as the ``earlier`` ones. Errors: as of any request."""
    context, model = metered.context, metered.request.model
    answer = fetch_object(context, _call(context, model, texts, options), model)
    batch = parse_batch(answer, context.endpoint, len(texts))
    tokens, cost = (batch.tokens, batch.cost) if batch else (None, None)
    made = None if tokens is None else Quantity("embed", "token", tokens)
    costs.append(record_use(metered, tokens, cost, made))
    if batch is None or any(len(each) != len(batch.vectors[0]) for each in earlier):
        raise protocol_error(context, f"the answer has not one vector for each of {len(texts)}")
    return batch


def _sum(counts: Sequence[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if len(known) == len(counts) else None


def _save(world: World, name: str, data: bytes) -> None:
    """Write a file, or else keep what is paid for elsewhere. Errors: ``output``."""
    path = expand_path(name)
    saved_or_rescued(world, partial(write_whole, path, data), path.name, one_piece(data))


def _print(world: World, options: EmbedOptions, data: bytes) -> None:
    if options.output and options.output != "-":
        _save(world, options.output, data)
        world.print_lines(options.output)
    else:
        world.write_bytes(data)


def _print_document(
    context: ResourceContext,
    found: Embedded,
    ranked: Sequence[tuple[float, str]] | None = None,
) -> None:
    entries = [
        {"text": text, "vector": vector}
        for text, vector in zip(found.texts, found.vectors, strict=True)
    ]
    about: dict[str, Any] = {
        "model": found.model,
        "dimensions": len(found.vectors[0]) if found.vectors else None,
        "embeddings": entries,
        "usage": {"input": found.tokens},
        "cost": found.cost
        and {"amount": found.cost.amount / BILLION, "currency": found.cost.currency},
    }
    if ranked is not None:
        about["ranking"] = [{"score": score, "text": text} for score, text in ranked]
    context.world.write_json(document(context.endpoint, "embed", found.fault, **about))


COMMAND = Command(
    name="embed",
    summary="Turn texts into vectors, and find what is alike.",
    examples=(
        "aichat embed 'a text' -p openai",
        "aichat embed --lines --format jsonl -O all.jsonl < texts.txt",
    ),
    options=(
        MODEL_OPTION,
        *TEXT_OPTIONS,
        Option(("--dimensions",), "Numbers of a vector, if it can be chosen.", int, metavar="N"),
        Option(("--task",), "What the vectors are for (Gemini).", choices=TASKS),
        Option(("--normalise",), "Scale each vector to the length 1.", bool),
        Option(("--format",), "How vectors are written; default json.", choices=tuple(FORMATS)),
        Option(("--similar",), "Rank the rows of a file made by --format jsonl.", metavar="FILE"),
        Option(("-O", "--output"), "Write to FILE, or - for stdout.", metavar="FILE"),
        FORCE_OPTION,
        *shared_options("allow_local", "max_cost", "usage"),
    ),
    arguments=(TEXT_WORDS,),
    run=run,
    reads=EmbedOptions,
    extra_help=gone_help("embed"),
)
