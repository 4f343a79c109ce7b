"""``/model``: the model that answers."""

from aichat.repl.prompt.choices import model_choices
from aichat.repl.session import Session
from aichat.repl.slash_command import SlashCommand
from aichat.repl.switching import switch_model


def run(session: Session, rest: str) -> None:
    """Switch to the model named, or chosen from all."""
    setup = session.usable_setup
    here = (setup.model.value, f"{setup.provider.id}/{setup.model.value}") if setup else ()
    name = rest or session.choose_from("model", model_choices(session), here)
    if name and name not in here:
        switch_model(session, name)
        return
    setup = session.setup
    session.show(f"{setup.provider.id}/{setup.model.value} ({setup.model.origin.label})")


SLASH = SlashCommand(
    "model",
    "choose or change the model",
    run,
    "[MODEL]",
    ("m",),
    "models",
    example="/model gpt oss 20b",
)
