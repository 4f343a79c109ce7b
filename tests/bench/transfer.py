"""Large bodies, ours and ``http.client``'s: ``python -m tests.bench.transfer [MB]``.

The server is another process that reads and writes as fast as the loopback lets it.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench.measure import PYTHON, Run, interleaved, median, program, report, run

RUNS = 3

SERVER = """
import http.server, os, socketserver, sys
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def log_message(self, *_): pass
    def do_GET(self):
        size = int(self.path.rpartition("/")[2])
        self.send_response(200)
        self.send_header("content-length", str(size))
        self.end_headers()
        piece = bytes(1 << 20)
        while size > 0:
            self.wfile.write(piece[:size])
            size -= len(piece)
    def do_POST(self):
        left = int(self.headers["content-length"])
        while left > 0:
            left -= len(self.rfile.read1(1 << 20))
        self.send_response(200)
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"{}")
server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
server.serve_forever()
"""

#: With a fourth argument it makes sure that the file is on the disk, as ours does.
DOWN = """
import http.client, os, sys
connection = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]))
connection.request("GET", f"/v1/{sys.argv[2]}")
answer = connection.getresponse()
with open(sys.argv[3], "wb") as file:
    while data := answer.read(1 << 16):
        file.write(data)
    if sys.argv[4:]:
        file.flush()
        os.fsync(file.fileno())
"""
UP = """
import http.client, os, sys
connection = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]))
with open(sys.argv[3], "rb") as file:
    size = str(os.path.getsize(sys.argv[3]))
    connection.request("POST", "/v1/up", file, {"content-length": size})
    connection.getresponse().read()
"""


@contextmanager
def fast_server() -> Iterator[int]:
    """The port of a fast server in another process."""
    process = subprocess.Popen([PYTHON, "-c", SERVER], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    try:
        yield int(process.stdout.readline())
    finally:
        process.kill()
        process.wait()


def main() -> None:
    """Print rates and peak memory."""
    size = int(sys.argv[1] if len(sys.argv) > 1 else 2_048) << 20
    with tempfile.TemporaryDirectory() as name, fast_server() as port:
        source, sink = Path(name) / "source", Path(name) / "sink"
        with source.open("wb") as file:
            os.truncate(file.fileno(), size)
        with program(f"http://127.0.0.1:{port}") as made:
            get = made.command("api", "groq", "GET", f"/{size}", "--output", str(sink))
            post = made.command("api", "groq", "POST", "/up", "-d", f"@{source}")
            bare = [PYTHON, "-c", DOWN, str(port), str(size), str(sink)]

            def down(command: list[str], environ: dict[str, str] | None = None) -> Run:
                sink.unlink(missing_ok=True)  # frees its memory at once
                return run(command, environ)

            taken = interleaved(
                RUNS,
                down=lambda: down(get, made.environ),
                plain_down=lambda: down([*bare, "kept"]),
                hasty_down=lambda: down(bare),
                up=lambda: run(post, made.environ),
                plain_up=lambda: run([PYTHON, "-c", UP, str(port), str(size), str(source)]),
            )
    for which in ("down", "up"):
        ours = median([one.wall for one in taken[which]])
        plain = median([one.wall for one in taken[f"plain_{which}"]])
        report(f"{which}load of {size >> 20} MB, rate / http.client's", plain / ours, "x", ">= 0.9")
        if which == "down":
            hasty = median([one.wall for one in taken["hasty_down"]])
            report("the same, but its file is only in memory yet", hasty / ours, "x", "-")
        report(f"{which}load, peak memory", max(one.peak for one in taken[which]), "MB", "29")


if __name__ == "__main__":
    main()
