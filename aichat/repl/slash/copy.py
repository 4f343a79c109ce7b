"""``/copy``: the last answer, or a block of its code, to the clipboard."""

from aichat.app.setup.keys import without_configured_keys
from aichat.core.message.message import text_of
from aichat.core.text.numbers import count_of
from aichat.errors import usage_error
from aichat.process import clipboard
from aichat.repl.session import Session
from aichat.repl.slash_command import SlashCommand
from aichat.term.markdown.code_blocks import code_blocks


def run(session: Session, rest: str) -> None:
    """Copy it by the system's own means, or by the terminal's."""
    answers = [turn for turn in session.tree.current_path if turn.role == "assistant"]
    if not answers:
        raise usage_error("no answer to copy yet")
    text = text_of(answers[-1].message)
    world = without_configured_keys(session.world, session.options.config_dir)
    means = clipboard.copy_text(world, _code_block(text, rest) if rest else text)
    session.tell(f"copied {f'code block {rest}' if rest else 'the answer'} ({means})")


def _code_block(text: str, number: str) -> str:
    found = [block.text for block in code_blocks(text)]
    if not number.isdecimal() or not 0 < int(number) <= len(found):
        raise usage_error(f"the last answer has {count_of(len(found), 'code block')}")
    return found[int(number) - 1]


SLASH = SlashCommand(
    "copy", "copy the last answer, or its code block N", run, "[N]", ("y",), example="/copy 2"
)
