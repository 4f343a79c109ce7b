"""``aichat files caches``: explicit prompt caches, which are billed by the hour."""

import re
from collections.abc import Sequence
from typing import Any

from aichat.app.billing.budget import check_spending
from aichat.app.billing.keeping import KeepingCost, keeping_cost
from aichat.app.billing.metered import Metered, record_use, spend_check
from aichat.app.billing.shared_money import SharedMoney
from aichat.app.calls.dry_run import print_call
from aichat.app.calls.resource import (
    Ability,
    ResourceContext,
    ResourceOptions,
    document,
    fetch,
    fetch_object,
    open_resource,
    protocol_error,
    shared_options,
)
from aichat.app.media.files.context import FilesContext
from aichat.app.media.files.sending import place_media, previewed
from aichat.app.media.fit import fit_media
from aichat.app.question.attachments import read_text
from aichat.app.question.input import read_question
from aichat.commands.files.removal import Removal, remove_all
from aichat.core.billing.money import Cost
from aichat.core.cli.argv import YES_OPTION, Argument, Command, Option
from aichat.core.cli.options import InputOptions
from aichat.core.exchange.request import Request
from aichat.core.http.call import Call
from aichat.core.http.paging import is_sendable
from aichat.core.message.compose import user_message
from aichat.core.message.message import Message, Text
from aichat.core.text.dates import format_time
from aichat.disk.paths import data_dir, expand_path
from aichat.errors import AichatError, Fault, usage_error
from aichat.process.world import World
from aichat.term.widgets.confirm import confirm_or_decline, sees_questions
from aichat.term.widgets.table import format_table
from aichat.values import NamedTuple
from aichat.wires.resources import caches
from aichat.wires.resources.caches import CacheSpec, KeptPrompt

#: The most pages of a list to request.
_MAX_PAGES = 200

#: Seconds per unit of time, and the longest accepted time.
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_LONGEST = 30 * 86_400

_HEAD = ("id", "model", "tokens", "created", "expires", "name")


class CreateCacheOptions(NamedTuple):
    """The options of ``files caches create``."""

    words: tuple[str, ...]
    model: str | None
    system: str | None
    ttl: str | None
    name: str | None
    yes: bool
    max_cost: str | None
    input: InputOptions
    shared: ResourceOptions


class ListCachesOptions(NamedTuple):
    """The options of ``files caches list``."""

    shared: ResourceOptions


class ShowCacheOptions(NamedTuple):
    """The options of ``files caches show``."""

    id: str
    shared: ResourceOptions


class RemoveCachesOptions(NamedTuple):
    """The options of ``files caches rm``."""

    ids: tuple[str, ...]
    yes: bool
    shared: ResourceOptions


def create_cache(world: World, options: CreateCacheOptions) -> int:
    """Create a cache, after showing its price."""
    seconds = _parse_time(options.ttl or "1h")
    context = _open(world, options.shared, options.model)
    request = _request(context, options)
    if options.shared.dry_run:
        seen, _ = previewed(request, context.endpoint)
        spec = CacheSpec(seen, seconds, options.name or "")
        call = caches.create_call(context.endpoint, spec)
        print_call(world, call, target=context.endpoint)
        return 0
    files = FilesContext(world, context.endpoint, context.options, context.say)
    request = place_media(files, request, data_dir(world.environ))
    case = spend_check(context, request)
    cost = keeping_cost(case, seconds)
    _confirm(context, cost, options)
    limits = check_spending(case, cost, options.max_cost)
    made = _create(context, CacheSpec(request, seconds, options.name or ""))
    metered = Metered(context, request, case.recorder, limits, SharedMoney())
    charged = record_use(metered, cost.tokens, cost.cost)
    _print(context, "create", [made], as_json=options.shared.json, cost=charged)
    context.say(f"use it with: aichat ask -m gemini/{request.model} -o cachedContent={made.id} ...")
    return 0


