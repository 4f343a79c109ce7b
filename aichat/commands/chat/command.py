"""``aichat chat``: a conversation on the terminal."""

from collections.abc import Sequence
from contextlib import ExitStack, suppress

from aichat.app.models import completion_names
from aichat.app.setup.options import review_project
from aichat.app.setup.setup import Setup
from aichat.core.cli.argv import Argument, Command, Option
from aichat.core.cli.options import CHAT_OPTIONS, AskOptions
from aichat.disk.config import credentials
from aichat.errors import AichatError, Interrupted, usage_error
from aichat.process.signals import let_signals_raise
from aichat.process.world import World
from aichat.repl import saved_prompts
from aichat.repl.conversations import opening
from aichat.repl.loop import Loop
from aichat.repl.prompt.open import open_prompt
from aichat.repl.session import Session
from aichat.repl.slash.registry import SLASH_COMMANDS
from aichat.values import NamedTuple


class ChatArguments(NamedTuple):
    """A command line of ``chat``: the first message, and the options of a question."""

    words: tuple[str, ...]
    options: AskOptions
    from_: str | None = None


def run(world: World, arguments: ChatArguments) -> int:
    """Run the chat until the user leaves."""
    if not (world.stdin_tty and world.stdout_tty):
        raise usage_error("chat needs a terminal", "use aichat ask for a single question")
    if arguments.from_:
        from aichat.app.history.agent_session import bring_session  # rarely used

        brought = bring_session(world, arguments.from_, arguments.words)
        options = arguments.options.with_changes(conversation=brought.conversation)
        arguments = arguments._replace(words=brought.words, options=options)
    review_project(world, arguments.options)
    session = Session(world, arguments.options)
    if not _can_begin(session):
        return 0
    first = saved_prompts.take_prompt(session, arguments.words)
    with (
        open_prompt(session, SLASH_COMMANDS, lambda: _dictate(session)) as prompt,
        ExitStack() as stack,
    ):
        opening.resume(session)
        if session.usable_setup or session.tree.head is None:
            _greet(session)
        opening.attach(session)
        if first:
            prompt.await_ground()
        stack.callback(session.end_tools)
        Loop(session, prompt, SLASH_COMMANDS).run(first)
    _show_resume_hint(session)
    return 0


def _can_begin(session: Session) -> bool:
    """Whether a provider can be asked, if necessary after helping the user to set up one."""
    try:
        return bool(session.setup)
    except AichatError as error:
        if error.fault.kind != "missing_key":
            raise
    from aichat.commands.chat.first_run import help_to_begin

    return help_to_begin(session.world, session.options.config_dir)


def _dictate(session: Session) -> str:
    """The transcript of the user's speech; empty if cancelled or after a reported error."""
    from aichat.repl.asides.transcription import dictate  # rarely used

    found: list[str] = []
    try:
        with let_signals_raise():
            session.run_guarded(lambda: found.append(dictate(session)))
    except Interrupted:
        session.tell("given up")
    return found[0] if found else ""


def _greet(session: Session) -> None:
    """Report faults of the config, and for users without a key, the two ways to get started."""
    setup = session.setup
    for warning in credentials.file_warnings(setup.config_file):
        session.tell(f"warning: {warning}")
    for notice in setup.project_notices:
        session.tell(notice)
    saved_prompts.tell_prompt(session)
    if setup.provider_origin.kind == "no_key":
        _show_first_steps(session, setup)


def _show_first_steps(session: Session, setup: Setup) -> None:
    session.show("No API key is set yet.")
    session.show(f"Ask a question and the small local model {setup.model.value} answers it here.")
    session.show("For a better one, run: aichat keys set PROVIDER (groq, openai, anthropic, ...).")


def _show_resume_hint(session: Session) -> None:
    """Say how to resume the conversation."""
    if session.tree.is_stored:
        session.dim(f"resume with: aichat chat -C {session.tree.id}")
        with suppress(AichatError):  # an unreadable store was already reported
            completion_names.update_conversations(session.world, session.store)


def _gone_help(world: World, argv: Sequence[str]) -> str:
    from aichat.app.models.gone import gone_help  # rarely used

    return gone_help("chat")(world, argv)


COMMAND = Command(
    name="chat",
    summary="Chat in the terminal.",
    examples=("aichat chat -c and how deep is it", "aichat chat --from claude"),
    options=(
        *CHAT_OPTIONS,
        Option(
            ("--from",),
            "Go on with the last session of a coding agent; a first word may be its id.",
            metavar="AGENT",
            choices=("claude", "codex", "gemini", "kimi"),
        ),
    ),
    arguments=(
        Argument("words", "The first message; quotes are optional.", many=True, required=False),
    ),
    run=run,
    reads=ChatArguments,
    extra_help=_gone_help,
    has_groups=True,
)
