"""Sending through a saved prompt: that of ``-t``, or of the profile."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from aichat.app.question.input import Question
from aichat.core.cli.options import ASK_OPTIONS, AskOptions
from aichat.core.config.precedence import value_of
from aichat.core.message.compose import Attachment
from aichat.repl.session import Session
from aichat.repl.switching import pin_model

if TYPE_CHECKING:
    from aichat.app.question.prompts.role import Role
    from aichat.core.conversation.prompt.prompt import PromptTemplate


def take_prompt(session: Session, words: tuple[str, ...]) -> str:
    """The first message, if it is complete; the prompt of ``-t`` sets options.

    Errors: as of ``open_role``.
    """
    wanted = session.options.target.prompt
    if wanted is None:
        return " ".join(words)
    role, rest = _open_role(session, wanted, words)
    return " ".join(rest) or ("" if role.prompt.needs_input else role.prompt.body)


def send(session: Session, text: str, files: Sequence[Attachment]) -> None:
    """Send a message, through a prompt if one applies.

    That is the prompt of ``-t``, or the profile's for the first message of a conversation and
    after ``/profile``. Errors: as of ``open_role``; whatever makes sending impossible.
    """
    typed = session.role  # made from -t, until it is sent
    wanted = value_of(session.setup.conduct.prompt) if session.takes_prompt else None
    if typed is None and wanted:
        session.change_options(without_prompt(session))
        before = session.options
        text = " ".join(_open_role(session, wanted, text.split(" "))[1])
        session.set_by_prompt = _differences(before, session.options)
    try:
        _send(session, text, files)
    except BaseException:
        session.role = typed
        raise
    session.role, session.takes_prompt = None, False


def _send(session: Session, text: str, files: Sequence[Attachment]) -> None:
    role = session.role
    if role is None:
        session.ask(text, files)
        return
    given = "" if text == role.prompt.body and not role.prompt.needs_input else text
    if role.prompt.steps:
        ask_steps(session, role, given, files)
    else:
        session.ask(role.apply(Question(given)).text, files)


def _open_role(session: Session, wanted: str, words: Sequence[str]) -> "tuple[Role, Sequence[str]]":
    """Use a prompt for the next message, and set its options for the chat."""
    from aichat.app.question.prompts.role import open_role  # few chats begin with one

    role, rest = open_role(session.world, tuple(words), session.options, wanted, session.tell)
    for notice in role.notices():
        session.tell(notice)
    options = session.options.with_changes(prompt=None, trust=False)
    if not role.prompt.steps:  # each step sets its own
        shown = {"extract": False, "extract_lang": None}  # an answer is drawn here, whole
        options = role.options_for(options).with_changes(**shown)
    session.change_options(options)
    session.role = role
    return role, rest


def _differences(before: AskOptions, after: AskOptions) -> dict[str, tuple[Any, Any]]:
    """The fields in which two sets of options differ, with both values."""
    values = (
        (o.name, before.option_value(o.name), after.option_value(o.name)) for o in ASK_OPTIONS
    )
    return {name: (one, other) for name, one, other in values if one != other}


def without_prompt(session: Session) -> AskOptions:
    """The options without those the profile's prompt set, unless changed since."""
    changes = {
        name: before
        for name, (before, after) in session.set_by_prompt.items()
        if session.options.option_value(name) == after
    }
    return session.options.with_changes(**changes)


def tell_prompt(session: Session) -> None:
    """Announce the prompt of the next message, if the profile has one."""
    setup = session.usable_setup if session.takes_prompt and session.role is None else None
    if name := value_of(setup.conduct.prompt) if setup else None:
        session.tell(f"the next message goes through the profile's prompt {name}")


def with_system(role: "Role", prompt: "PromptTemplate", said: str) -> str:
    """The message, led by the prompt's system prompt: the chat keeps its own."""
    from aichat.core.conversation.prompt.marks import fill

    system = fill(prompt.system, role.filled, role.acted)
    return "\n\n".join(filter(None, (system, said)))


def ask_steps(session: Session, role: "Role", given: str, files: Sequence[Attachment] = ()) -> None:
    """Ask each step as a turn with its own model; the chat's model is restored afterwards.

    The ``files`` go with the first step.
    """
    from aichat.core.conversation.prompt.marks import PREVIOUS
    from aichat.core.conversation.prompt.prompt import fill_body

    pin_model(session)
    before, known = session.options, dict[str, str]()
    try:
        for number, step in enumerate(role.steps):
            names_model = not {"model", "provider"}.isdisjoint(step.settings)
            base = before.with_changes(model=None, provider=None) if names_model else before
            options = role.options_for(base, number).with_changes(system=base.target.system)
            setup = session.change_options(options)
            who = f"{setup.provider.id}/{setup.model.value}"
            session.tell(f"step {number + 1} of {len(role.steps)}: {who}")
            said = fill_body(role.prompt, role.filled, given, role.acted)
            said = role.step_text(number, given, known) if number else said
            session.ask(with_system(role, step, said), () if number else files)
            if session.exit_code:
                return
            known = {PREVIOUS: session.tree.answer_text("go on from")}
    finally:
        session.change_options(before)
