"""``/reasoning``: the model's reasoning, and how much of it is shown."""

from aichat.core.config.schema import REASONING_MODES
from aichat.core.message.message import Reasoning
from aichat.errors import usage_error
from aichat.repl.session import Session
from aichat.repl.slash_command import SlashCommand

_FLAGS = {"show": (True, False), "hide": (False, True), "fold": (False, False)}


def run(session: Session, rest: str) -> None:
    """Show that of the last answer, or set how it is shown."""
    if rest:
        if rest not in _FLAGS:
            raise usage_error(f"/reasoning takes {', '.join(REASONING_MODES)}")
        shown, hidden = _FLAGS[rest]
        session.change_options(
            session.options.with_changes(show_reasoning=shown, hide_reasoning=hidden)
        )
        session.tell(f"reasoning: {rest}")
        return
    path = session.tree.current_path
    parts = path[-1].message.parts if path else ()
    thought = "\n\n".join(part.text for part in parts if isinstance(part, Reasoning) and part.text)
    session.show(thought or "the last answer has no readable reasoning")


SLASH = SlashCommand(
    "reasoning",
    "show the last reasoning, or set how it is shown",
    run,
    "[show|fold|hide]",
    example="/reasoning show",
)
