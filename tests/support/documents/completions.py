"""Regenerates ``completions/``: ``python -m tests.support.documents.completions``."""

from aichat.commands.completion.command import completion_text
from tests.support.running.program import ROOT

FOLDER = ROOT / "completions"

#: The files there, by the argument of ``aichat completion``.
FILES = {
    "bash": "aichat.bash",
    "zsh": "_aichat",
    "fish": "aichat.fish",
    "powershell": "aichat.ps1",
    "man": "aichat.1",
}

if __name__ == "__main__":
    for shell, name in FILES.items():
        (FOLDER / name).write_text(completion_text(shell))
