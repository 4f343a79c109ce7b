"""``aichat history delete`` and ``prune``: remove conversations from every file with them."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from aichat.app.history.open import change_store, find_conversation, open_store
from aichat.app.models import completion_names
from aichat.core.cli.argv import YES_OPTION, Argument, Command, Option
from aichat.core.conversation.turn import Summary
from aichat.core.text.dates import format_time, parse_time
from aichat.core.text.numbers import count_of
from aichat.core.text.sanitize import sanitize_line
from aichat.disk.files import media
from aichat.disk.history.copies import erase_from, find_copies
from aichat.disk.history.store import Store
from aichat.disk.jobs.old_runs import OldRun, old_runs, remove_run
from aichat.disk.paths import data_dir
from aichat.errors import AichatError, Fault, usage_error
from aichat.process import stdin
from aichat.process.world import World
from aichat.term.widgets.confirm import ask_yes_no, confirm_removal
from aichat.values import NamedTuple

#: Files of this size in bytes take a moment to rewrite.
_LARGE = 20_000_000


class HistoryDeleteOptions(NamedTuple):
    """The options of ``history delete``; ``copies``: also delete whole copies of the store."""

    ids: tuple[str, ...]
    copies: bool
    yes: bool


class HistoryPruneOptions(NamedTuple):
    """The options of ``history prune``; ``copies`` as in ``HistoryDeleteOptions``."""

    older_than: str | None
    keep_size: str | None
    copies: bool
    dry_run: bool
    yes: bool


def delete(world: World, options: HistoryDeleteOptions) -> int:
    """Delete conversations permanently."""
    store = open_store(world)
    chosen = {about.id: about for about in (find_conversation(store, name) for name in options.ids)}
    lines = [_summary_line(about) for about in chosen.values()]
    return _remove(world, store, _Removal(list(chosen), lines, options.copies, options.yes))


def prune(world: World, options: HistoryPruneOptions) -> int:
    """Delete old conversations, or the oldest until the rest is small enough."""
    if bool(options.older_than) == bool(options.keep_size):
        raise usage_error("use either --older-than 90d or --keep-size 500M")
    store = open_store(world)
    names = set(_ids_to_prune(store, options, world.clock.now()))
    chosen = [about for about in store.summaries(oldest=True) if about.id in names]
    runs = _runs_to_prune(world, options)
    lines = [*map(_summary_line, chosen), *map(_run_line, runs)]
    if not lines:
        world.say("aichat: nothing to prune")
        return 0
    if options.dry_run:
        for line in lines:
            world.print_lines(sanitize_line(line))
        if options.copies:
            for copy in find_copies(data_dir(world.environ)):
                world.say(f"aichat: would also delete {copy}, with all that is in it")
        return 0
    ids = [about.id for about in chosen]
    return _remove(world, store, _Removal(ids, lines, options.copies, options.yes, runs))


def _runs_to_prune(world: World, options: HistoryPruneOptions) -> Sequence[OldRun]:
    """The runs of ``--each`` to delete, by age only, since they are not in the store."""
    if not options.older_than:
        return ()
    limit = parse_time(options.older_than, world.clock.now())
    return old_runs(data_dir(world.environ), limit)


def _run_line(run: OldRun) -> str:
    return f"--each  {format_time(run.used)}  {count_of(run.answers, 'answer')}"


def _summary_line(about: Summary) -> str:
    return f"{about.id}  {format_time(about.updated)}  {about.title}"


def _ids_to_prune(store: Store, options: HistoryPruneOptions, now: float) -> Iterator[str]:
    if options.older_than:
        limit = parse_time(options.older_than, now)
        yield from (about.id for about in store.summaries() if about.updated < limit)
    elif options.keep_size:
        yield from _oldest_beyond(store, stdin.parse_size(options.keep_size, "--keep-size"))


def _oldest_beyond(store: Store, room: int) -> Iterator[str]:
    """The oldest conversations, as many as needed for the rest to fit in ``room`` bytes."""
    sizes = store.sizes()
    total = sum(size for _, size in sizes)
    share = store.file_size / total if total else 1  # bytes of the file per byte of content
    for name, size in sizes:
        if total * share <= room:
            return
        total -= size
        yield name


class _Removal(NamedTuple):
    """What to delete; ``lines`` describe it in the question to the user."""

    ids: Sequence[str]
    lines: Sequence[str]
    with_copies: bool
    unasked: bool
    runs: Sequence[OldRun] = ()


def _remove(world: World, store: Store, removal: _Removal) -> int:
    """Remove conversations from the store and from each readable copy of it.

    Other copies are only deleted on request: they may be all that is left of other
    conversations.
    """
    folder = data_dir(world.environ)
    copies = find_copies(folder)
    with_copies = removal.with_copies
    if not removal.unasked:
        confirm_removal(world, "Delete permanently?", removal.lines)
        with_copies = with_copies or _confirm_copies(world, copies)
    _remove_runs(world, removal.runs)
    if not removal.ids:
        return 0
    if store.file_size > _LARGE:
        world.say(f"aichat: rewriting {stdin.format_size(store.file_size)} to erase all traces")
    freed = set[str]().union(*map(store.media_of, removal.ids))
    from aichat.app.history.mirror import configured_mirror  # rarely used

    if mirror := configured_mirror(world.environ, lambda line: world.say(f"aichat: {line}")):
        mirror.remove(store, removal.ids)
    change_store(lambda: store.delete(removal.ids))
    _run_removal(lambda: media.collect(folder, store.media_of(), freed), "their media")
    completion_names.update_conversations(world, store)
    count = count_of(len(removal.ids), "conversation")
    world.say(f"aichat: {count} removed; token counts are kept for budgets, without text")
    _clean_copies(world, copies, removal.ids, whole=with_copies)
    return 0


def _remove_runs(world: World, runs: Sequence[OldRun]) -> None:
    removed = 0
    for run in runs:
        try:
            removed += remove_run(run)
        except OSError as error:
            raise AichatError(Fault("output", f"cannot remove {run.path}: {error}")) from error
    if runs:
        world.say(f"aichat: {count_of(removed, 'run')} of --each removed")


def _clean_copies(world: World, copies: Sequence[Path], ids: Sequence[str], *, whole: bool) -> None:
    """Remove the conversations from copies, or delete ``whole`` copies, and report what is left."""
    left = copies if whole else [copy for copy in copies if not erase_from(copy, ids)]
    if whole:
        for copy in copies:
            _run_removal(partial(copy.unlink, missing_ok=True), copy)
        if copies:
            world.say(f"aichat: also removed copies that may have held them: {len(copies)}")
    elif left:
        world.say(
            f"aichat: {count_of(len(left), 'file')} that cannot be read may still contain "
            f"them, such as {left[0]}; --copies deletes such files, and all else in them"
        )


def _confirm_copies(world: World, copies: Sequence[Path]) -> bool:
    """Ask whether to delete whole copies too, with the other conversations in them."""
    if not copies:
        return False
    for copy in copies:
        world.say(f"  {copy}")
    question = "Delete these copies of the store too, with everything else in them?"
    return ask_yes_no(world, question)


def _run_removal(remove: Callable[[], object], what: object) -> None:
    try:
        remove()
    except OSError as error:
        raise AichatError(Fault("output", f"cannot remove {what}: {error.strerror}")) from error


_COPIES = Option(
    ("--copies",), "Also delete whole copies of the store, such as one set aside as broken.", bool
)

DELETE = Command(
    "delete",
    "Delete conversations permanently, from the store, its log and its copies.",
    ("aichat history delete last", "aichat history delete k3f9 --yes"),
    options=(_COPIES, YES_OPTION),
    arguments=(Argument("ids", "Ids, unique prefixes, titles, or last.", many=True),),
    run=delete,
    reads=HistoryDeleteOptions,
)

PRUNE = Command(
    "prune",
    "Delete old conversations, by age or total size; by age also what is kept of --each.",
    ("aichat history prune --older-than 90d --dry-run", "aichat history prune --keep-size 500M"),
    options=(
        Option(("--older-than",), "Delete those not used since: 90d, 2026-01-01.", metavar="WHEN"),
        Option(
            ("--keep-size",), "Delete the oldest until the store fits this size.", metavar="SIZE"
        ),
        _COPIES,
        Option(("--dry-run",), "Only list what would be deleted.", bool),
        YES_OPTION,
    ),
    run=prune,
    reads=HistoryPruneOptions,
)
