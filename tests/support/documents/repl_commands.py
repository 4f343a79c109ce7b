"""The README's table of all REPL commands, generated from the commands themselves."""

from aichat.repl.slash.registry import SLASH_COMMANDS


def table() -> str:
    """The heading and rows."""
    rows = [
        f"| {_code(command.usage)} | {command.summary} | "
        f"{', '.join(_code(f'/{alias}') for alias in command.aliases)} |"
        for command in SLASH_COMMANDS.commands().values()
    ]
    return "\n".join(("| command | what it does | also |", "|---|---|---|", *rows))


def _code(text: str) -> str:
    """Code in a table, with bars and backticks escaped."""
    mark = "``" if "`" in text else "`"
    return f"{mark}{text}{mark}".replace("|", "\\|")


if __name__ == "__main__":
    print(table())
