"""A conversation as a tree of turns: edits, retries and forks branch, nothing is overwritten."""

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

#: Unstored turns are numbered from here, far above any stored number, or are 0.
FIRST_UNSTORED = 10**12

#: The most characters of a title made from a question.
_TITLE = 60


class Turn(NamedTuple):
    """One turn: what the user, the tools or the model said, and the turn it follows.

    ``number`` counts within the conversation and is never reused; ``parent`` is the
    number of the turn before, None for a first one. ``at`` is in seconds since 1970.
    ``answer`` has all that is known about a model's turn except its message;
    ``instead_of`` names the provider, model and wire that failed to answer before.
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
    head: int | None = None  # the turn that the next one follows
    turns: int = 0
    model: str | None = None  # of the last answer


class Conversation(NamedTuple):
    """A conversation with all its turns, in the order they were written."""

    about: Summary
    turns: tuple[Turn, ...]


class Draft(NamedTuple):
    """Turns to be stored, each following the one before it, the first following ``parent``.

    ``key`` identifies the draft, so that it is stored only once. With ``leads`` the
    conversation continues from its last turn. ``places`` name the terminal pane and
    the folder it was asked in.
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
        """Whether it has speech that is not transcribed yet."""
        if not any(has_media(turn.message) for turn in self.turns):
            return False
        from aichat.core.message.spoken import is_spoken  # few are

        return any(is_spoken(turn.message) for turn in self.turns)

    def numbered_turns(self, last: int | None) -> tuple[Turn, ...]:
        """Its turns with the numbers they were stored under; ``last`` is that of the last."""
        if last is None:
            return self.turns
        first = last - len(self.turns) + 1
        parents = (self.parent, *range(first, last))
        return tuple(
            turn._replace(number=first + n, parent=parent)
            for n, (turn, parent) in enumerate(zip(self.turns, parents, strict=True))
        )


def unstored_turns(path: Iterable[Turn]) -> tuple[Turn, ...]:
    """The unstored turns at the end of a path."""
    return tuple(turn for turn in path if not 0 < turn.number < FIRST_UNSTORED)


def path_to(turns: Iterable[Turn], number: int | None) -> tuple[Turn, ...]:
    """The turns from the beginning to the one with ``number``."""
    return path_among({turn.number: turn for turn in turns}, number)


def path_among(turns: Mapping[int, Turn], number: int | None) -> tuple[Turn, ...]:
    """The same, given the turns by number."""
    path: dict[int, Turn] = {}
    while number is not None and number in turns and number not in path:  # parents may form a cycle
        path[number] = turns[number]
        number = turns[number].parent
    return tuple(reversed(path.values()))


def number_path(turns: Iterable[Turn], first: int) -> list[Turn]:
    """The turns as a path from a beginning, numbered from ``first``."""
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
    """How an answer ended, in one word: the kind of its fault, or the model's finish reason."""
    return answer.fault.kind if answer.fault else answer.finish_reason or status_of(answer)


def can_continue(answer: Answer) -> bool:
    """Whether a conversation can continue from an answer: it is not empty."""
    kinds = Text | Refusal | ToolCall | Media
    paused = answer.finish_reason == "pause"
    return (
        paused or answer.background or any(isinstance(part, kinds) for part in answer.message.parts)
    )


def is_unfinished(turn: Turn) -> bool:
    """Whether a turn is an answer that could be continued."""
    return turn.status in ("partial", "interrupted")


def is_in_background(turn: Turn) -> bool:
    """Whether a turn is an answer that the provider is still working on."""
    return turn.answer is not None and turn.answer.background


def is_paused(turn: Turn) -> bool:
    """Whether the provider paused, and wants all of it back, unchanged, to continue."""
    return turn.answer is not None and turn.answer.finish_reason == "pause"


def join_messages(cut: Turn, rest: Message) -> Message:
    """A cut-off answer and its rest as one message.

    Raw items, and the reasoning that belongs to them, stay only if the provider resumed it.
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
    """The turn of a completed answer, which continues what ``started`` already had."""
    said = join_messages(started, answer.message) if started.message.parts else answer.message
    return started._replace(message=said, answer=answer, status=status_of(answer))


def unanswered_path(turns: tuple[Turn, ...]) -> tuple[Turn, ...]:
    """The path to the last question if it was never answered; else empty."""
    asked = [turn for turn in turns if turn.role != "assistant"]
    if not asked:
        return ()
    answers = [turn.answer for turn in turns if turn.parent == asked[-1].number]
    lost = not any(answer and can_continue(answer) for answer in answers)
    return path_to(turns, asked[-1].number) if lost else ()


def open_calls(path: Iterable[Turn]) -> tuple[ToolCall, ...]:
    """The tool calls at the end of ``path`` that have no result yet."""
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
    """A title made from a question: its first words, on one line."""
    line = " ".join(text.split(maxsplit=_TITLE)[:_TITLE])
    return line if len(line) <= _TITLE else line[: _TITLE - 1].rstrip() + "…"


def with_words(draft: Draft, heard: str | None) -> Draft:
    """The draft with its spoken turns, and its title, in the words that were heard."""
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
    """A name for a conversation, one character for each byte: easy to read and type."""
    alphabet = "23456789abcdefghjkmnpqrstuvwxyz"
    return "".join(alphabet[byte % len(alphabet)] for byte in random)
