"""Start-up over TLS: ``python -m tests.bench.tls`` (needs the openssl command).

The baseline is a bare httpx script with its default settings, which read a
bundle of all authorities; we read the system's hashed folder as it is needed.
"""

import ssl
import subprocess
import tempfile
import time
from pathlib import Path

from tests.bench.measure import PYTHON, interleaved, median, program, report
from tests.support.answering.server import Server, chat_stream
from tests.support.running.program import Program

RUNS = 15

BARE = """
import sys, httpx
context = httpx.create_ssl_context()
context.load_verify_locations(sys.argv[2])
httpx.post(sys.argv[1] + "/v1/chat/completions", json={"messages": []}, verify=context)
"""


def certificate(folder: Path) -> ssl.SSLContext:
    """A server's TLS context with a self-signed certificate for this machine."""
    files = [str(folder / "server.key"), str(folder / "server.crt")]
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2"
    subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run(
        [*command.split(), "-keyout", files[0], "-out", files[1], *subject],
        check=True,
        stderr=subprocess.DEVNULL,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files[1], files[0])
    return context


def hashed(folder: Path) -> Path:
    """A copy of the system's folder of authorities, with ours added."""
    both = folder / "authorities"
    both.mkdir()
    for file in Path("/etc/ssl/certs").glob("*.[0-9]"):
        (both / file.name).symlink_to(file.resolve())
    certificate = folder / "server.crt"
    shown = subprocess.run(
        ["openssl", "x509", "-hash", "-noout", "-in", str(certificate)],
        check=True,
        capture_output=True,
        text=True,
    )
    (both / f"{shown.stdout.strip()}.0").symlink_to(certificate)
    return both


def to_request(command: list[str], environ: dict[str, str], server: Server) -> float:
    """Seconds from exec until the server has read the whole request."""
    seen = len(server.requests)
    begin = time.monotonic()
    subprocess.run(
        command,
        env=environ,
        check=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    return server.requests[seen].at - begin


def compare(folder: Path, server: Server, made: Program) -> None:
    """Print the ratio."""
    url = server.url.replace("http:", "https:")
    made.environ["AICHAT_GROQ_BASE_URL"] = f"{url}/v1"
    made.environ["SSL_CERT_DIR"] = str(hashed(folder))
    bare = [PYTHON, "-c", BARE, url, str(folder / "server.crt")]
    plain = {name: value for name, value in made.environ.items() if name != "SSL_CERT_DIR"}
    taken = interleaved(
        RUNS,
        ours=lambda: to_request(made.command("ask", "hi"), made.environ, server),
        bare=lambda: to_request(bare, plain, server),
    )
    ratio = median(taken["ours"]) / median(taken["bare"])
    report("exec -> request complete over TLS / bare httpx", ratio, "x", "1.1")


def main() -> None:
    """Run both clients with one server."""
    with tempfile.TemporaryDirectory() as name:
        context = certificate(Path(name))
        server = Server(default=chat_stream(["word"]), ssl_context=context)
        with server, program(server.url) as made:
            compare(Path(name), server, made)


if __name__ == "__main__":
    main()
