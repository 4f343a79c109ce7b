"""``/system``: the system prompt."""

from aichat.app.question.input import system_text
from aichat.repl.session import Session
from aichat.repl.slash_command import Slash


def run(session: Session, rest: str) -> None:
    """Show it, or have another one, or with ``-`` none, hold from the next question on."""
    if rest:
        text = "" if rest == "-" else rest
        setup = session.trial(system=text)
        system_text(setup.values.get("system"), setup.folder)  # a file has to be there now
        session.change(system=text)
        session.tell(f"{'this' if text else 'no'} system prompt holds from the next question on")
        return
    said = session.tree.thread().system
    setup = session.setup
    if said is None or session.values["system"] is not None:
        said = system_text(setup.values.get("system"), setup.folder)
    session.show(said or "there is no system prompt")


SLASH = Slash("system", "show or change the system prompt; - removes it", run, "[TEXT|@FILE|-]")
