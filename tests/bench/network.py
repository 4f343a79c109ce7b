"""A far server: ``python -m tests.bench.network`` (needs the openssl command).

TLS behind a relay that delays each direction by 30 ms: one round trip is 60. ``ask`` against
a bare httpx script, and in the chat how long it takes from Enter until the request is there.
"""

import ssl
import sys
import tempfile
import time
from pathlib import Path

from tests.bench.measure import PYTHON, interleaved, median, program, report
from tests.bench.tls import BARE, certificate, hashed, to_request
from tests.support.answering.relay import Relay
from tests.support.answering.server import Server, chat_stream
from tests.support.running.program import Program
from tests.support.terminal.repl import Repl

RUNS, ONE_WAY = 11, 0.030
IDLE = 30.0


def compare(folder: Path, server: Server, relay: Relay, made: Program) -> None:
    """Print how much of the network is hidden."""
    url = f"https://127.0.0.1:{relay.port}"
    made.environ["AICHAT_GROQ_BASE_URL"] = f"{url}/v1"
    made.environ["SSL_CERT_DIR"] = str(hashed(folder))
    bare = [PYTHON, "-c", BARE, url, str(folder / "server.crt")]
    plain = {name: value for name, value in made.environ.items() if name != "SSL_CERT_DIR"}
    taken = interleaved(
        RUNS,
        ours=lambda: to_request(made.command("ask", "hi"), made.environ, server),
        bare=lambda: to_request(bare, plain, server),
    )
    trips = (median(taken["bare"]) - median(taken["ours"])) / (2 * ONE_WAY)
    report("bare httpx, exec -> request", median(taken["bare"]) * 1000, "ms", "-")
    report("aichat ask, exec -> request", median(taken["ours"]) * 1000, "ms", "-")
    report("ahead of a bare httpx script by", trips, "RTT", ">= 1.5")


def chat(server: Server, made: Program, idle: float) -> None:
    """Print what Enter waits for, typed quickly and after an idle time."""
    repl = Repl(made, "chat")
    repl.wait_for_prompt()
    taken = []
    for turn in range(4):
        if turn == 3:
            time.sleep(idle)
        repl.type("how are you")
        time.sleep(0.5)  # people do not type faster
        seen = len(server.requests)
        begin = time.monotonic()
        repl.type("\r")
        taken.append(server.wait_requests(seen + 1)[seen].at - begin)
        repl.wait_for_prompt()
    repl.type("\x04")
    repl.wait_for_exit()
    repl.close()
    for name, seconds in zip(("first", "second", "third", f"idle {idle:g} s"), taken, strict=True):
        report(f"chat, Enter -> request, {name}", seconds / (2 * ONE_WAY), "RTT", "<= 0.6")


def main() -> None:
    """One server and one relay for both."""
    idle = float(sys.argv[1]) if len(sys.argv) > 1 else IDLE
    with tempfile.TemporaryDirectory() as name:
        context: ssl.SSLContext = certificate(Path(name))
        server = Server(default=chat_stream(["word"]), ssl_context=context)
        with server, program(server.url) as made:
            port = int(server.url.rpartition(":")[2])
            with Relay(port, ONE_WAY) as relay:
                compare(Path(name), server, relay, made)
                chat(server, made, idle)


if __name__ == "__main__":
    main()
