"""Stored conversations as a training file."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aichat.app.calls.caller import placeholders_for
from aichat.app.calls.resource import ResourceContext
from aichat.app.history.open import open_store, read_sound
from aichat.core.conversation.foreign.export import training_line
from aichat.core.text.numbers import count_of
from aichat.errors import usage_error

#: The most turns of a search.
_MOST_HITS = 1_000_000


@contextmanager
def training_file(context: ResourceContext, query: str) -> Iterator[str]:
    """A temporary file of the conversations that match ``query``; an empty one matches all.

    Private data is replaced as set in ``[privacy]``. Errors: ``usage`` if none is usable.
    """
    store = open_store(context.world)
    hits = {hit.conversation for hit in store.search(query, _MOST_HITS)} if query.strip() else None
    found = [one for one in store.summaries(oldest=True) if hits is None or one.id in hits]
    with tempfile.TemporaryDirectory(prefix="aichat-tune-") as folder:
        path, written = Path(folder) / "history.jsonl", 0
        with path.open("w", encoding="utf-8", errors="replace") as file:
            for about in found:
                given = read_sound(context.world, store, about, "jsonl")
                line = training_line(given) if given else ""
                written += file.write(_as_sent(context, line)) > 0
        if not written:
            raise usage_error(f"no conversation with an answer has '{query}' in it")
        used = count_of(written, "conversation")
        context.say(f"{used} of {len(found)} that were found have an answer to learn from")
        yield str(path)


def _as_sent(context: ResourceContext, line: str) -> str:
    """A line with private data replaced; placeholders are numbered per line."""
    placeholders = placeholders_for(context.endpoint)
    if placeholders is None or not line:
        return line
    from aichat.core.message.private.calls import conceal_text  # rarely used

    return conceal_text(line.rstrip("\n"), placeholders) + "\n"
