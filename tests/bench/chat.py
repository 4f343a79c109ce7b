"""The four limits of the REPL: `python -m tests.bench.chat`."""

import json
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path

from tests.bench.measure import PYTHON, interleaved, median, report
from tests.support.answering.server import SSE, Hold, Reply, Server, SilentReply, chat_chunk, sse
from tests.support.running.program import Program
from tests.support.terminal.repl import PROMPT_START, Repl

RUNS, KEYS, ENTRIES = 15, 60, 100_000


def cpu(chat: Repl) -> float:
    """CPU seconds of all threads of the chat, which do not depend on the machine's load."""
    used = 0
    for task in Path(f"/proc/{chat.process.pid}/task").iterdir():
        with suppress(OSError):  # a thread that has ended meanwhile
            used += int((task / "schedstat").read_text().split()[0])
    return used / 10**9


def p95(values: list[float]) -> float:
    return sorted(values)[int(len(values) * 0.95)]


def opened(program: Program) -> tuple[Repl, float]:
    """A REPL, and the seconds until it accepted input."""
    began = time.perf_counter()
    chat = Repl(program, "chat")
    while not any(row.startswith("> ") for row in chat.screen.display):
        chat._read(0.5)
    return chat, time.perf_counter() - began


def leave(chat: Repl) -> None:
    chat.type("\x04")
    chat.wait_for_exit()
    chat.close()


def first_prompt(program: Program) -> None:
    def prompt() -> float:
        chat, seconds = opened(program)
        chat.wait_for_prompt()
        leave(chat)
        return seconds

    def base() -> float:
        began = time.perf_counter()
        subprocess.run([PYTHON, "-c", "import prompt_toolkit"], check=True)
        return time.perf_counter() - began

    taken = interleaved(RUNS, prompt=prompt, base=base)
    ratio = median(taken["prompt"]) / median(taken["base"])
    report("first prompt / import prompt_toolkit", ratio, "x", "<= 2.2")


def key_press(program: Program) -> None:
    program.data_dir.mkdir(exist_ok=True)
    lines = (json.dumps(f"question number {n} about something") for n in range(ENTRIES))
    (program.data_dir / "inputs.jsonl").write_text("\n".join(lines) + "\n")
    chat, _ = opened(program)
    chat.wait_until(lambda shown: f"number {ENTRIES - 1} " in shown or not chat.type("\x1b[A"))
    chat.clear()
    for name, begun in (("a word", ""), ("a model", "/model "), ("a path", "see @/usr/")):
        chat.type(begun)
        taken, used = [], []
        for n in range(KEYS):
            key = "abcdefghij"[n % 10]
            seen, began, before = len(chat.raw), time.perf_counter(), cpu(chat)
            chat.type(key)
            while key.encode() not in chat.raw[seen:]:
                chat._read(0.5)
            taken.append(time.perf_counter() - began)
            chat.wait_until(lambda _: not chat._read(0.05))  # menus too
            used.append(cpu(chat) - before)
        report(f"key press in {name}, {ENTRIES:,} entries, p95", p95(taken) * 1000, "ms", "<= 20")
        report(f"key press in {name}, p95, CPU with its menu", p95(used) * 1000, "ms", "-")
        chat.clear()
    leave(chat)


def paste(program: Program) -> None:
    for name, text in (("one line", "x" * 10**6), ("lines", "some words\n" * 90_909)):
        chat, _ = opened(program)
        chat.wait_for_prompt()
        began, before = time.perf_counter(), cpu(chat)
        chat.paste(text)
        chat.wait_until("[paste 1")
        report(f"paste of 1 MB, {name}", time.perf_counter() - began, "s", "<= 1")
        report(f"paste of 1 MB, {name}, CPU", cpu(chat) - before, "s", "-")
        chat.close()


def interrupt(program: Program, server: Server) -> None:
    for name, reply in (
        ("silent socket", SilentReply()),
        (
            "mid-text",
            Reply(
                headers=SSE,
                body=[
                    *sse(chat_chunk({"content": "some words\n\n"}), done=False),
                    Hold(threading.Event()),
                ],
            ),
        ),
    ):
        server.default = reply
        chat, _ = opened(program)
        chat.wait_for_prompt()
        taken = []
        for _ in range(20):
            requests = len(server.requests)
            chat.send_line("hi")
            server.wait_requests(requests + 1)
            if name == "mid-text":
                count = len(taken) + 1
                chat.wait_until(lambda shown, count=count: shown.count("some words") >= count)
            prompts, began = chat.raw.count(PROMPT_START), time.perf_counter()
            chat.type("\x03")
            while chat.raw.count(PROMPT_START) <= prompts:
                chat._read(0.5)
            taken.append(time.perf_counter() - began)
            chat.wait_for_prompt()
        report(f"Ctrl-C to prompt, {name}, p95", p95(taken) * 1000, "ms", "<= 100")
        leave(chat)


def main() -> None:
    """Measure all four."""
    with Server() as server, tempfile.TemporaryDirectory() as home:
        program = Program(Path(home)).point_groq_at(server.url)
        first_prompt(program)
        paste(program)
        interrupt(program, server)
        key_press(program)


if __name__ == "__main__":
    sys.exit(main())
