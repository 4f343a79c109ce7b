"""``aichat files``: the user's files at a provider."""

import re
from functools import partial
from pathlib import Path

from aichat.app.calls.dry_run import print_call
from aichat.app.calls.resource import ResourceOptions, document, end_command
from aichat.app.media.files import remote
from aichat.app.media.files.context import FilesContext
from aichat.app.media.files.upload import DEFAULT_LIFE, put, way_of
from aichat.app.models.gone import gone_help
from aichat.commands.files import caches, stores
from aichat.commands.files.options import OPTIONS, open_files, read_spec
from aichat.commands.files.removal import Removal, remove_all
from aichat.commands.files.show import print_files
from aichat.core.cli.argv import FORCE_OPTION, YES_OPTION, Argument, Command, Option
from aichat.core.http.call import Call
from aichat.core.text.sanitize import sanitize_line
from aichat.disk.files.atomic import check_new_target
from aichat.disk.files.upload import MultipartForm, file_source
from aichat.disk.paths import expand_path
from aichat.errors import AichatError, Fault, Interrupted, usage_error
from aichat.process.world import World
from aichat.values import NamedTuple
from aichat.wires.resources import files
from aichat.wires.resources.files import FileSpec, RemoteFile
from aichat.wires.resources.resumable import parts_start, resumable_start

#: The default limit of listed files.
_LISTED = 100

_UNITS = {"h": 3600, "d": 86_400, "w": 604_800}


class PutOptions(NamedTuple):
    """The options of ``files put``."""

    files: tuple[str, ...]
    purpose: str | None
    expires: str | None
    shared: ResourceOptions


class ListOptions(NamedTuple):
    """The options of ``files list``."""

    limit: int | None
    shared: ResourceOptions


class FileOptions(NamedTuple):
    """The options of commands about one file."""

    id: str
    shared: ResourceOptions


class GetOptions(NamedTuple):
    """The options of ``files get``."""

    id: str
    output: str | None
    force: bool
    shared: ResourceOptions


class RemoveOptions(NamedTuple):
    """The options of ``files rm``."""

    ids: tuple[str, ...]
    yes: bool
    shared: ResourceOptions


def put_files(world: World, options: PutOptions) -> int:
    """Upload files, one after the other, except those already uploaded."""
    context = open_files(world, options.shared)
    expires = _parse_life(context, options.expires)
    specs = [
        read_spec(name)._replace(purpose=options.purpose, expires=expires) for name in options.files
    ]
    if options.shared.dry_run:
        for spec in specs:
            _print_upload(context, spec)
        return 0
    found: list[RemoteFile] = []
    fault: Fault | None = None
    try:
        found += (put(context, spec) for spec in specs)
    except (AichatError, Interrupted) as error:
        if not found:
            raise
        fault = error.fault
    print_files(context, "put", found, fault, as_json=options.shared.json)
    return end_command(world, fault)


def _parse_life(context: FilesContext, text: str | None) -> int | None:
    """A time such as ``7d`` in seconds. Errors: ``usage`` if invalid or not supported."""
    if text is None:
        return None
    found = re.fullmatch(r"(\d{1,5})([hdw])", text)
    if not found:
        raise usage_error(f"--expires {text}: expected a time", "examples: 12h, 7d, 4w")
    seconds, dialect = int(found[1]) * _UNITS[found[2]], context.dialect
    if dialect.expiry is None:
        raise usage_error(f"{context.endpoint.provider.name} does not let you choose how long")
    least, most = dialect.life
    if not least <= seconds <= most:
        raise usage_error(f"--expires {text}: must be from {least // 3600}h to {most // 86_400}d")
    return seconds


def _print_upload(context: FilesContext, spec: FileSpec) -> None:
    """Print the first call of an upload as a curl command."""
    spec = spec._replace(expires=spec.expires or (DEFAULT_LIFE if context.dialect.expiry else None))
    begin = {"resumable": resumable_start, "parts": parts_start, "policy": files.policy_call}
    if make := begin.get(way_of(context.dialect, spec)):
        print_call(context.world, make(context.endpoint, spec))
        return
    call, fields = files.form_upload(context.endpoint, spec)
    print_call(context.world, call._replace(body=MultipartForm(fields, file_source)))


def list_files(world: World, options: ListOptions) -> int:
    """List the files, in the provider's order."""
    if options.limit is not None and options.limit < 1:
        raise usage_error("--limit must be at least 1")
    context = open_files(world, options.shared)
    if _printed(context, options.shared, files.list_call(context.endpoint)):
        return 0
    found = remote.list_files(context, options.limit or _LISTED)
    print_files(context, "list", found, as_json=options.shared.json)
    return 0


def show_file(world: World, options: FileOptions) -> int:
    """Show a file's details."""
    context = open_files(world, options.shared)
    if not _printed(context, options.shared, files.show_call(context.endpoint, options.id)):
        found = remote.show_file(context, options.id)
        print_files(context, "show", [found], as_json=options.shared.json)
    return 0


