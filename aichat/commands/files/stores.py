"""``aichat files stores``: file stores that a provider searches (``--file-search``)."""

import re
from collections.abc import Iterable

from aichat.app.calls.dry_run import print_call
from aichat.app.calls.resource import ResourceOptions, document, end_command, shared_options
from aichat.app.media.files import stores
from aichat.app.media.files.stores import StoresContext, open_stores
from aichat.commands.files.options import read_spec
from aichat.commands.files.removal import Removal, remove_all
from aichat.commands.files.stores_show import held_entries, print_held, print_stores
from aichat.core.cli.argv import YES_OPTION, Argument, Command, Option
from aichat.core.http.call import Call
from aichat.core.text.numbers import count_of
from aichat.errors import AichatError, Fault, Interrupted, usage_error
from aichat.process.world import World
from aichat.values import NamedTuple
from aichat.wires.resources.files import FileSpec
from aichat.wires.resources.stores import (
    StoredFile,
    attach_call,
    create_call,
    dialect_of,
    list_call,
    remove_call,
    remove_file_call,
    show_call,
    upload_start,
)

_UNITS = {"d": 86_400, "w": 604_800}
_LONGEST = 365 * 86_400


class CreateOptions(NamedTuple):
    """The options of ``files stores create``; ``expires`` counts from the last use."""

    name: str
    files: tuple[str, ...]
    expires: str | None
    shared: ResourceOptions


class StoreListOptions(NamedTuple):
    """The options of ``files stores list``."""

    shared: ResourceOptions


class StoreOptions(NamedTuple):
    """The options of ``files stores show``."""

    id: str
    shared: ResourceOptions


class AddOptions(NamedTuple):
    """The options of ``files stores add``."""

    id: str
    files: tuple[str, ...]
    shared: ResourceOptions


class StoreRemoveOptions(NamedTuple):
    """The options of ``files stores rm``; ``file``: remove only these from the store."""

    ids: tuple[str, ...]
    file: tuple[str, ...]
    yes: bool
    shared: ResourceOptions


def create_store(world: World, options: CreateOptions) -> int:
    """Create a store, and add files to it."""
    context = open_stores(world, options.shared)
    seconds = _parse_life(context, options.expires)
    specs = [*map(read_spec, options.files)]
    if options.shared.dry_run:
        print_call(world, create_call(context.endpoint, options.name, seconds))
        return 0
    _tell_terms(context, seconds)
    made = stores.create_store(context, options.name, seconds)
    made = made._replace(name=made.name or options.name)
    context.stores.say(f"use it with: aichat ask {_provider(context)} --file-search {made.id} ...")
    held, fault = _add(context, made.id, specs)
    made = made._replace(files=len(held) if held else made.files)
    print_stores(context, "create", [made], held, fault, as_json=options.shared.json)
    return end_command(world, fault)


def _parse_life(context: StoresContext, text: str | None) -> int:
    """A time such as ``30d`` in seconds; 0 is no limit. Errors: ``usage``."""
    days = dialect_of(context.endpoint).days
    if text is None:
        return days * 86_400
    if not days:
        raise usage_error(f"{_name(context)} keeps stores until they are removed")
    if text == "never":
        return 0
    found = re.fullmatch(r"(\d{1,3})([dw])", text)
    seconds = int(found[1]) * _UNITS[found[2]] if found else 0
    if not 0 < seconds <= _LONGEST:
        raise usage_error(f"--expires {text}: expected 1d to 365d, or never", "examples: 7d, 4w")
    return seconds


def _tell_terms(context: StoresContext, seconds: int = 0) -> None:
    """Show what a store costs, before it is created."""
    kept = f"; it is removed {count_of(seconds // 86_400, 'day')} after its last use"
    terms = dialect_of(context.endpoint).terms
    context.stores.say(f"{_name(context)}: {terms}{kept if seconds else ''}")


def _add(
    context: StoresContext, store_id: str, specs: Iterable[FileSpec]
) -> tuple[list[StoredFile], Fault | None]:
    """Add files one after the other; returns those added, and the fault that stopped it if any."""
    held: list[StoredFile] = []
    try:
        for spec in specs:
            held.append(stores.add_file(context, store_id, spec))
            context.stores.say(f"{spec.name} is in the store")
    except (AichatError, Interrupted) as error:
        return held, error.fault
    return held, None


def list_stores(world: World, options: StoreListOptions) -> int:
    """List the stores."""
    context = open_stores(world, options.shared)
    if options.shared.dry_run:
        print_call(world, list_call(context.endpoint))
        return 0
    print_stores(context, "list", stores.list_stores(context), as_json=options.shared.json)
    return 0


