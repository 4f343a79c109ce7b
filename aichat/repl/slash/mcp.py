"""``/mcp``: the MCP servers whose tools the model may use, and their prompts."""

from aichat.core.cli.repl_line import mark_pasted, split_words
from aichat.core.text.sanitize import sanitize
from aichat.errors import usage_error
from aichat.repl.mentions import open_shelf
from aichat.repl.session import Session
from aichat.repl.slash_command import SlashCommand
from aichat.repl.switching import change_tools

_NONE = "no MCP server is on; /mcp NAME switches one on, aichat mcp list shows those of the config"


_MORE = "/mcp:NAME tells the prompts and resources of a server; /mcp:NAME:PROMPT takes a prompt"


def run(session: Session, rest: str) -> None:
    """List those that are on, start one, or end one; ``:NAME:PROMPT`` takes a prompt."""
    if rest.startswith(":"):
        _take_prompt(session, *split_words(rest[1:]))
        return
    word, _, name = rest.strip().partition(" ")
    if not word:
        _show(session)
    elif word == "off":
        _switch_off(session, name.strip())
    else:
        _switch(session, (*_names(session), rest.strip()))


def _take_prompt(session: Session, called: str = "", *words: str) -> None:
    """Put a prompt into the line to review and send; with a server alone list its prompts."""
    name, _, prompt = called.partition(":")
    shelf = open_shelf(session)
    if not prompt:
        session.show_entries(shelf.entries(name) or [(name, "no prompts and no resources")])
        return
    text, files = shelf.prompt(name, prompt, words)
    text = sanitize(text)
    session.attachments += files
    # it is a message however it begins, and mentions nothing that its server could choose
    session.draft = mark_pasted(f"/{text.lstrip()}" if text.lstrip().startswith("/") else text)
    attached = f", with {', '.join(file.name for file in files)}" if files else ""
    session.tell(f"{prompt} of MCP server {name}{attached}: Enter sends it, Ctrl-C cancels")


def _show(session: Session) -> None:
    """List the tools of each server."""
    kit = session.tools.open(session.setup, session.options) if _names(session) else None
    shown = [(t.name, t.description) for t in kit.tools if "." in t.name] if kit else []
    if shown:
        session.show_entries(shown)
    else:
        session.show(_NONE)
    session.dim(_MORE)


def _switch_off(session: Session, name: str) -> None:
    now = _names(session)
    if name not in now:
        which = f"'{name}' is not on" if name else "which one?"
        raise usage_error(f"/mcp off: {which}", f"on are: {', '.join(now) or 'none'}")
    _switch(session, tuple(each for each in now if each != name) or ("none",))


def _switch(session: Session, names: tuple[str, ...]) -> None:
    """Turn on exactly these, as far as possible."""
    change_tools(session, mcp=tuple(dict.fromkeys(names)))
    session.tell(f"MCP servers: {', '.join(_names(session)) or 'none'}")


def _names(session: Session) -> tuple[str, ...]:
    from aichat.app.tools.toolkit import wanted_servers

    return wanted_servers(session.setup)


SLASH = SlashCommand(
    "mcp",
    "show the MCP servers, or switch one",
    run,
    "[NAME|off NAME|:NAME:PROMPT]",
    example="/mcp:git:review branch=main",
)
