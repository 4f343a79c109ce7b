"""``/tools``: the tools that the model may use."""

from aichat.app.setup.setup import Setup
from aichat.core.text.sanitize import sanitize
from aichat.errors import usage_error
from aichat.repl.session import Session
from aichat.repl.slash_command import SlashCommand
from aichat.repl.switching import change_tools

_USAGE = "usage: /tools [on NAME|off NAME|last]"


def run(session: Session, rest: str) -> None:
    """List them, switch one on or off, or show the last results in full."""
    word, _, name = rest.strip().partition(" ")
    name = name.strip()
    if not word:
        _list_tools(session)
    elif word == "last" and not name:
        _show_last(session)
    elif word in ("on", "off") and name:
        _switch(session, name, is_on=word == "on")
    else:
        raise usage_error(f"/tools {rest.strip()}: not understood", _USAGE)


def _list_tools(session: Session) -> None:
    kit = session.tools.open(session.setup, session.options)
    if kit is None:
        session.show("no tools are on; /tools on NAME switches one on, aichat tools lists them")
        return
    session.show_entries((tool.name, tool.description) for tool in kit.tools)


def _show_last(session: Session) -> None:
    """The full results of the last turn's calls."""
    runs = session.tools.last_runs
    for run_ in runs:
        session.dim(f"{run_.call.name}({run_.call.arguments}) · {run_.status}")
        session.show(sanitize(run_.result))
    if not runs:
        session.show("no tool was run yet")


def _switch(session: Session, name: str, *, is_on: bool) -> None:
    now = _names(session.setup)
    if not is_on and name not in now:
        raise usage_error(f"'{name}' is not on", f"on are: {', '.join(now) or 'none'}")
    names = (*(n for n in now if n != name), *([name] if is_on else ()))
    change_tools(session, tool=names or ("none",))
    session.tell(f"tools: {', '.join(names) or 'none'}")


def _names(setup: Setup) -> tuple[str, ...]:
    from aichat.app.tools.toolkit import wanted_tools

    return wanted_tools(setup)


SLASH = SlashCommand(
    "tools",
    "show the tools the model may have run, or switch one",
    run,
    "[on NAME|off NAME|last]",
    example="/tools on read_file",
)
