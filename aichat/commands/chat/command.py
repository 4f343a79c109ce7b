"""``aichat chat``: a conversation on the terminal."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from functools import partial
from typing import NamedTuple

from aichat.app.models import completion_names
from aichat.app.setup.keys import without_configured_keys
from aichat.app.setup.setup import Setup
from aichat.core.cli.argv import Argument, Command
from aichat.core.cli.candidate import Choice
from aichat.core.cli.options import CHAT_OPTIONS, AskOptions
from aichat.core.cli.repl_line import can_remember
from aichat.core.config.key_bindings import bound_keys
from aichat.disk.config import credentials
from aichat.disk.history.prompt_lines import PromptHistory
from aichat.disk.paths import data_dir
from aichat.errors import AichatError, Interrupted, usage_error
from aichat.process import editor
from aichat.process.signals import let_signals_raise
from aichat.process.world import World, auto_palette
from aichat.repl import mentions
from aichat.repl.loop import Loop, preload
from aichat.repl.menus.completion import complete
from aichat.repl.past import opening
from aichat.repl.session import Session
from aichat.repl.slash.registry import SLASH_COMMANDS
from aichat.repl.toolbar import toolbar_text
from aichat.term.prompt.echo import without_echo
from aichat.term.prompt.marks import knows_marks
from aichat.term.prompt.picker import MOST_NUMBERED, Picker, numbered_lines, pick_one
from aichat.term.prompt.prompt import Prompt, PromptConfig
from aichat.term.terminal import draws_menus


class ChatArguments(NamedTuple):
    """A command line of ``chat``: the first message, and the options of a question."""

    words: tuple[str, ...]
    options: AskOptions


def run(world: World, arguments: ChatArguments) -> int:
    """Talk until the user leaves."""
    if not (world.stdin_tty and world.stdout_tty):
        raise usage_error("chat needs a terminal", "use aichat ask for a single question")
    session = Session(world, arguments.options)
    if not _can_begin(session):
        return 0
    with ExitStack() as stack:
        session.restore_echo = stack.enter_context(without_echo(world))
        prompt = Prompt(_prompt_config(session), lambda: preload(SLASH_COMMANDS))
        session.pick = partial(_pick, session, prompt)
        session.choose = partial(_choose, session, prompt)
        session.edit = partial(_edit_draft, session)
        opening.resume(session)
        if session.usable_setup or session.tree.head is None:
            _greet(session)
        opening.attach(session)
        if arguments.words:
            prompt.await_ground()
        stack.callback(session.end_tools)
        Loop(session, prompt, SLASH_COMMANDS).run(" ".join(arguments.words))
    _show_resume_hint(session)
    return 0


def _can_begin(session: Session) -> bool:
    """Whether somebody can be asked; a user with nobody to ask is helped first."""
    try:
        return bool(session.setup)
    except AichatError as error:
        if error.fault.kind != "missing_key":
            raise
    from aichat.commands.chat.first_run import help_to_begin

    return help_to_begin(session.world, session.options.config_dir)


def _prompt_config(session: Session) -> PromptConfig:
    config = session.setup.config_file.config
    environ = session.world.environ
    kept = config.store.get("input_history", True)
    inputs = PromptHistory(data_dir(environ))
    return PromptConfig(
        vi=config.ui.get("editing") == "vi",
        bindings=bound_keys(config.bindings),
        palette=session.world.palette or auto_palette(environ),
        recent_lines=inputs.latest_entries if kept else _no_lines,
        save_line=(lambda line: inputs.add(line) if can_remember(line) else None) if kept else bool,
        complete=lambda before: complete(session, SLASH_COMMANDS, before),
        toolbar=lambda columns: toolbar_text(session, columns),
        edit=lambda text: _edit_draft(session, text),
        paste=mentions.convert_paste,
        read_clipboard=lambda: mentions.convert_clipboard(session),
        dictate=lambda: _dictate(session),
        typed=session.connect_ahead,
        marked=knows_marks(session.world),
        linear=session.world.is_read_aloud,
    )


def _no_lines() -> Iterator[str]:
    return iter(())


def _edit_draft(session: Session, text: str) -> str:
    """The draft as the editor leaves it; the terminal is the editor's meanwhile."""
    found: list[str | None] = [text]
    world = without_configured_keys(session.world, session.options.config_dir)
    lower = session.restore_echo()
    try:
        session.run_guarded(lambda: found.append(editor.edit_text(world, text)))
    finally:
        lower()
    return text if found[-1] is None else found[-1]


def _dictate(session: Session) -> str:
    """What the user says; nothing where it was given up, or was not understood: why is told."""
    from aichat.repl.slash.transcribe import dictate  # few have a microphone at hand

    found: list[str] = []
    try:
        with let_signals_raise():
            session.run_guarded(lambda: found.append(dictate(session)))
    except Interrupted:
        session.tell("given up")
    return found[0] if found else ""


def _pick(session: Session, prompt: Prompt, title: str, lines: list[str]) -> int | None:
    """An answer to a question; what was answered stays on the screen."""
    place = _choose(session, prompt, title, [Choice(line) for line in lines])
    if place is not None and draws_menus(session.world):
        session.dim(f"{title} {lines[place]}")
    return place


def _choose(
    session: Session, prompt: Prompt, title: str, choices: Sequence[Choice], current: int = 0
) -> int | None:
    """One of the choices; of a menu nothing is left on the screen."""
    if draws_menus(session.world):
        return pick_one(title, Picker(choices, current), session.world.theme)
    if len(choices) > MOST_NUMBERED:
        session.show(f"{len(choices)} to choose from: name one, Tab completes it")
        return None
    session.show(title)
    for line in numbered_lines(choices):
        session.show(line, hang=5)
    entered = prompt.read()
    given = entered.text.strip() if entered.key == "submit" else ""
    return int(given) - 1 if given.isdecimal() and 0 < int(given) <= len(choices) else None


def _greet(session: Session) -> None:
    """What is wrong with the config, and for who has no key yet the two ways to go on."""
    setup = session.setup
    for warning in credentials.file_warnings(setup.config_file):
        session.tell(f"warning: {warning}")
    if setup.provider_origin.kind == "no_key":
        _show_first_steps(session, setup)


def _show_first_steps(session: Session, setup: Setup) -> None:
    session.show("No API key is set yet.")
    session.show(f"Ask a question and the small local model {setup.model.value} answers it here.")
    session.show("For a better one, run: aichat keys set PROVIDER (groq, openai, anthropic, ...).")


def _show_resume_hint(session: Session) -> None:
    """How to come back."""
    if session.tree.is_stored:
        session.dim(f"resume with: aichat chat -C {session.tree.id}")
        with suppress(AichatError):  # a store that cannot be read was told of already
            completion_names.update_conversations(session.world, session.store)


COMMAND = Command(
    name="chat",
    summary="Chat in the terminal.",
    examples=("aichat chat", "aichat chat -c and how deep is it"),
    options=CHAT_OPTIONS,
    arguments=(
        Argument("words", "The first message; quotes are optional.", many=True, required=False),
    ),
    run=run,
    reads=ChatArguments,
    has_groups=True,
)
