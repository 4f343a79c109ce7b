"""``/allow``: a rule for this chat."""

from aichat.core.config.tool_rule import parse_rule
from aichat.repl.session import Session
from aichat.repl.slash_command import SlashCommand


def run(session: Session, rest: str) -> None:
    """Add a rule for this chat only, or list the rules."""
    approver = session.tools.approver
    session.tools.open(session.setup, session.options)  # which knows the config's rules
    if rest.strip():
        rule = parse_rule(rest)
        session.tools.allow(session.setup, rule)
        session.tell(f"allowed in this chat: {rule.text}")
        return
    allowed = [rule.text for rule in approver.every_rule.allow]
    for text in allowed:
        session.show(text)
    if not allowed:
        session.show("nothing is allowed: every call is asked about, but of now")


SLASH = SlashCommand(
    "allow",
    "let tools run by a rule, without asking, in this chat",
    run,
    "[RULE]",
    example="/allow read_file(src/**)",
)
