"""``aichat history export`` and ``import``: conversations in files."""

import json
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from aichat.app.history.export import ENDINGS, FORMATS, with_media, write_archive
from aichat.app.history.open import change_store, find_conversation, open_store, read_sound
from aichat.app.models import completion_names
from aichat.core.cli.argv import Argument, Command, Option
from aichat.core.conversation import serialize, validate
from aichat.core.conversation.turn import Conversation
from aichat.core.text.numbers import count_of
from aichat.core.text.sanitize import sanitize, sanitize_json
from aichat.disk.files.atomic import check_target, write_whole
from aichat.disk.history.store import Store
from aichat.disk.paths import config_dir, data_dir, expand_path
from aichat.errors import AichatError, Fault, config_error, usage_error
from aichat.process.world import World
from aichat.term.widgets.progress import track_progress
from aichat.values import NamedTuple


class HistoryExportOptions(NamedTuple):
    """The options of ``history export``."""

    id: str | None
    all: bool
    mirror: bool
    format: str | None
    output: str | None


class HistoryImportOptions(NamedTuple):
    """The options of ``history import``."""

    file: str


def export(world: World, options: HistoryExportOptions) -> int:
    """Write conversations in one of the formats, of which JSON and JSONL are lossless."""
    if options.mirror:
        return _export_to_mirror(world, options)
    if bool(options.id) == options.all:
        raise usage_error("name a conversation, or use --all")
    target = expand_path(options.output) if options.output else None
    if target:
        check_target(target)
    kind = options.format or (ENDINGS.get(target.suffix.lower()) if target else None)
    kind = kind or ("jsonl" if options.all else "md")
    chosen = _select_conversations(world, options, kind)
    if target and target.suffix.lower() == ".zip":
        if kind != "chatgpt":
            raise usage_error(f"--format {kind} makes no archive", "name another --output")
        _write_archive(target, chosen, partial(_warn, world))
        return 0
    pieces = FORMATS[kind](chosen)
    if target:
        write_whole(target, (each.encode("utf-8", "replace") for each in pieces), private=True)
        return 0
    for piece in pieces:
        shown = sanitize_json if kind not in ("md", "html") else sanitize
        world.write_text(_sanitize_lines(piece, shown) if world.stdout_tty else piece)
    return 0


def _write_archive(
    target: Path, given: Iterable[Conversation], tell: Callable[[str], object]
) -> None:
    try:
        write_archive(target, given, tell)
    except OSError as error:
        raise AichatError(Fault("output", f"cannot write {target}: {error.strerror}")) from error


def _export_to_mirror(world: World, options: HistoryExportOptions) -> int:
    """Write all conversations, or the named one, to the mirror's folder."""
    from aichat.app.history.mirror import configured_mirror  # few use a mirror
    from aichat.disk.config import toml_file

    if options.format or options.output:
        raise usage_error("--mirror goes with neither --format nor --output")
    config, store = toml_file.load(config_dir(world.environ)).path, open_store(world)
    mirror = configured_mirror(world.environ, lambda line: world.say(f"aichat: {line}"))
    if mirror is None:
        raise config_error(f"no [store] mirror in {config}", 'add one, such as: mirror = "~/chats"')
    named = [find_conversation(store, options.id)] if options.id else [*store.summaries()]
    ids = [about.id for about in named]
    written = mirror.write(store, track_progress(world, "mirroring", ids, len(ids)))
    world.say(f"aichat: {count_of(written, 'conversation')} of {len(ids)} in {mirror.folder}")
    return 0


def _sanitize_lines(text: str, shown: Callable[[str], str]) -> str:
    return "\n".join(map(shown, text.split("\n")))


def _select_conversations(
    world: World, options: HistoryExportOptions, kind: str
) -> Iterator[Conversation]:
    store, named = open_store(world), options.id
    chosen = [find_conversation(store, named)] if named else list(store.summaries(oldest=True))
    sound = filter(None, (read_sound(world, store, about, kind) for about in chosen))
    folder = data_dir(world.environ)
    return (with_media(each, kind, folder, partial(_warn, world)) for each in sound)


def _warn(world: World, line: str) -> None:
    world.say(f"aichat: warning: {line}")


#: The hint after an import.
_NEXT = "aichat: find them: aichat history search WORDS; in the chat /find WORDS, then /load NUMBER"


