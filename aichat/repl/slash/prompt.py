"""``/prompt``: ask with a saved prompt."""

from aichat.app.question.prompts.role import open_role
from aichat.core.conversation.prompt.prompt import PromptTemplate, fill_body
from aichat.errors import usage_error
from aichat.repl.saved_prompts import ask_steps, with_system
from aichat.repl.session import Session
from aichat.repl.slash_command import SlashCommand, own_prompts


def run(session: Session, rest: str) -> None:
    """List prompts, or send the one named, filled with the words after it."""
    name, _, words = rest.partition(" ")
    if not name:
        names = own_prompts(session)
        session.show("\n".join(names) or "no prompts yet: aichat prompts new NAME makes one")
        if names:
            session.tell(f"ask with one: /{names[0]} WORDS")
        return
    given = tuple(words.split(" ")) if words else ()
    role, rest_words = open_role(session.world, given, session.options, name, session.tell)
    prompt, text = role.prompt, " ".join(rest_words).strip()
    if prompt.needs_input and not text:
        raise usage_error(f"prompt {name} needs words", f"example: /prompt {name} WORDS")
    if prompt.steps:
        for notice in role.notices():
            session.tell(notice)
        ask_steps(session, role, text)
        return
    _tell_unused(session, prompt)
    said = fill_body(prompt, role.filled, text, role.acted)
    session.ask(with_system(role, prompt, said))


def _tell_unused(session: Session, prompt: PromptTemplate) -> None:
    """Report settings of the prompt that the conversation overrides, or that do nothing here."""
    for notice in prompt.notices:
        session.tell(f"prompt {prompt.name}: {notice}")
    unused = [*prompt.settings, *(("examples",) if prompt.examples else ())]
    unused += ["extract"] if prompt.extract else []
    if unused:
        begins = f"aichat chat -t {prompt.name} begins one with the prompt's"
        session.tell(f"the chat keeps its own {', '.join(unused)}; {begins}")


SLASH = SlashCommand(
    "prompt",
    "ask with a prompt of your own; without a name list them",
    run,
    "[NAME] [WORDS]",
    completion_source="prompts",
    example="/prompt translate language=French good day",
)
