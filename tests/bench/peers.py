"""Comparing other clients with ours: ``python -m tests.bench.peers CODEX [DELTAS]``.

``CODEX`` is codex's own compiled program (of the npm package ``@openai/codex``). Both ask the
same server on the Responses wire, in one interleaved run: how long it takes from exec until the
request is there, and what a long answer costs beyond a short one.
"""

import sys
import tempfile
from pathlib import Path

from tests.bench.measure import Run, interleaved, median, program, report, run
from tests.bench.tls import to_request
from tests.support.answering.answers import responses_stream
from tests.support.answering.server import RawReply, Reply, Server
from tests.support.running.program import Program

RUNS = 9
DELTAS = 10_000


def whole(words: int) -> RawReply:
    """An answer of ``words`` words in one precomputed send, one event per chunk."""
    reply = responses_stream([" word"] * words)
    events = [step for step in reply.body if isinstance(step, bytes)]
    head = Reply(headers=reply.headers)
    return RawReply(head.head() + b"".join(map(head.frame, events)) + b"0\r\n\r\n", close=False)


def codex_command(binary: str, url: str) -> list[str]:
    """The command for one question without a terminal, outside a repository."""
    provider = f'{{name="here",base_url="{url}/v1",wire_api="responses",env_key="BENCH_KEY"}}'
    settings = ["-c", 'model_provider="here"', "-c", f"model_providers.here={provider}"]
    return [binary, "exec", "--skip-git-repo-check", *settings, "-m", "gpt-5", "hi"]


def compare(binary: str, server: Server, made: Program, home: Path, deltas: int) -> None:
    """Print both clients' figures side by side."""
    made.environ |= {"AICHAT_OPENAI_BASE_URL": f"{server.url}/v1", "OPENAI_API_KEY": "sk-bench-key"}
    ours = made.command("ask", "-p", "openai", "-m", "gpt-5", "hi")
    theirs = codex_command(binary, server.url)
    environ = {"HOME": str(home), "CODEX_HOME": str(home), "BENCH_KEY": "k", "PATH": "/usr/bin"}
    server.default = whole(1)
    taken = interleaved(
        RUNS,
        ours=lambda: to_request(ours, made.environ, server),
        codex=lambda: to_request(theirs, environ, server),
    )
    for name, seconds in taken.items():
        report(f"exec -> request, {name}", median(seconds) * 1000, "ms", "-")
    report("exec -> request", median(taken["ours"]) / median(taken["codex"]), "x", "<= 1")
    costs: dict[str, dict[int, Run]] = {"ours": {}, "codex": {}}
    for words in (1, deltas):
        server.default = whole(words)
        runs = interleaved(
            RUNS,
            ours=lambda: run(ours, made.environ),
            codex=lambda: run(theirs, environ, quiet=True),
        )
        for name, each in runs.items():
            figures = zip(*each, strict=True)
            costs[name][words] = Run(*map(median, figures))
    for what in ("cpu", "wall"):
        spent = {n: getattr(by[deltas], what) - getattr(by[1], what) for n, by in costs.items()}
        for name, seconds in spent.items():
            report(f"{what} of {deltas} deltas, {name}", seconds * 1000, "ms", "-")
        report(f"{what} of {deltas} deltas", spent["ours"] / spent["codex"], "x", "<= 1")


def main() -> None:
    """Run both with one server."""
    binary = sys.argv[1]
    deltas = int(sys.argv[2]) if len(sys.argv) > 2 else DELTAS
    server = Server(default=whole(1))
    with server, program(server.url) as made, tempfile.TemporaryDirectory() as home:
        compare(binary, server, made, Path(home), deltas)


if __name__ == "__main__":
    main()
