"""Opening the prompt: how it is set up, and how the user is asked in it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial

from aichat.app.setup.keys import without_configured_keys
from aichat.core.cli.candidate import Choice
from aichat.core.cli.repl_line import can_remember
from aichat.core.config.key_bindings import bound_keys
from aichat.core.text.numbers import place_in
from aichat.disk.history.prompt_lines import PromptHistory
from aichat.disk.paths import data_dir
from aichat.process import editor
from aichat.process.world import auto_palette
from aichat.repl import mentions
from aichat.repl.loop import preload
from aichat.repl.prompt.ahead import Ahead
from aichat.repl.prompt.completion import complete
from aichat.repl.prompt.toolbar import toolbar_text
from aichat.repl.session import Session
from aichat.repl.slash_command import SlashTable
from aichat.term.prompt.echo import without_echo
from aichat.term.prompt.leaving import PromptEnd
from aichat.term.prompt.marks import knows_marks
from aichat.term.prompt.picker import MOST_NUMBERED, Picker, numbered_lines, pick_one
from aichat.term.prompt.prompt import Prompt, PromptConfig
from aichat.term.terminal import draws_menus


@contextmanager
def open_prompt(
    session: Session, slashes: SlashTable, dictate: Callable[[], str] = str
) -> Iterator[Prompt]:
    """Open the prompt in which a session reads and asks; meanwhile the terminal does not echo.

    ``dictate`` returns what the user says.
    """
    world, leaving = session.world, PromptEnd(session.world)
    with without_echo(world) as restore_echo:
        session.restore_echo = restore_echo
        config = _config(session, slashes, dictate)
        prompt = Prompt(config, lambda: preload(slashes), leaving)
        session.world = leaving.world
        session.lead, session.standing = leaving.write, lambda: leaving.pending
        session.pick = partial(_pick, session)
        session.choose = partial(_choose, session, prompt, leaving)
        session.edit = partial(_edit_draft, session)
        try:
            yield prompt
        finally:
            leaving.settle()
            session.world, session.lead = world, world.write_text


def _config(session: Session, slashes: SlashTable, dictate: Callable[[], str]) -> PromptConfig:
    config = session.setup.config_file.config
    environ = session.world.environ
    kept = config.store.get("input_history", True)
    inputs, ahead = PromptHistory(data_dir(environ)), Ahead(session)
    return PromptConfig(
        vi=config.ui.get("editing") == "vi",
        bindings=bound_keys(config.bindings),
        palette=session.world.palette or auto_palette(environ),
        recent_lines=inputs.latest_entries if kept else _no_lines,
        save_line=(lambda line: inputs.add(line) if can_remember(line) else None) if kept else bool,
        complete=lambda before: complete(session, slashes, before),
        toolbar=lambda columns: toolbar_text(session, columns),
        edit=lambda text: _edit_draft(session, text),
        paste=mentions.convert_paste,
        read_clipboard=lambda: mentions.convert_clipboard(session),
        dictate=dictate,
        typed=ahead.typed,
        stands=ahead.is_ready,
        heed_keys=lambda: session.restore_echo()(),
        marked=knows_marks(session.world),
        linear=session.world.is_read_aloud,
    )


def _no_lines() -> Iterator[str]:
    return iter(())


def _edit_draft(session: Session, text: str) -> str:
    """Edit the draft in the editor, which has the terminal meanwhile."""
    found: list[str | None] = [text]
    world = without_configured_keys(session.world, session.options.config_dir)
    lower = session.restore_echo()
    try:
        session.run_guarded(lambda: found.append(editor.edit_text(world, text)))
    finally:
        lower()
    return text if found[-1] is None else found[-1]


def _pick(session: Session, title: str, lines: list[str]) -> int | None:
    """The answer to a question, which stays on the screen."""
    place = session.choose(title, [Choice(line) for line in lines], 0)
    if place is not None and draws_menus(session.world):
        session.dim(f"{title} {lines[place]}")
    return place


def _choose(
    session: Session,
    prompt: Prompt,
    leaving: PromptEnd,
    title: str,
    choices: Sequence[Choice],
    current: int = 0,
) -> int | None:
    """One of the choices, from a menu that leaves nothing on the screen."""
    leaving.settle()
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
    return place_in(len(choices), given)
