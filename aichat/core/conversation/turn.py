"""A conversation as a tree of turns: an edit, a retry and a fork branch, nothing is overwritten."""

from collections.abc import Iterable, Mapping
from typing import Literal

from aichat.core.exchange.answer import Answer
from aichat.core.message.media import Media
from aichat.core.message.message import (
    Message,
    Part,
    Raw,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
    ToolResult,
    has_media,
)
from aichat.core.message.tool_schema import Tool
from aichat.values import NamedTuple

Status = Literal["complete", "partial", "interrupted", "failed"]

#: Turns that no store has taken are numbered from here, far above any that it gives; or 0.
FIRST_UNSTORED = 10**12

#: Characters of a title that is made from a question.
_TITLE = 60


class Turn(NamedTuple):
    """One turn: what the user, the tools or the model said, and what it follows.

    ``number`` counts within the conversation and is never used again; ``parent``
    is the number of the turn before, None at the beginning. ``at`` is in seconds
    since 1970. ``answer`` has what is known about a model's turn but its message;
    ``instead_of`` names provider, model and wire that should have given it and could not.
    """

    message: Message
    at: float
    number: int = 0  # not stored yet
    parent: int | None = None
    status: Status = "complete"
    profile: str | None = None
    wire: str | None = None
    tools: tuple[Tool, ...] = ()
    answer: Answer | None = None
    instead_of: tuple[str, ...] = ()

    @property
    def role(self) -> str:
        """Who speaks."""
        return self.message.role


class Summary(NamedTuple):
    """A conversation without its turns; times are in seconds since 1970."""

    id: str
    title: str
    created: float
    updated: float
    head: int | None = None  # the turn that it goes on from
    turns: int = 0
    model: str | None = None  # of the last answer


class Conversation(NamedTuple):
    """A conversation with all its turns, in the order of writing."""

    about: Summary
    turns: tuple[Turn, ...]


class Draft(NamedTuple):
    """Turns to be stored, each following the one before it, the first following ``parent``.

    ``key`` names the draft: one that was stored is not stored again. With
    ``leads`` the conversation goes on from the last of them. ``places`` name the
    terminal pane and the folder where it was asked.
    """

    conversation: str
    title: str
    turns: tuple[Turn, ...] = ()
    parent: int | None = None
    key: str | None = None
    leads: bool = False
    places: tuple[str, ...] = ()

    @property
    def is_spoken(self) -> bool:
        """Whether words of it are still to come."""
        if not any(has_media(turn.message) for turn in self.turns):
            return False
        from aichat.core.message.spoken import is_spoken  # few are

        return any(is_spoken(turn.message) for turn in self.turns)

    def numbered_turns(self, last: int | None) -> tuple[Turn, ...]:
        """Its turns as they were stored, the last of them under that number."""
        if last is None:
            return self.turns
        first = last - len(self.turns) + 1
        parents = (self.parent, *range(first, last))
        return tuple(
            turn._replace(number=first + n, parent=parent)
            for n, (turn, parent) in enumerate(zip(self.turns, parents, strict=True))
        )


def unstored_turns(path: Iterable[Turn]) -> tuple[Turn, ...]:
    """The turns at the end of a path that no store has taken."""
    return tuple(turn for turn in path if not 0 < turn.number < FIRST_UNSTORED)


def path_to(turns: Iterable[Turn], number: int | None) -> tuple[Turn, ...]:
    """The turns from the beginning to the one called ``number``."""
    return path_among({turn.number: turn for turn in turns}, number)


def path_among(turns: Mapping[int, Turn], number: int | None) -> tuple[Turn, ...]:
    """The same, where the turns are known by their numbers."""
    path: dict[int, Turn] = {}
    while number is not None and number in turns and number not in path:  # it may be a circle
        path[number] = turns[number]
        number = turns[number].parent
    return tuple(reversed(path.values()))


def number_path(turns: Iterable[Turn], first: int) -> list[Turn]:
    """Turns that follow each other from a beginning, numbered from ``first``."""
    return [
        turn._replace(number=first + place, parent=first + place - 1 if place else None)
        for place, turn in enumerate(turns)
    ]


def status_of(answer: Answer) -> Status:
    """How an answer ended."""
    if answer.fault and answer.fault.kind == "interrupted":
        return "interrupted"
    if answer.is_complete:
        return "complete"
    if answer.background:
        return "partial"
    refused = answer.finish_reason in ("refusal", "content_filter")
    return "partial" if answer.message.parts and not refused else "failed"


