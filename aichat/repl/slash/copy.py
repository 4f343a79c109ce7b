"""``/copy``: the last answer or one of its code blocks to the clipboard."""

from aichat.app.setup.keys import without_configured_keys
from aichat.process import clipboard
from aichat.repl.session import Session
from aichat.repl.slash_command import SlashCommand
from aichat.term.markdown.code.numbered import numbered_block


def run(session: Session, rest: str) -> None:
    """Copy it with the system's clipboard program, or through the terminal."""
    text = session.tree.answer_text("copy")
    world = without_configured_keys(session.world, session.options.config_dir)
    means = clipboard.copy_text(world, numbered_block(text, rest) if rest else text)
    session.tell(f"copied {f'code block {rest}' if rest else 'the answer'} ({means})")


SLASH = SlashCommand(
    "copy", "copy the last answer, or its code block N", run, "[N]", ("y",), example="/copy 2"
)
