"""The stored conversations as a list of choices."""

from collections.abc import Sequence

from aichat.core.cli.candidate import Choice
from aichat.core.text.cells import pad, text_width, truncate
from aichat.core.text.dates import format_age
from aichat.core.text.numbers import count_of
from aichat.disk.history.store import Store

#: The most columns of a title.
_TITLE = 60


def conversation_choices(store: Store, limit: int, now: float) -> list[Choice]:
    """The latest by use, newest first: title, age and number of questions.

    ``now`` is in seconds since 1970. Errors: those of the store.
    """
    found = list(store.summaries(limit))
    asked = _question_counts(store, [about.id for about in found])
    ages = [format_age(now - about.updated) for about in found]
    wide = max(map(text_width, ages), default=0)
    return [
        Choice(
            about.id,
            f"{pad(age, wide, right=True)} · {count_of(asked.get(about.id, 0), 'question')}",
            truncate(about.title or about.id, _TITLE),
        )
        for about, age in zip(found, ages, strict=True)
    ]


def _question_counts(store: Store, conversations: Sequence[str]) -> dict[str, int]:
    marks = ",".join("?" * len(conversations))
    query = f"""
        SELECT conversation, COUNT(*) FROM turn
        WHERE role = 'user' AND conversation IN ({marks}) GROUP BY conversation"""  # noqa: S608  all ours
    return dict(store.rows(query, conversations))