def _parse_time(text: str) -> int:
    """A time such as ``90m`` in seconds. Errors: ``usage``."""
    found = re.fullmatch(r"(\d{1,7})([smhd])", text)
    if not found:
        raise usage_error(f"--ttl {text}: expected a time", "examples: 30m, 2h, 1d")
    seconds = int(found[1]) * _UNITS[found[2]]
    if not 0 < seconds <= _LONGEST:
        raise usage_error(f"--ttl {text}: must be from 1s to {_LONGEST // 86_400}d")
    return seconds


def _request(context: ResourceContext, options: CreateCacheOptions) -> Request:
    """The request with the content to cache. Errors: as of attachments; ``usage``."""
    model = context.setup.model.value
    if not caches.can_keep(model):
        why = f"{model} keeps prompts by itself only"
        raise AichatError(Fault("invalid_request", why, "choose another model", "gemini"))
    system = options.system
    if system and system.startswith("@"):
        system = read_text(expand_path(system[1:]))
    asked = read_question(context.world, options.words, options.input, context.say, needed=False)
    if not (system or asked.text.strip() or asked.files):
        raise usage_error("nothing to keep", "give WORDS, -f FILE or --system TEXT")
    messages = [Message("system", (Text(system),))] if system else []
    if asked.text.strip() or asked.files:
        messages.append(user_message(*asked))
    fitted = fit_media(tuple(messages), context.endpoint, model)
    for line in (*fitted.remarks, *fitted.notes):
        context.say(line)
    return Request(model, fitted.messages)


def _confirm(context: ResourceContext, cost: KeepingCost, options: CreateCacheOptions) -> None:
    """Tell or ask about the price. Errors: ``usage`` if nobody can be asked; ``declined``."""
    world, name = context.world, context.endpoint.provider.name
    if options.yes or (options.max_cost and not sees_questions(world)):
        context.say(f"keeping costs {cost.description}")
        return
    if not sees_questions(world):
        why = f"keeping costs {cost.description}: refusing to spend it unasked"
        raise usage_error(why, "add --yes, or --max-cost AMOUNT")
    question = f"{name} keeps it for {cost.time}: {cost.description}. Keep it?"
    confirm_or_decline(world, question, "nothing kept")


def _create(context: ResourceContext, spec: CacheSpec) -> KeptPrompt:
    """Create a cache, without retries, which could be paid for twice."""
    once = context._replace(options=context.options._replace(retries=0))
    call = caches.create_call(context.endpoint, spec)
    try:
        made = caches.parse_cache(fetch_object(once, call, spec.request.model))
    except AichatError as error:
        if error.fault.status is None:  # the request may have arrived
            error.fault = error.fault._replace(hint="see whether it is there: " + _LIST)
        raise
    if made is None:
        raise protocol_error(context, f"the answer names no cache; see {_LIST}")
    return made


_LIST = "aichat files caches list"


def list_caches(world: World, options: ListCachesOptions) -> int:
    """List the caches."""
    context = _open(world, options.shared)
    if options.shared.dry_run:
        print_call(world, caches.list_call(context.endpoint))
        return 0
    found: list[KeptPrompt] = []
    cursors = [""]
    while len(cursors) <= _MAX_PAGES:
        call = caches.list_call(context.endpoint, cursors[-1])
        page = caches.parse_page(fetch_object(context, call))
        if page is None:
            raise protocol_error(context, "the answer is no list of caches")
        found += page[0]
        if not page[1] or page[1] in cursors or not is_sendable(page[1]):
            break
        cursors.append(page[1])
    _print(context, "list", found, as_json=options.shared.json)
    return 0


def show_cache(world: World, options: ShowCacheOptions) -> int:
    """Show a cache's details."""
    context = _open(world, options.shared)
    call = caches.show_call(context.endpoint, options.id)
    if options.shared.dry_run:
        print_call(world, call)
        return 0
    found = caches.parse_cache(fetch_object(context, call))
    if found is None:
        raise protocol_error(context, "the answer names no cache")
    _print(context, "show", [found], as_json=options.shared.json)
    return 0