def get_file(world: World, options: GetOptions) -> int:
    """Download a file, by default under its own name; existing files are not overwritten."""
    context = open_files(world, options.shared)
    call = files.content_call(context.endpoint, options.id)
    if _printed(context, options.shared, call):
        return 0
    if options.output == "-":
        if world.stdout_tty:
            raise usage_error("the bytes of a file are not for a terminal", "--output FILE")
        remote.fetch(context, call, world.write_bytes)
        return 0
    target = _target(context, options)
    check_new_target(target, force=options.force)
    remote.fetch_to(context, call, target)
    if options.shared.json:
        entry = {"path": str(target), "bytes": target.stat().st_size, "id": options.id}
        world.write_json(document(context.endpoint, "files get", files=[entry]))
    else:
        world.print_lines(str(target))
    return 0


def _target(context: FilesContext, options: GetOptions) -> Path:
    if options.output and not (path := expand_path(options.output)).is_dir():
        return path
    told = remote.show_file(context, options.id).name or options.id
    name = re.sub(r"[^\w.()+ -]", "_", sanitize_line(told).replace("\\", "/").rpartition("/")[2])
    folder = expand_path(options.output) if options.output else Path()
    return folder / (name.lstrip(".")[:200] or "file")


def read_text(world: World, options: FileOptions) -> int:
    """Print the text that the provider extracted from a file."""
    context = open_files(world, options.shared)
    call = files.text_call(context.endpoint, options.id)
    if call and _printed(context, options.shared, call):
        return 0
    text = remote.read_text(context, options.id)
    if options.shared.json:
        world.write_json(document(context.endpoint, "files text", id=options.id, text=text))
    else:
        world.print_lines(text.removesuffix("\n"))
    return 0


def remove_files(world: World, options: RemoveOptions) -> int:
    """Delete files at the provider."""
    context = open_files(world, options.shared)
    removal = Removal(
        *("file", "files rm", context.endpoint, options.ids),
        *(partial(files.remove_call, context.endpoint), partial(remote.remove_file, context)),
    )
    return remove_all(world, removal, context.say, options.shared, yes=options.yes)


def _printed(context: FilesContext, options: ResourceOptions, call: Call) -> bool:
    """Print the request if it is a dry run; whether it was."""
    if options.dry_run:
        print_call(context.world, call)
    return options.dry_run


_ID = Argument("id", "The file's id, as put and list print it.")

COMMAND = Command(
    name="files",
    summary="Upload, list, fetch and delete files at a provider.",
    examples=("aichat files put report.pdf -p openai", "aichat files list -p gemini"),
    commands=(
        Command(
            "put",
            "Upload files; one that is there already is not sent again.",
            ("aichat files put report.pdf -p openai --expires 7d", "aichat files put *.mp4"),
            options=(
                Option(("--purpose",), "What for, in the provider's words.", metavar="P"),
                Option(
                    ("--expires",),
                    "How long it is kept, where that can be chosen; default 2d.",
                    metavar="TIME",
                ),
                *OPTIONS,
            ),
            arguments=(Argument("files", "Files to upload.", many=True),),
            run=put_files,
            reads=PutOptions,
        ),
        Command(
            "list",
            "List your files.",
            ("aichat files list -p openai", "aichat files list --json | jq '.files[].id'"),
            options=(
                Option(("--limit",), "At most this many; default 100.", int, metavar="N"),
                *OPTIONS,
            ),
            run=list_files,
            reads=ListOptions,
        ),
        Command(
            "show",
            "Show what is known of a file.",
            ("aichat files show file-abc123 -p openai", "aichat files show ID --json"),
            options=OPTIONS,
            arguments=(_ID,),
            run=show_file,
            reads=FileOptions,
        ),
        Command(
            "get",
            "Download a file.",
            ("aichat files get file-abc123 -p openai", "aichat files get ID -O - > out.csv"),
            options=(
                Option(("-O", "--output"), "A file, a folder, or - for stdout.", metavar="FILE"),
                FORCE_OPTION,
                *OPTIONS,
            ),
            arguments=(_ID,),
            run=get_file,
            reads=GetOptions,
        ),
        Command(
            "text",
            "Print the text that the provider read in a file.",
            ("aichat files text ID -p moonshot", "aichat files text ID -p xai > report.txt"),
            options=OPTIONS,
            arguments=(_ID,),
            run=read_text,
            reads=FileOptions,
        ),
        Command(
            "rm",
            "Delete files at the provider.",
            ("aichat files rm file-abc123 -p openai", "aichat files rm ID1 ID2 --yes"),
            options=(YES_OPTION, *OPTIONS),
            arguments=(Argument("ids", "Ids of files.", many=True),),
            run=remove_files,
            reads=RemoveOptions,
        ),
        caches.COMMAND,
        stores.COMMAND,
    ),
    extra_help=gone_help("files"),
)
