"""The cost of local tools: ``python -m tests.bench.tools``."""

import json
import sys
import tempfile
import time
from pathlib import Path

from aichat.core.tools.rules import Subject, decide, parse_rules
from aichat.core.tools.tool import LocalTool
from tests.bench.chat import leave, p95
from tests.bench.measure import PYTHON, interleaved, median, program, report, run, served
from tests.support.answering.server import Server, chat_stream
from tests.support.answering.tool_rounds import calling
from tests.support.mcp.links import server_command
from tests.support.mcp.web import Given, modern, serving
from tests.support.running.program import Program
from tests.support.terminal.repl import PROMPT_START, Repl

RUNS, ROUNDS, INTERRUPTS = 15, 20, 20

#: The modules loaded for a question with tools, and for one with MCP servers too.
TOOLS = (
    "import gc; gc.set_threshold(100_000); import aichat.app.exchange.turn, aichat.app.tools.desk"
)
SERVERS = f"{TOOLS}, aichat.app.tools.mcp.source"
WEB_SERVERS = f"{SERVERS}, aichat.app.tools.mcp.streamable"

#: A process and its child, which both ignore requests to end.
TREE = "trap '' TERM; sh -c \"trap '' TERM; touch begun; sleep 600\" & wait"


def imports() -> None:
    """Compare the CPU of the additional imports with that of ``import httpx``."""
    with served("--deltas", "1", "--per-chunk", "1") as url, program(url) as made:

        def ask(*words: str) -> float:
            return run(made.command("ask", *words, "hi"), made.environ, quiet=True).cpu

        taken = interleaved(
            RUNS,
            h=lambda: run([PYTHON, "-c", "import httpx"]).cpu,
            plain=ask,
            tool=lambda: ask("--tool", "now", "--allow", "now"),
            tools=lambda: run([PYTHON, "-c", TOOLS]).cpu,
            servers=lambda: run([PYTHON, "-c", SERVERS]).cpu,
            web=lambda: run([PYTHON, "-c", WEB_SERVERS]).cpu,
        )
    h, plain, tool, tools, servers, web = (median(values) for values in taken.values())
    report("ask --tool now - ask, CPU", (tool - plain) / h, "H", "<= 0.15")
    report("import of the MCP client, CPU", (servers - tools) / h, "H", "<= 0.15")
    report("import of the MCP client over HTTP, CPU", (web - tools) / h, "H", "<= 0.15")


def round_trip() -> None:
    """CPU from an answer with a call to the next request, by the difference over many rounds."""

    def rounds(number: int) -> float:
        for n in range(number):
            server.push(calling(("now", {}), first=n))
        server.push(chat_stream(["ok"]))
        words = ("ask", "--tool", "now", "--max-rounds", str(number + 1), "go")
        return run(made.command(*words), made.environ, quiet=True).cpu

    with Server() as server, program(server.url) as made:
        made.environ["AICHAT_DATA_DIR"] = str(made.home / "data")
        taken = interleaved(RUNS, one=lambda: rounds(1), many=lambda: rounds(ROUNDS + 1))
    each = [(m - o) / ROUNDS for m, o in zip(taken["many"], taken["one"], strict=True)]
    report("answer -> tool -> next request, CPU", median(each) * 1000, "ms", "<= 5")


def decisions() -> None:
    """Measure one decision by 200 rules."""
    globs = [f"run_command(git log-{n} *)" for n in range(200)]
    rules, tool = parse_rules({}, globs), LocalTool("run_command", "", {}, subject="argv")
    subject = Subject(("git", "status"))
    began = time.process_time()
    for _ in range(200):
        decide(rules, tool, subject, {"argv": ["git", "status"]})
    report("a decision of 200 rules, CPU", (time.process_time() - began) / 200 * 1000, "ms", "<= 1")


# -- Ctrl-C in a chat during a call


def interrupted(
    made: Program, server: Server, name: str, words: tuple[str, ...], call: str
) -> None:
    """Print the milliseconds from Ctrl-C to a prompt, during a ``call`` that hangs."""
    chat = Repl(made, "chat", *words)
    chat.wait_for_prompt()
    taken = []
    for n in range(INTERRUPTS):
        arguments = {"script": TREE} if call == "run_shell" else {"text": str(n)}
        server.push(calling((call, arguments), first=n))
        begun = made.home / "begun"
        begun.unlink(missing_ok=True)
        chat.send_line("go")
        while not begun.exists():
            chat._read(0.01)
        prompts, began = chat.raw.count(PROMPT_START), time.perf_counter()
        chat.type("\x03")
        while chat.raw.count(PROMPT_START) <= prompts:
            chat._read(0.5)
        taken.append(time.perf_counter() - began)
        chat.wait_for_prompt()
    report(f"Ctrl-C to prompt in {name}, p95", p95(taken) * 1000, "ms", "<= 100")
    leave(chat)


def interrupts() -> None:
    """Measure the three ways in which a call can hang."""
    with Server() as server, tempfile.TemporaryDirectory() as home:
        made = Program(Path(home)).point_groq_at(server.url)

        def hang(message: dict[str, object]) -> Given:
            if message["method"] == "tools/call":
                (made.home / "begun").touch()
                time.sleep(600)
            return modern(message)

        with serving(hang) as box:
            pipe = json.dumps([*server_command(do=f"hang:{made.home / 'begun'}")])
            pins = {"pipe": f"command = {pipe}", "web": f'url = "{box.url}"'}
            for server_name, line in pins.items():
                made.write_config(f"[mcp.box]\n{line}\n")
                (fact,) = json.loads(made.run("mcp", "list", "--json").text)
                made.write_config(f'[mcp.box]\n{line}\ntrust = "{fact["pin"]}"\n')
                words = ("--mcp", "box", "--allow", "*")
                what = {"pipe": "a stdio call", "web": "an HTTP call"}[server_name]
                interrupted(made, server, what, words, "box__echo")
            words = ("--tool", "run_shell", "--allow", "*")
            interrupted(made, server, "a process tree", words, "run_shell")


def main() -> None:
    """Print all figures with their limits."""
    imports()
    round_trip()
    decisions()
    interrupts()


if __name__ == "__main__":
    sys.exit(main())
