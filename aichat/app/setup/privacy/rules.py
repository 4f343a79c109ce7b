"""Redaction as ``[privacy]`` in the config asks for it."""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from aichat.core.config.schema import PATTERN_PREFIX
from aichat.core.message.private.kinds import LABELS
from aichat.core.message.private.placeholders import Redaction
from aichat.core.text.redact import is_secret_name
from aichat.disk.config import credentials

#: A shorter environment value is taken for no key.
_SHORTEST = 8


def make_redaction(
    privacy: Mapping[str, Any], environ: Mapping[str, str], folder: Path
) -> Redaction:
    """What to redact before sending; ``secret`` also covers the user's own keys.

    Errors: ``config`` for an unreadable key file.
    """
    entries: Sequence[str] = privacy["redact"]
    patterns = tuple(
        entry.removeprefix(PATTERN_PREFIX) for entry in entries if entry.startswith(PATTERN_PREFIX)
    )
    known = tuple(dict.fromkeys(_own_secrets(environ, folder))) if "secret" in entries else ()
    kinds = tuple(kind for kind in LABELS if kind in entries)
    return Redaction(kinds, known, _search(patterns, environ) if patterns else None)


def _own_secrets(environ: Mapping[str, str], folder: Path) -> Iterator[str]:
    yield from credentials.read(folder).values()
    for name, value in environ.items():
        if is_secret_name(name) and len(value) >= _SHORTEST and not value.isalpha():
            yield value


def _search(patterns: tuple[str, ...], environ: Mapping[str, str]) -> Any:
    return _kept_search(patterns, tuple(environ.items()))


@lru_cache(1)
def _kept_search(patterns: tuple[str, ...], environ: tuple[tuple[str, str], ...]) -> Any:
    """One search for all requests of a run, so that no text is searched twice."""
    from aichat.app.setup.privacy.search import PatternSearch  # few have patterns of their own

    return PatternSearch(patterns, dict(environ))