def remove_caches(world: World, options: RemoveCachesOptions) -> int:
    """Delete caches before they expire, which ends their cost."""
    context = _open(world, options.shared)

    def call(cache_id: str) -> Call:
        return caches.remove_call(context.endpoint, cache_id)

    removal = Removal(
        *("cache", "files caches rm", context.endpoint, options.ids),
        *(call, lambda cache_id: fetch(context, call(cache_id))),
    )
    return remove_all(world, removal, context.say, options.shared, yes=options.yes)


def _open(world: World, options: ResourceOptions, model: str | None = None) -> ResourceContext:
    context = open_resource(
        *(world, options),
        Ability(lambda provider: provider.keeps_prompts, "keeps no prompts when told to"),
        model,
    )
    return context._replace(endpoint=context.endpoint._replace(wire=caches.WIRE))


def _print(
    context: ResourceContext,
    command: str,
    found: Sequence[KeptPrompt],
    *,
    as_json: bool,
    cost: Cost | None = None,
) -> None:
    """Print a table, with tabs in a pipe, or a JSON object."""
    world = context.world
    if as_json:
        about: dict[str, Any] = {"caches": [each._asdict() for each in found]}
        if command == "create":
            told = {"amount": cost.amount / 10**9, "currency": cost.currency} if cost else {}
            about["cost"] = {"amount": None, "currency": None, "estimated": bool(cost), **told}
        world.write_json(document(context.endpoint, f"files caches {command}", **about))
        return
    columns = world.columns()
    rows = [_row(each) for each in found]
    world.write_text(
        format_table(_HEAD, rows, terminal=world.stdout_tty, columns=columns, cuts=True)
    )


def _row(kept: KeptPrompt) -> tuple[str, ...]:
    times = ("-" if at is None else format_time(at) for at in (kept.created, kept.expires))
    tokens = "-" if kept.tokens is None else str(kept.tokens)
    return (kept.id, kept.model or "-", tokens, *times, kept.name)


_ID = Argument("id", "The cache's id, as create and list print it.")

COMMAND = Command(
    "caches",
    "Have Gemini keep a long prompt, for money by the hour.",
    ("aichat files caches create -f book.txt -p gemini", "aichat files caches list -p gemini"),
    commands=(
        Command(
            "create",
            "Make a cache of what many questions begin with; says first what an hour costs.",
            (
                "aichat files caches create -f book.txt -m gemini/gemini-3.8-flash --ttl 2h",
                "aichat files caches create -p gemini -s @rules.md -f 'src/*.py' --max-cost 0.05",
            ),
            options=(
                Option(("-m", "--model"), "Model that will be asked.", metavar="M"),
                Option(
                    ("--ttl",), "How long it is kept, as 30m or 2h; default 1h.", metavar="TIME"
                ),
                Option(("--name",), "What it is called in the list.", metavar="NAME"),
                YES_OPTION,
                *shared_options(
                    "system", "file", "allow_local", "no_stdin", "max_stdin", "max_cost"
                ),
            ),
            arguments=(
                Argument("words", "What is kept; quotes are optional.", many=True, required=False),
            ),
            run=create_cache,
            reads=CreateCacheOptions,
        ),
        Command(
            "list",
            "List your caches.",
            (
                "aichat files caches list -p gemini",
                "aichat files caches list -p gemini --json | jq '.caches[].id'",
            ),
            options=shared_options(),
            run=list_caches,
            reads=ListCachesOptions,
        ),
        Command(
            "show",
            "Show what is known of a cache.",
            (
                "aichat files caches show cachedContents/abc123 -p gemini",
                "aichat files caches show abc123 -p gemini --json",
            ),
            options=shared_options(),
            arguments=(_ID,),
            run=show_cache,
            reads=ShowCacheOptions,
        ),
        Command(
            "rm",
            "Delete caches; from then on they cost nothing.",
            (
                "aichat files caches rm abc123 -p gemini",
                "aichat files caches rm abc123 def456 -p gemini --yes",
            ),
            options=(YES_OPTION, *shared_options()),
            arguments=(Argument("ids", "Ids of caches.", many=True),),
            run=remove_caches,
            reads=RemoveCachesOptions,
        ),
    ),
)
