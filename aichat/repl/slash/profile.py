"""``/profile``: under which profile questions are put."""

from aichat.repl.session import Session
from aichat.repl.slash_command import SlashCommand
from aichat.repl.switching import switch_and_report


def run(session: Session, rest: str) -> None:
    """List the profiles, or go over to one: model and provider are its own then."""
    if rest:
        options = session.options.with_changes(profile=rest, model=None, provider=None)
        switch_and_report(session, options)
        return
    setup = session.setup
    for name in setup.config_file.config.profiles:
        session.show(f"{'*' if name == setup.profile else ' '} {name}")
    if not setup.config_file.config.profiles:
        session.show("no profiles yet; add one with aichat profiles set NAME KEY=VALUE")


SLASH = SlashCommand(
    "profile",
    "list profiles, or switch to one",
    run,
    "[NAME]",
    (),
    "profiles",
    example="/profile work",
)
