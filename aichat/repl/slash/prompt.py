"""``/prompt``: ask with a prompt of one's own."""

from aichat.core.conversation.prompt.prompt import PromptTemplate, fill, fill_body, take_values
from aichat.disk.config.prompts import prompt_names, read_prompt
from aichat.disk.paths import config_dir
from aichat.errors import usage_error
from aichat.repl.session import Session
from aichat.repl.slash_command import SlashCommand


def run(session: Session, rest: str) -> None:
    """List them, or send what one makes of the words behind its name."""
    folder = config_dir(session.world.environ, session.options.config_dir)
    name, _, words = rest.partition(" ")
    if not name:
        names = prompt_names(folder)
        session.show("\n".join(names) or "no prompts yet: aichat prompts new NAME makes one")
        return
    prompt = read_prompt(folder, name)
    values, given = take_values(prompt, tuple(words.split(" ")) if words else ())
    text = " ".join(given).strip()
    if prompt.needs_input and not text:
        raise usage_error(f"prompt {name} needs words", f"example: /prompt {name} WORDS")
    _tell_unused(session, prompt)
    system = fill(prompt.system, values)
    session.ask("\n\n".join(filter(None, (system, fill_body(prompt, values, text)))))


def _tell_unused(session: Session, prompt: PromptTemplate) -> None:
    """Say what a prompt sets and the conversation keeps as it is, and what means nothing here."""
    for notice in prompt.notices:
        session.tell(f"prompt {prompt.name}: {notice}")
    unused = [*prompt.settings, *(("examples",) if prompt.examples else ())]
    unused += ["extract"] if prompt.extract else []
    if unused:
        session.tell(f"the chat keeps its own {', '.join(unused)}; the prompt's are for ask -t")


SLASH = SlashCommand(
    "prompt",
    "ask with a prompt of your own; without a name list them",
    run,
    "[NAME] [WORDS]",
    example="/prompt translate language=French good day",
)