def import_file(world: World, options: HistoryImportOptions) -> int:
    """Import conversations exported by this program or another."""
    from aichat.app.history.foreign_files import is_foreign
    from aichat.app.history.importing import import_export, is_stored

    path, store = expand_path(options.file), open_store(world)
    if is_foreign(path):
        outcome = import_export(world, store, path)
        for line in outcome.lines():
            world.say(f"aichat: {line}")
        completion_names.update_conversations(world, store)
        if outcome.imported and world.stderr_tty:
            world.say(_NEXT)
        return 0
    found = list(_read_conversations(path))
    found = [store.name_media(each) for each in found]
    new = [each for each in found if not is_stored(store, each)]
    free = list(_with_free_ids(store, new, world))
    change_store(
        lambda: store.add_conversations(
            free, lambda all_: track_progress(world, "importing", all_, len(free))
        )
    )
    completion_names.update_conversations(world, store)
    world.say(f"aichat: imported {len(new)}; {len(found) - len(new)} already there")
    return 0


def _read_conversations(path: Path) -> Iterator[Conversation]:
    """The conversations in a file. Errors: ``usage``, naming the line."""
    from aichat.app.history.foreign_files import PROMPTS_HINT

    try:
        text = path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not UTF-8"
        raise usage_error(f"cannot read {path}: {why}") from error
    document = _parse_document(text)
    for number, value in enumerate(text.split("\n") if document is None else document, 1):
        if value == "":
            continue
        try:
            given = json.loads(value) if isinstance(value, str) else value
            yield _require_valid(serialize.load_conversation(given))
        except (ValueError, RecursionError):
            place = f"{path}:{number}" if document is None else f"conversation {number} of {path}"
            hint = "only exports can be imported: JSON, JSONL, or another program's archive"
            hint = PROMPTS_HINT if path.suffix in (".md", ".toml") else hint
            raise usage_error(f"{place} is not an exported conversation", hint) from None


def _require_valid(given: Conversation) -> Conversation:
    """The given conversation. Errors: ``ValueError`` if a field is invalid."""
    if not validate.is_valid(given):
        raise ValueError("not a conversation")
    return given


def _parse_document(text: str) -> list[Any] | None:
    """The conversations in a ``json`` export; None for anything else."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    listed = value.get("conversations") if isinstance(value, dict) else None
    return listed if isinstance(listed, list) else None


def _with_free_ids(
    store: Store, given: Iterable[Conversation], world: World
) -> Iterator[Conversation]:
    """The conversations with unused ids, so that none in the store is overwritten."""
    used_ids: set[str] = set()
    for each in given:
        name, number = each.about.id, 1
        while name in used_ids or store.find_by_id(name):
            number += 1
            name = f"{each.about.id}-{number}"
        used_ids.add(name)
        if number > 1:
            world.say(
                f"aichat: {each.about.id} is taken by another conversation: imported as {name}"
            )
        yield each._replace(about=each.about._replace(id=name))


EXPORT = Command(
    "export",
    "Export conversations as Markdown, JSON, JSONL, HTML, for ChatGPT or to learn from.",
    ("aichat history export last --output talk.html", "aichat history export --all > all.jsonl"),
    options=(
        Option(("--all",), "Every conversation.", bool),
        Option(
            ("--format",),
            "How it is written; default: by the name of FILE (.zip: chatgpt, with media), else md, "
            "or jsonl with --all.",
            metavar="FORMAT",
            choices=tuple(FORMATS),
        ),
        Option(("-O", "--output"), "Write to FILE instead of stdout.", metavar="FILE"),
        Option(("--mirror",), "Write whatever is missing from the folder of [store] mirror.", bool),
    ),
    arguments=(Argument("id", "An id, unique prefix, title, or last.", required=False),),
    run=export,
    reads=HistoryExportOptions,
)

IMPORT = Command(
    "import",
    "Import conversations: exports, also of ChatGPT, Claude and llm, and sessions of agents.",
    ("aichat history import all.jsonl", "aichat history import chatgpt-export.zip"),
    arguments=(
        Argument(
            "file",
            "An export (aichat, ChatGPT, Claude), also unpacked; a session (Claude Code, Codex, "
            "Gemini CLI, kimi-cli, older aichat) or a folder of them; llm's logs.db.",
        ),
    ),
    run=import_file,
    reads=HistoryImportOptions,
)
