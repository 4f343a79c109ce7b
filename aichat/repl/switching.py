"""Switching the model or provider within a conversation, and reporting what changes."""

from collections.abc import Iterator
from typing import Any

from aichat.app.setup.keys import missing_key
from aichat.app.setup.setup import Setup
from aichat.core.cli.options import AskOptions
from aichat.core.message.message import Reasoning
from aichat.disk.catalogue import cards
from aichat.errors import AichatError
from aichat.repl.session import Session


def model_options(session: Session, name: str) -> AskOptions:
    """The options with ``name`` as the model.

    A name that no provider lists, or the current one does too, is the current provider's.
    """
    claimed = session.options.with_changes(model=name, provider=None)
    try:
        if session.try_options(claimed).provider_origin.kind == "flag":
            return claimed
    except AichatError:
        here = session.usable_setup
        if here is None or here.provider.id not in cards.owners(name):
            raise
    return claimed.with_changes(provider=session.setup.provider.id)


def switch_model(session: Session, name: str) -> None:
    """Switch to another model."""
    switch_and_report(session, model_options(session, name))


def switch_provider(session: Session, name: str) -> None:
    """Switch to another provider's default model."""
    switch_and_report(session, session.options.with_changes(provider=name, model=None))


def pin_model(session: Session) -> None:
    """Keep the current model and provider, whatever the conversation says."""
    provider, model = session.setup.provider.id, session.setup.model.value
    session.change_options(session.options.with_changes(provider=provider, model=model))


def switch_and_report(session: Session, options: AskOptions) -> None:
    """Change the options, and report the differences."""
    before = session.usable_setup
    after = session.change_options(options)
    session.tell(f"{after.provider.id}/{after.model.value} is now in use")
    if fault := missing_key(after):
        session.tell(f"{fault.message}: {fault.hint}")
    for line in _describe_changes(session, before, after) if before else ():
        session.tell(line)


def _describe_changes(session: Session, before: Setup, after: Setup) -> Iterator[str]:
    one, other = ((s.provider.id, s.model.value) for s in (before, after))
    if one == other:
        return
    answers = [turn.message for turn in session.tree.current_path if turn.role == "assistant"]
    strange = [said for said in answers if (said.provider, said.model) != other]
    thought = sum(any(isinstance(p, Reasoning) for p in said.parts) for said in strange)
    if thought:
        yield f"it sees the conversation, but not the reasoning of {thought} of the answers"
    was, now = (cards.card(*name) for name in (one, other))
    for what, old, new in (
        ("its context is", was.context, now.context),
        ("its answers are limited to", was.max_output, now.max_output),
    ):
        if old and new and new < old:
            yield f"{what} {new:,} tokens (before: {old:,})"


def change_tools(session: Session, **changes: Any) -> None:
    """Switch tools, or servers of tools; if one cannot be started nothing changes."""
    before = session.options
    setup = session.change_options(before.with_changes(**changes))
    try:
        session.tools.open(setup, session.options)
    except BaseException:
        session.change_options(before)
        raise
