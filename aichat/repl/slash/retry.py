"""``/retry``: ask the last question again, optionally of another model."""

from aichat.core.cli.repl_line import split_words
from aichat.errors import usage_error
from aichat.repl.session import Session
from aichat.repl.slash_command import SlashCommand
from aichat.repl.switching import model_options, pin_model


def run(session: Session, rest: str) -> None:
    """Ask again; earlier answers stay in the tree beside the new one."""
    given = split_words(rest)
    if given and (given[0] not in ("-m", "--model") or len(given) != 2):
        raise usage_error(f"usage: {SLASH.usage}")
    thread = session.tree.thread_again()
    if thread is None:
        raise usage_error("no question to retry")
    if not given:
        session.ask_again(thread, session.options)
        return
    options = model_options(session, given[1])
    if session.usable_setup is None:  # nobody to come back to
        session.ask_again(thread, options)
        return
    pin_model(session)  # the next question uses the chat's model
    session.ask_again(thread, options)
    session.tell(
        f"the chat continues with {session.setup.model.value}; /model {given[1]} changes that"
    )


SLASH = SlashCommand(
    "retry",
    "retry the last question",
    run,
    "[-m MODEL]",
    ("r",),
    "models",
    example="/retry -m groq/openai/gpt-oss-20b",
)
