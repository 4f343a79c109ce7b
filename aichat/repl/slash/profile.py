"""``/profile``: the profile for the next questions."""

from aichat.repl.prompt.choices import profile_choices
from aichat.repl.saved_prompts import tell_prompt, without_prompt
from aichat.repl.session import Session
from aichat.repl.slash_command import SlashCommand
from aichat.repl.switching import switch_and_report


def run(session: Session, rest: str) -> None:
    """Switch to the profile named or chosen, with its model and provider."""
    name = rest
    if not name:
        offered = profile_choices(session)
        if not offered:
            session.show("no profiles yet; add one with aichat profiles set NAME KEY=VALUE")
        name = session.choose_from("profile", offered, (session.setup.profile or "",))
    if name:
        options = without_prompt(session).with_changes(profile=name, model=None, provider=None)
        switch_and_report(session, options)
        session.takes_prompt, session.set_by_prompt = True, {}
        tell_prompt(session)


SLASH = SlashCommand(
    "profile",
    "choose or switch the profile",
    run,
    "[NAME]",
    (),
    "profiles",
    example="/profile work",
)
