"""A stranger's walk: ``python -m tests.walk`` follows the README in a home of its own.

What was typed and what stood on the terminal is kept in tests/screens/strangers-walk.txt, to be
read. Paths, ids, times and figures that change are masked; Groq is a server of this machine.
"""

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.core.conversation.foreign.test_exports import chatgpt, node
from tests.support.answering.server import Server, chat_stream, models_list
from tests.support.running.program import ROOT, SCREENS, Program
from tests.support.terminal.repl import Repl
from tests.support.terminal.terminal import Terminal

KEPT = SCREENS / "strangers-walk.txt"
README = (ROOT / "README.md").read_text()
FIRST = next(
    line for line in README.splitlines() if line.startswith("python3 -m venv .venv && .venv")
)
KEY = "gsk_0123456789abcdefWALK"

ANSWER = (
    "Sunlight is scattered by the air, and **blue** light most of all:\n\n```sh\nls | wc -l\n```\n"
)

#: What another program has exported.
EXPORT = json.dumps([chatgpt(node("u", None, "user", "which lakes"), title="Lakes")])

#: What a stranger types after the first line, section by section.
STEPS = (
    "aichat doctor --offline",
    "aichat ask -p groq hello; echo $?",
    f"echo {KEY} | aichat keys set groq",
    "aichat keys list",
    "aichat ask why is the sky blue",
    "aichat ask -m groq/openai/gpt-oss-12b hello; echo $?",
    "aichat ask --tempratur 1 hello; echo $?",
    "echo 'int main(void) {}' > main.c; aichat ask -f main.c where is the bug | cat",
    "aichat ask -x write a shell line that counts files > line.sh; cat line.sh",
    "aichat ask -c and how do I mend it",
    "aichat ask --json name three rivers | head -c 60",
    "aichat ask --max-cost 0.000000001 hello | cat; echo ${PIPESTATUS[0]}",
    "aichat profiles set work provider=groq temperature=0.2 && aichat profiles use work",
    "aichat ask -P work --usage hello",
    "aichat history list",
    "aichat history search sky",
    "aichat models --provider groq",
    "aichat cost --by model",
    "aichat api groq GET /models | head -c 80; echo",
    'eval "$(aichat completion bash)"; complete -p aichat',
    "mkdir roles templates; echo 'You are a pirate.' > roles/pirate.md; "
    "echo 'prompt: Shorten $input' > templates/short.yaml; aichat prompts import roles templates",
    "aichat history import roles; echo $?",
    f"echo '{EXPORT}' > conversations.json; aichat history import conversations.json",
    "aichat history search lakes",
)

MASKS = (
    (r"\b[0-9a-z]{10}\b(?=  \d{4}-|$)", "ID"),
    (r"-C [0-9a-z]{8,}", "-C ID"),
    (r"\d{4}-\d\d-\d\d( \d\d:\d\d)?", "DATE"),
    (r"\d+\.\d+ s\b", "0.00 s"),
    (r"\d+ tok/s", "0 tok/s"),
    (r"127\.0\.0\.1:\d+", "127.0.0.1:PORT"),
    (r"Python [\d.]+", "Python 3"),
    (r"^\[notice\].*\n?", ""),
)


class Stranger(Program):
    """Somebody with a home, a copy of the project in it, and nothing else."""

    def __init__(self, home: Path, server: Server) -> None:
        super().__init__(home)
        venv = home / ".venv" / "bin"
        self.environ = {
            "PATH": f"{venv}:/usr/local/bin:/usr/bin:/bin",
            "HOME": str(home),
            "LANG": "C.UTF-8",
            "AICHAT_GROQ_BASE_URL": f"{server.url}/v1",
        }

    def command(self, *words: str) -> list[str]:
        return ["bash", "-c", *words] if words[0] != "chat" else ["aichat"]


def walked(home: Path) -> Iterator[tuple[str, str]]:
    """What is typed, and what is there then."""
    shell = {
        "PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin",
        "HOME": str(home),
    }
    with Server(default=chat_stream([ANSWER])) as server:
        server.routes["/v1/models"] = models_list("openai/gpt-oss-120b", "openai/gpt-oss-20b")
        stranger = Stranger(home, server)
        done = subprocess.run(
            ["bash", "-c", FIRST], env=shell, cwd=home, capture_output=True, text=True, check=False
        )
        yield FIRST, done.stdout + done.stderr
        for step in STEPS:
            with Terminal(stranger, step, size=(100, 50), loose=True) as terminal:
                terminal.wait_for_exit(60)
            yield step, "\n".join(terminal.pyte_rows())
        yield "aichat   # the chat", _chat(stranger)


def _chat(stranger: Stranger) -> str:
    chat = Repl(stranger, "chat")
    try:
        chat.wait_for_prompt()
        chat.send_line("why is the sky blue").wait_until("wc -l")
        chat.wait_for_prompt()
        chat.send_line("/cost").wait_until("today")
        chat.wait_for_prompt()
        chat.send_line("/pirate why is the sea salt").wait_until("wc -l")
        chat.wait_for_prompt()
        chat.send_line("/find lakes").wait_until("Lakes")
        chat.wait_for_prompt()
        chat.send_line("/load 1").wait_until("Lakes: 1 question")
        chat.wait_for_prompt()
        chat.type("\x04")
        chat.wait_for_exit()
        return chat.screen_text
    finally:
        chat.close()


def masked(text: str, home: Path) -> str:
    """Without what changes from walk to walk."""
    text = text.replace(str(home), "~").replace(KEY, "gsk_...")
    for pattern, word in MASKS:
        text = re.sub(pattern, word, text, flags=re.M)
    return "\n".join(line.rstrip() for line in text.splitlines())


def main() -> None:
    """Walk, and write it down."""
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        subprocess.run(["git", "clone", "-q", str(ROOT), str(home)], check=True)
        told = [f"$ {typed}\n{masked(shown, home)}".rstrip() for typed, shown in walked(home)]
    KEPT.write_text("\n\n".join(told).replace(KEY, "gsk_...") + "\n")


if __name__ == "__main__":
    main()
