"""``/mcp``: the MCP servers whose tools the model may have run."""

from aichat.errors import usage_error
from aichat.repl.session import Session
from aichat.repl.slash_command import SlashCommand

_NONE = "no MCP server is on; /mcp NAME switches one on, aichat mcp list shows those of the config"


def run(session: Session, rest: str) -> None:
    """Say which are on, start one more, or end one."""
    word, _, name = rest.strip().partition(" ")
    if not word:
        _show(session)
    elif word == "off":
        _switch_off(session, name.strip())
    else:
        _switch(session, (*_names(session), rest.strip()))


def _show(session: Session) -> None:
    """The tools of each, by their server."""
    kit = session.tools.open(session.setup, session.options) if _names(session) else None
    shown = [(t.name, t.description) for t in kit.tools if "." in t.name] if kit else []
    if shown:
        session.show_entries(shown)
    else:
        session.show(_NONE)


def _switch_off(session: Session, name: str) -> None:
    now = _names(session)
    if name not in now:
        raise usage_error(f"'{name}' is not on", f"on are: {', '.join(now) or 'none'}")
    _switch(session, tuple(each for each in now if each != name) or ("none",))


def _switch(session: Session, names: tuple[str, ...]) -> None:
    """Have these be on: what cannot be started leaves all as it was."""
    before = session.options
    setup = session.change_options(before.with_changes(mcp=tuple(dict.fromkeys(names))))
    try:
        session.tools.open(setup, session.options)
    except BaseException:
        session.change_options(before)
        raise
    session.tell(f"MCP servers: {', '.join(_names(session)) or 'none'}")


def _names(session: Session) -> tuple[str, ...]:
    from aichat.app.tools.toolkit import wanted_servers

    return wanted_servers(session.setup)


SLASH = SlashCommand(
    "mcp",
    "show the MCP servers, or switch one",
    run,
    "[NAME|off NAME]",
    example="/mcp time",
)
