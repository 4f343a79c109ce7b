"""The text of the last answer, and the code in it."""

from aichat.core.message.code_blocks import blocks
from aichat.core.message.message import text_of
from aichat.core.text.numbers import count_of
from aichat.errors import usage_error
from aichat.repl.session import Session


def answer_text(session: Session, purpose: str) -> str:
    """All that the last answer says. Errors: ``usage`` where there is none for the ``purpose``."""
    answers = [turn for turn in session.tree.current_path if turn.role == "assistant"]
    if not answers:
        raise usage_error(f"no answer to {purpose} yet")
    return text_of(answers[-1].message)


def code_block(text: str, number: str) -> str:
    """The code of the block with that number, as it is drawn above it. Errors: ``usage``."""
    found = list(blocks(text))
    if not (number.isascii() and number.isdecimal() and 0 < int(number) <= len(found)):
        raise usage_error(f"the last answer has {count_of(len(found), 'code block')}")
    return found[int(number) - 1]
