"""Another model or provider in the middle of a conversation, and what that changes."""

from collections.abc import Iterator, Mapping
from typing import Any

from aichat.core.message import Reasoning
from aichat.disk import catalogue
from aichat.errors import AichatError
from aichat.repl.session import Session
from aichat.resolve import COMMAND_LINE, Setup


def model_values(session: Session, name: str) -> Mapping[str, Any]:
    """The options under which ``name`` answers.

    A name that nobody claims, or the provider in force too, is that provider's.
    """
    here = session.setup.provider.id
    try:
        values = {"model": name, "provider": None}
        if session.trial(**values).provider_origin == COMMAND_LINE:
            return values
    except AichatError:
        if here not in catalogue.owners(name):
            raise
    return {"model": name, "provider": here}


def switch_model(session: Session, name: str) -> None:
    """Have another model answer from now on."""
    told_switch(session, **model_values(session, name))


def switch_provider(session: Session, name: str) -> None:
    """Have another provider's default model answer from now on."""
    told_switch(session, provider=name, model=None)


def told_switch(session: Session, **values: Any) -> None:
    """Change it and say what is different."""
    before = session.setup
    after = session.change(**values)
    session.tell(f"{after.provider.id}/{after.model.value} answers from now on")
    for line in _changes(session, before, after):
        session.tell(line)


def _changes(session: Session, before: Setup, after: Setup) -> Iterator[str]:
    one, other = ((s.provider.id, str(s.model.value)) for s in (before, after))
    if one == other:
        return
    answers = [turn.message for turn in session.tree.here if turn.role == "assistant"]
    strange = [said for said in answers if (said.provider, said.model) != other]
    thought = sum(any(isinstance(p, Reasoning) for p in said.parts) for said in strange)
    if thought:
        yield f"it gets what was said, but not the reasoning of {thought} of the answers"
    cards = [catalogue.card(*name) for name in (one, other)]
    limits = [card.max_output for card in cards]
    if limits[0] and limits[1] and limits[1] < limits[0]:
        yield f"its answers have at most {limits[1]:,} tokens (before: {limits[0]:,})"
