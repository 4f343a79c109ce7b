"""Conversations of other programs turned into ours: numbered turns, branches kept."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from aichat.core.conversation.turn import Conversation, Summary, Turn, title_from
from aichat.core.exchange.answer import Answer
from aichat.core.message.message import Message, Part, ServerTool, text_of
from aichat.values import NamedTuple

#: Finds the bytes of an attachment by its name in the conversation; None if they are missing.
FindFile = Callable[[str], bytes | None]


class ForeignTurn(NamedTuple):
    """One message, under the ``key`` it has in its source; ``model`` is who said it.

    ``at`` is in seconds since 1970; None if unknown.
    """

    key: str
    message: Message
    at: float | None
    model: str = ""


class ForeignTalk(NamedTuple):
    """A conversation as its source has it: ``parents`` has the parent of every node.

    ``left_out`` names what was left out, in a word or two each.
    """

    id: str
    title: str
    created: float | None
    updated: float | None
    turns: Sequence[ForeignTurn]
    parents: Mapping[str, str | None]
    head: str | None = None
    left_out: Sequence[str] = ()


def make_conversation(talk: ForeignTalk) -> Conversation:
    """The same as our ``Conversation``. Errors: ``ValueError`` if nothing is said in it."""
    if not talk.turns:
        raise ValueError("nothing is said in it")
    said = {turn.key: turn for turn in talk.turns}
    above = {key: _nearest(talk.parents.get(key), talk.parents, said) for key in said}
    wholes = _join_answers(said, above)
    kept = [_with_results(turn) for key, turn in said.items() if wholes[key] == key]
    numbers = {turn.key: number for number, turn in enumerate(kept, 1)}
    times = [turn.at for turn in kept if turn.at is not None]
    created = talk.created or min(times, default=0.0)
    turns = []
    for turn in kept:
        before = above[turn.key]
        parent = numbers[wholes[before]] if before is not None else None
        turns.append(_turn(turn, numbers[turn.key], parent, created))
    head = _nearest(talk.head, talk.parents, said) or kept[-1].key
    asked = next((text_of(turn.message) for turn in turns if turn.role == "user"), "")
    title = title_from(talk.title) or title_from(asked) or "untitled"
    updated = talk.updated or max(times, default=created)
    about = Summary(talk.id, title, created, updated, numbers[wholes[head]], len(turns))
    return Conversation(about, tuple(turns))


def _turn(given: ForeignTurn, number: int, parent: int | None, created: float) -> Turn:
    answer = None
    if given.message.role == "assistant":  # it came from elsewhere, so it cost nothing here
        answer = Answer("", given.model, given.message, finish_reason="stop")
    at = created if given.at is None else given.at
    return Turn(given.message, at, number, parent, answer=answer)


def _nearest(
    key: str | None, parents: Mapping[str, str | None], said: Mapping[str, ForeignTurn]
) -> str | None:
    """The nearest turn at or above ``key``; cycles among the parents end the search."""
    seen = set()
    while key is not None and key not in said and key not in seen:
        seen.add(key)
        key = parents.get(key)
    return key if key in said else None


def _join_answers(said: dict[str, ForeignTurn], above: Mapping[str, str | None]) -> dict[str, str]:
    """Join an answer that was recorded in pieces, unless something else came in between.

    Returns the key of the joined turn for each key; ``said`` is changed to hold those.
    """
    followers = Counter(above.values())
    wholes: dict[str, str] = {}
    for key in said:
        before = above[key]
        whole = wholes.get(before) if before is not None else None
        is_rest = whole is not None and followers[before] == 1
        if whole is None or not is_rest or not _both_answer(said[whole], said[key]):
            wholes[key] = key
            continue
        first, rest = said[whole], said[key]
        message = first.message._replace(parts=(*first.message.parts, *rest.message.parts))
        said[whole] = first._replace(message=message, model=rest.model or first.model)
        wholes[key] = whole
    return wholes


def _with_results(turn: ForeignTurn) -> ForeignTurn:
    """The turn with the output of each of its tools put into the call that it follows."""
    parts: list[Part] = []
    for part in turn.message.parts:
        place = _open_call(parts, part)
        call = parts[place] if place is not None else None
        if place is not None and isinstance(call, ServerTool) and isinstance(part, ServerTool):
            parts[place] = call._replace(output=part.output)
        else:
            parts.append(part)
    return turn._replace(message=turn.message._replace(parts=tuple(parts)))


def _open_call(parts: Sequence[Part], result: Part) -> int | None:
    """The index of the call that ``result`` belongs to: the last one with its id."""
    if not isinstance(result, ServerTool) or result.input or not result.output:
        return None
    calls = (
        place
        for place, part in reversed([*enumerate(parts)])
        if isinstance(part, ServerTool) and part.id == result.id and not part.output
    )
    return next(calls, None)


def _both_answer(one: ForeignTurn, other: ForeignTurn) -> bool:
    return one.message.role == other.message.role == "assistant"


def parents_first(
    turns: Iterable[ForeignTurn], parents: Mapping[str, str | None]
) -> list[ForeignTurn]:
    """The turns, sorted so that each comes after its parent."""
    given = {turn.key: turn for turn in turns}
    placed: dict[str, ForeignTurn] = {}
    for key in given:
        trail: list[str] = []
        above: str | None = key
        seen = set()
        while above is not None and above not in placed and above not in seen:
            seen.add(above)
            trail += [above] if above in given else []
            above = parents.get(above)
        placed |= {name: given[name] for name in reversed(trail)}
    return [*placed.values()]


def text_in(value: Any) -> str:
    """The value if it is a string, else an empty one."""
    return value if isinstance(value, str) else ""
