"""``/set``: temperature, limits and other settings, from the next question on."""

from aichat.errors import suggestion, usage_error
from aichat.repl.session import Session
from aichat.repl.settings import SETTINGS, parse_setting, shown_setting
from aichat.repl.slash_command import SlashCommand


def run(session: Session, rest: str) -> None:
    """Set one, unset it with an empty value, or list all that are set."""
    if not rest:
        _show(session)
        return
    name, equals, text = (part.strip() for part in rest.partition("="))
    name = name.replace("-", "_")
    if name not in SETTINGS:
        raise usage_error(
            f"unknown setting '{name}'{suggestion(name, SETTINGS)}", ", ".join(SETTINGS)
        )
    if not equals:
        session.show(shown_setting(name, session.options.option_value(name)))
        return
    value = parse_setting(SETTINGS[name], text)
    session.change_options(session.options.with_changes(**{name: value}))
    session.tell(f"{name} = {text}" if text else f"{name} is no longer set")


def _show(session: Session) -> None:
    every = {name: session.options.option_value(name) for name in SETTINGS}
    found = {name: value for name, value in every.items() if value not in (None, (), False)}
    for name, value in found.items():
        session.show(shown_setting(name, value))
    if not found:
        session.show(f"nothing is set; choose from: {', '.join(SETTINGS)}")


SLASH = SlashCommand(
    "set",
    "show or change a setting",
    run,
    "[NAME=VALUE]",
    (),
    "settings",
    example="/set temperature=0.2",
)
