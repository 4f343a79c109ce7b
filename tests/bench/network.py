"""A far server: ``python -m tests.bench.network`` (needs the openssl command).

TLS behind a relay that delays each direction by 30 ms: one round trip is 60. ``ask`` against
a bare httpx script, and in the chat how long it takes from Enter until the request is there.
A script that is ready to send says what of that is the machine's own: one that has slept may need
milliseconds for what else it does in none.
Each run is set against the one beside it, which the machine was as busy for; the quartiles say
how far a figure can be believed.
"""

import os
import pty
import ssl
import statistics
import subprocess
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

RUNS, ONE_WAY = 21, 0.030
IDLE, TURNS = 30.0, 9

#: Seconds from the last key to Enter: as people do, and so few that nothing gets cold.
_THINKING, _AT_ONCE = 0.5, 0.02

#: A script that only waits for a key with an open connection.
READY = """
import os, ssl, socket, sys
port, authority, turns = sys.argv[1:]
context = ssl.create_default_context(cafile=authority)
raw = socket.create_connection(("127.0.0.1", int(port)))
raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
link = context.wrap_socket(raw, server_hostname="127.0.0.1")
body = b'{"messages": [{"role": "user", "content": "how are you"}], "stream": true}'
head = b"POST /v1/chat/completions HTTP/1.1\\r\\nHost: x\\r\\nContent-Length: %d\\r\\n\\r\\n"
for _ in range(int(turns)):
    os.write(1, b"> ")
    os.read(0, 100)
    link.sendall(head % len(body) + body)
    heard = b""
    while not heard.endswith(b"0\\r\\n\\r\\n"):
        heard += link.recv(1 << 16)
"""


def compare(folder: Path, server: Server, relay: Relay, made: Program) -> None:
    """Print how much of the network's latency is hidden."""
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
    pairs = zip(taken["bare"], taken["ours"], strict=True)
    low, trips, high = quantiles([(bare - ours) / (2 * ONE_WAY) for bare, ours in pairs])
    report("bare httpx, exec -> request", median(taken["bare"]) * 1000, "ms", "-")
    report("aichat ask, exec -> request", median(taken["ours"]) * 1000, "ms", "-")
    report("ahead of a bare httpx script by", trips, "RTT", f">= 1.5 ({low:.2f} to {high:.2f})")


def chat(server: Server, made: Program, idle: float) -> None:
    """Print the delay after Enter: in the first turn, in later ones, and after an idle time."""
    firsts, later, last, warm = [], [], [], []
    for _ in range(3):
        first, *others, after = ask_turns(server, made, idle)
        firsts.append(first)
        later += others
        last.append(after)
        warm += ask_turns(server, made, pause=_AT_ONCE)[1:]
    report("chat, Enter -> request, first", median(firsts) / (2 * ONE_WAY), "RTT", "<= 0.6")
    low, middle, high = (figure / (2 * ONE_WAY) for figure in quantiles(later))
    report("chat, Enter -> request, later", middle, "RTT", f"<= 0.6 ({low:.2f} to {high:.2f})")
    report(
        f"chat, Enter -> request, idle {idle:g} s", median(last) / (2 * ONE_WAY), "RTT", "<= 0.6"
    )
    report("chat, Enter right behind a key -> request", median(warm) / (2 * ONE_WAY), "RTT", "-")


def ready(server: Server, relay: Relay, authority: Path, idle: float) -> None:
    """Print the delay of the ready script in the same turns."""
    master, slave = pty.openpty()
    words = (PYTHON, "-c", READY, str(relay.port), str(authority), str(TURNS))
    process = subprocess.Popen(words, stdin=slave, stdout=slave)
    taken = []
    for turn in range(TURNS):
        while b"> " not in os.read(master, 1 << 10):
            pass
        time.sleep(idle if turn == TURNS - 1 else _THINKING)
        seen, begin = len(server.requests), time.monotonic()
        os.write(master, b"\n")
        taken.append((server.wait_requests(seen + 1)[seen].at - begin) / (2 * ONE_WAY))
    process.wait()
    *others, after = taken
    report("a script that is ready, Enter -> request", median(others), "RTT", "-")
    report(f"a script that is ready, idle {idle:g} s", after, "RTT", "-")


def ask_turns(
    server: Server, made: Program, idle: float = 0.0, pause: float = _THINKING
) -> list[float]:
    """Seconds from Enter to the request of each turn of a chat; the last follows an idle time.

    ``pause`` is the time between the last key and Enter.
    """
    repl = Repl(made, "chat")
    repl.wait_for_prompt()
    taken = []
    for turn in range(TURNS):
        if turn == TURNS - 1:
            time.sleep(idle)
        repl.type("how are you")
        time.sleep(pause)
        seen = len(server.requests)
        begin = time.monotonic()
        repl.type("\r")
        taken.append(server.wait_requests(seen + 1)[seen].at - begin)
        repl.wait_for_prompt()
    repl.type("\x04")
    repl.wait_for_exit()
    repl.close()
    return taken


def quantiles(figures: list[float]) -> list[float]:
    """The quartiles, with the median in the middle."""
    return statistics.quantiles(figures, n=4)


def main() -> None:
    """Run both with one server and one relay."""
    idle = float(sys.argv[1]) if len(sys.argv) > 1 else IDLE
    with tempfile.TemporaryDirectory() as name:
        context: ssl.SSLContext = certificate(Path(name))
        server = Server(default=chat_stream(["word"]), ssl_context=context)
        with server, program(server.url) as made:
            port = int(server.url.rpartition(":")[2])
            with Relay(port, ONE_WAY) as relay:
                compare(Path(name), server, relay, made)
                chat(server, made, idle)
                ready(server, relay, Path(name) / "server.crt", idle)


if __name__ == "__main__":
    main()
