"""The cost of servers of the Model Context Protocol: ``python -m tests.bench.mcp``."""

import gc
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

from aichat.app.tools.mcp.connection import ServerLink, log_path
from aichat.app.tools.mcp.server import McpServer
from aichat.app.tools.mcp.source import McpSource, close_all, reach
from aichat.app.tools.mcp.trust import pinned_of
from aichat.app.tools.source import CallControl
from aichat.core.tools.pins import pin_of
from aichat.core.tools.wire_names import wire_names
from aichat.wires.mcp.tools import ListedTool
from tests.bench.measure import PYTHON, interleaved, median, report, run
from tests.support.mcp.links import linked, server_command, world_in
from tests.support.running.program import ROOT

RUNS, CALLS = 25, 100  # short, so that other load affects few of them
STARTS = 9

#: Reads a server's list in a process whose memory is measured.
FLOODED = """
import sys
from pathlib import Path
from aichat.errors import AichatError
from aichat.wires.mcp.tools import ListedTool
from tests.support.mcp.links import linked
with linked(Path(sys.argv[1]), do=sys.argv[2]) as link:
    try:
        link.tools()
    except AichatError as error:
        assert "over 16 MB" in str(error), error
    else:
        raise AssertionError("it was let through")
"""


class RawScript:
    """A minimal client of a server: a line of JSON out, a line of JSON in."""

    def __init__(self, do: str) -> None:
        self.process = subprocess.Popen(
            server_command(do=do), stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self.ids = 0

    def ask(self, method: str, **params: object) -> object:
        self.ids += 1
        era = {"io.modelcontextprotocol/protocolVersion": "2026-07-28"}
        asked = {"jsonrpc": "2.0", "id": self.ids, "method": method}
        line = json.dumps({**asked, "params": {**params, "_meta": era}})
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())["result"]

    def close(self) -> None:
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait()


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """The wall and CPU seconds of ``work``."""
    began, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - began, time.process_time() - cpu


def calls(home: Path) -> None:
    """Compare one call with that of a script."""
    raw = RawScript("good")
    with linked(home) as link:
        source = McpSource(link, link.tools(), len)
        echo = source.tools()[0]

        def ours() -> None:
            for _ in range(CALLS):
                assert source.call(echo, {"text": "x"}, CallControl()).text == "x"

        def script() -> None:
            for _ in range(CALLS):
                assert raw.ask("tools/call", name="echo", arguments={"text": "x"})

        taken = interleaved(RUNS, ours=lambda: timed(ours), raw=lambda: timed(script))
    raw.close()
    for part, what in enumerate(("wall", "CPU")):
        own, other = (median([t[part] for t in taken[name]]) for name in ("ours", "raw"))
        report(f"a stdio call / a raw script's, {what}", own / other, "x", "<= 2.5")
    report("a stdio call", median([t[0] for t in taken["ours"]]) / CALLS * 1000, "ms", "-")


def lists(home: Path) -> None:
    """1,000 tools listed and named against ``json.loads`` of their line; and pinned besides.

    Of a pin are those that a model may be offered: of so many no more than 128.
    """
    raw = RawScript("tools:1000")
    with linked(home, do="tools:1000", tools=("t?", "t??", "t10?")) as link:

        def listed() -> list[ListedTool]:
            tools = link.tools()
            wire_names([f"box.{tool.name}" for tool in tools])
            return tools

        def pinned() -> None:
            pin_of(pinned_of(link, listed()))

        link.connect()
        script = partial(raw.ask, "tools/list")
        taken = interleaved(
            RUNS,
            listed=lambda: timed(listed),
            pinned=lambda: timed(pinned),
            raw=lambda: timed(script),
        )
    raw.close()
    for name, what in (("listed", "listed"), ("pinned", "listed, 120 of them pinned")):
        for part, how in enumerate(("wall", "CPU")):
            own, other = (median([t[part] for t in taken[n]]) for n in (name, "raw"))
            bar = "<= 1.5" if part == 0 else "-"
            report(f"1,000 tools {what} / raw json.loads, {how}", own / other, "x", bar)


def starts(home: Path) -> None:
    """Compare three servers in parallel with the slowest alone."""
    eras = ("slow:0.2", "slow:0.4", "slow:0.8")

    def reached(*wanted: str) -> float:
        links = [
            ServerLink(world_in(home), McpServer(f"box{n}", command=server_command(era)), len)
            for n, era in enumerate(wanted)
        ]
        began = time.perf_counter()
        assert all(len(opened.tools) == 2 for opened in reach(links, len))
        taken = time.perf_counter() - began
        close_all(links)
        return taken

    taken = interleaved(STARTS, alone=lambda: reached(eras[-1]), three=lambda: reached(*eras))
    more = median(taken["three"]) - median(taken["alone"])
    report("three servers - the slowest alone", more, "s", "<= 0.3")


def ends(home: Path) -> None:
    """Measure the end of a server, and its child, that refuse to stop."""
    taken, left = [], 0
    for _ in range(3):
        with linked(home, do="stubborn") as link:
            link.tools()
            log = log_path(link._world.environ, "box")
            while not (found := re.search(r"child (\d+)", log.read_text())):
                time.sleep(0.02)
            began = time.perf_counter()
            link.close()
            taken.append(time.perf_counter() - began)
        time.sleep(0.1)  # a killed process needs a moment to end
        with suppress(OSError):
            state = Path(f"/proc/{found[1]}/stat").read_text().rpartition(")")[2].split()[0]
            left += state != "Z"
    report("the end of a stubborn tree", max(taken), "s", "<= 2.5")
    report("processes that are left of it", left, "", "0")


def floods(home: Path) -> None:
    """Measure memory with a server that never stops sending."""
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    for do in ("flood:60", "flood:400"):
        taken = run([PYTHON, "-c", FLOODED, str(home), do], environ)
        report(f"peak memory under {do} MB", taken.peak, "MiB", "<= 60")


def main() -> None:
    """Print all figures with their limits."""
    gc.set_threshold(50_000)  # as the program does
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        calls(home)
        lists(home)
        starts(home)
        ends(home)
        floods(home)


if __name__ == "__main__":
    sys.exit(main())