def show_store(world: World, options: StoreOptions) -> int:
    """Show a store's details and files."""
    context = open_stores(world, options.shared)
    if options.shared.dry_run:
        print_call(world, show_call(context.endpoint, options.id))
        return 0
    found, held = stores.show_store(context, options.id)
    print_stores(context, "show", [found], held, as_json=options.shared.json)
    return 0


def add_files(world: World, options: AddOptions) -> int:
    """Add files to a store, and wait until they can be searched."""
    context = open_stores(world, options.shared)
    specs = [*map(read_spec, options.files)]
    if options.shared.dry_run:
        _print_adding(context, options.id, specs)
        return 0
    _tell_terms(context)
    held, fault = _add(context, options.id, specs)
    if options.shared.json:
        about = {"id": options.id, "files": held_entries(held)}
        world.write_json(document(context.endpoint, "files stores add", fault, **about))
    elif held:
        print_held(context, held)
    return end_command(world, fault)


def _print_adding(context: StoresContext, store_id: str, specs: Iterable[FileSpec]) -> None:
    """Print the call that adds each file, after its upload if that is separate."""
    endpoint, world = context.endpoint, context.files.world
    for spec in specs:
        if dialect_of(endpoint).uploads:
            print_call(world, upload_start(endpoint, store_id, spec))
        else:
            print_call(world, attach_call(endpoint, store_id, "FILE_ID"))


def remove_stores(world: World, options: StoreRemoveOptions) -> int:
    """Delete stores with all their files, or remove files from one."""
    context = open_stores(world, options.shared)
    if options.file and len(options.ids) > 1:
        raise usage_error("--file takes files out of one store: name one")

    def call(each: str) -> Call:
        return _removal(context, options.ids[0], each, of_file=bool(options.file))

    removal = Removal(
        *("file" if options.file else "store", "files stores rm", context.endpoint),
        options.file or options.ids,
        *(call, lambda each: stores.remove(context, call(each))),
    )
    return remove_all(world, removal, context.stores.say, options.shared, yes=options.yes)


def _removal(context: StoresContext, store_id: str, each: str, *, of_file: bool) -> Call:
    """The call that removes a file from a store, or deletes a store."""
    if of_file:
        return remove_file_call(context.endpoint, store_id, each)
    return remove_call(context.endpoint, each)


def _name(context: StoresContext) -> str:
    return context.files.endpoint.provider.name


def _provider(context: StoresContext) -> str:
    return f"-p {context.files.endpoint.provider.id}"


_ID = Argument("id", "The store's id, as create and list print it.")
_FILES = Argument("files", "Files to put in.", many=True)

COMMAND = Command(
    "stores",
    "Keep stores of files for ask --file-search.",
    (
        "aichat files stores create manuals *.pdf -p openai",
        "aichat ask -p openai --file-search vs_abc123 'How do I reset it?'",
    ),
    commands=(
        Command(
            "create",
            "Make a store and put files into it; says first what that costs.",
            (
                "aichat files stores create manuals *.pdf -p openai --expires 30d",
                "aichat files stores create notes notes.md -p gemini",
            ),
            options=(
                Option(
                    ("--expires",),
                    "How long it is kept unused, where that can be chosen; default 7d.",
                    metavar="TIME",
                ),
                *shared_options(),
            ),
            arguments=(
                Argument("name", "What it is called."),
                _FILES._replace(required=False),
            ),
            run=create_store,
            reads=CreateOptions,
        ),
        Command(
            "list",
            "List your stores.",
            (
                "aichat files stores list -p openai",
                "aichat files stores list -p gemini --json | jq '.stores[].id'",
            ),
            options=shared_options(),
            run=list_stores,
            reads=StoreListOptions,
        ),
        Command(
            "show",
            "Show a store and the files in it.",
            (
                "aichat files stores show vs_abc123 -p openai",
                "aichat files stores show fileSearchStores/notes-123 -p gemini --json",
            ),
            options=shared_options(),
            arguments=(_ID,),
            run=show_store,
            reads=StoreOptions,
        ),
        Command(
            "add",
            "Put files into a store, and wait until they can be searched.",
            (
                "aichat files stores add vs_abc123 report.pdf -p openai",
                "aichat files stores add collection_123 *.md -p xai",
            ),
            options=shared_options(),
            arguments=(_ID, _FILES),
            run=add_files,
            reads=AddOptions,
        ),
        Command(
            "rm",
            "Remove stores, or files out of one.",
            (
                "aichat files stores rm vs_abc123 -p openai --yes",
                "aichat files stores rm vs_abc123 --file file-abc123 -p openai",
            ),
            options=(
                Option(
                    ("--file",), "Only this file of the store; repeatable.", many=True, metavar="ID"
                ),
                YES_OPTION,
                *shared_options(),
            ),
            arguments=(Argument("ids", "Ids of stores.", many=True),),
            run=remove_stores,
            reads=StoreRemoveOptions,
        ),
    ),
)
