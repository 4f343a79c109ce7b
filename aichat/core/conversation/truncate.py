"""Dropping the oldest turns of a conversation that no longer fits its model."""

import re

from aichat.core.message.message import Message

#: A margin for differences in counting: we keep this share of what would fit.
_MARGIN = 0.9


def drop_oldest_turns(messages: tuple[Message, ...], refusal: str) -> tuple[Message, ...] | None:
    """``messages`` without their oldest turns; None if only the question is left.

    ``refusal`` is the server's message: if it names its limit and the tokens it got,
    their ratio tells how much has to go, else the older half goes.
    A question goes together with its answer, tool calls and results.
    """
    starts = [n for n, message in enumerate(messages) if message.role == "user"]
    if len(starts) < 2:
        return None
    system = messages[: starts[0]]
    sizes = [_size(messages[a:b]) for a, b in zip(starts, [*starts[1:], None], strict=True)]
    room = sum(sizes) * _share_to_keep(refusal)
    place, kept = len(starts) - 1, sizes[-1]
    while place > 1 and kept + sizes[place - 1] <= room:
        place -= 1
        kept += sizes[place]
    return (*system, *messages[starts[place] :])


def _size(messages: tuple[Message, ...]) -> int:
    return sum(len(repr(message.parts)) for message in messages)


def _share_to_keep(refusal: str) -> float:
    """The share of the conversation that may stay, 0 to 1."""
    plain = re.sub(r"(?<=\d),(?=\d{3})", "", refusal)
    counts = sorted({int(n) for n in re.findall(r"(?<![\w.-])\d{3,}(?![\w-])", plain)})
    return counts[-2] / counts[-1] * _MARGIN if len(counts) >= 2 else 0.5