def ending_of(answer: Answer) -> str:
    """How it ended, in one word: the kind of its fault, or the reason that the model gave."""
    return answer.fault.kind if answer.fault else answer.finish_reason or status_of(answer)


def can_continue(answer: Answer) -> bool:
    """Whether a conversation can go on from an answer: there is something in it."""
    kinds = Text | Refusal | ToolCall | Media
    paused = answer.finish_reason == "pause"
    return (
        paused or answer.background or any(isinstance(part, kinds) for part in answer.message.parts)
    )


def is_unfinished(turn: Turn) -> bool:
    """Whether a turn is an answer that could go on."""
    return turn.status in ("partial", "interrupted")


def is_in_background(turn: Turn) -> bool:
    """Whether a turn is an answer that the provider goes on with."""
    return turn.answer is not None and turn.answer.background


def is_paused(turn: Turn) -> bool:
    """Whether the provider stopped to be asked again: it wants all of it back, unchanged."""
    return turn.answer is not None and turn.answer.finish_reason == "pause"


def join_messages(cut: Turn, rest: Message) -> Message:
    """A cut answer and its rest as one message.

    Raw items, and the reasoning that belongs to them, stay only where the provider resumed it.
    """
    every = (*cut.message.parts, *rest.parts)
    whole = is_paused(cut) or not any(isinstance(part, Raw) and part.replay for part in every)
    parts: list[Part] = []
    for part in every:
        if isinstance(part, Raw | Reasoning) and not whole:
            continue
        last = parts[-1] if parts else None
        if isinstance(part, Text) and isinstance(last, Text):
            parts[-1] = last._replace(text=last.text + part.text)
        else:
            parts.append(part)
    return rest._replace(parts=tuple(parts))


def finish_turn(started: Turn, answer: Answer) -> Turn:
    """The turn of an answer that came, after what ``started`` had already."""
    said = join_messages(started, answer.message) if started.message.parts else answer.message
    return started._replace(message=said, answer=answer, status=status_of(answer))


def unanswered_path(turns: tuple[Turn, ...]) -> tuple[Turn, ...]:
    """The path to the last question, where nothing came back for it; else nothing."""
    asked = [turn for turn in turns if turn.role != "assistant"]
    if not asked:
        return ()
    answers = [turn.answer for turn in turns if turn.parent == asked[-1].number]
    lost = not any(answer and can_continue(answer) for answer in answers)
    return path_to(turns, asked[-1].number) if lost else ()


def open_calls(path: Iterable[Turn]) -> tuple[ToolCall, ...]:
    """The tool calls at the end of ``path`` that nothing has answered."""
    calls: dict[str, ToolCall] = {}
    for turn in path:
        if turn.role == "assistant":
            whole = turn.status == "complete"
            parts = turn.message.parts if whole else ()
            calls = {part.id: part for part in parts if isinstance(part, ToolCall)}
        for part in turn.message.parts:
            if isinstance(part, ToolResult):
                calls.pop(part.id, None)
    return tuple(calls.values())


def title_from(text: str) -> str:
    """A title out of a question: its first words, on one line."""
    line = " ".join(text.split(maxsplit=_TITLE)[:_TITLE])
    return line if len(line) <= _TITLE else line[: _TITLE - 1].rstrip() + "…"


def with_words(draft: Draft, heard: str | None) -> Draft:
    """A draft whose spoken turns say in writing what was heard; it names the conversation too."""
    from aichat.core.message import spoken  # few are

    if not any(spoken.is_spoken(turn.message) for turn in draft.turns):
        return draft
    names = {name for turn in draft.turns for name in spoken.spoken_names(turn.message)}
    title = draft.title if draft.title not in ("", *names) else title_from(heard or spoken.UNHEARD)
    written = (
        turn._replace(message=spoken.written_down(turn.message, heard)) for turn in draft.turns
    )
    return draft._replace(turns=tuple(written), title=title)


def name_from(random: bytes) -> str:
    """A name for a conversation, a character a byte: easy to read and to type."""
    alphabet = "23456789abcdefghjkmnpqrstuvwxyz"
    return "".join(alphabet[byte % len(alphabet)] for byte in random)
