"""Start-up: ``python -m tests.bench.startup``.

H is ``python -c "import httpx"``, P is ``python -c pass``, in the same virtual
environment, interleaved with what they are compared to.
"""

import os
import subprocess
import time

from aichat import providers
from tests.bench.measure import PYTHON, interleaved, median, program, report, run, served
from tests.support.answering.server import Server, chat_stream
from tests.support.running.program import Program
from tests.support.values.media import png

RUNS = 15


def to_request(made: Program, server: Server, *words: str) -> float:
    """Seconds from exec until the server has read the whole request."""
    seen = len(server.requests)
    begin = time.monotonic()
    command = ("ask", "hi", *words)
    with made.start(*command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        at = server.wait_requests(seen + 1)[seen].at
        process.wait()
    return at - begin


def to_end(made: Program) -> tuple[float, float]:
    """The seconds of the whole run, and from the answer's last byte to the process's end.

    The answer's end is detected on the pipe by the newline that is written after it.
    """
    begin = time.perf_counter()
    with made.start("ask", "hi", stderr=subprocess.DEVNULL) as process:
        assert process.stdout
        handle = process.stdout.fileno()
        last = begin
        while os.read(handle, 65536).strip(b"\n") or not last > begin:
            last = time.perf_counter()
        process.wait()
        end = time.perf_counter()
    return end - begin, end - last


def wires(made: Program, server: Server) -> None:
    """Print the time of each wire's request relative to the chat wire's."""
    others = {"openai": "responses", "anthropic": "messages", "gemini": "gemini", "qwen": "chat"}
    for name in others:
        made.environ[f"AICHAT_{name.upper()}_BASE_URL"] = f"{server.url}/v1"
        made.environ[providers.load(name).key_variables[0]] = "sk-0123456789abcdef"
    subjects = {name: ("-p", name) for name in ("groq", *others)} | {
        "dashscope": ("-p", "qwen", "--wire", "dashscope")
    }
    taken = interleaved(
        RUNS,
        **{
            name: lambda words=words: to_request(made, server, *words)
            for name, words in subjects.items()
        },
    )
    chat = median(taken.pop("groq"))
    for name, values in taken.items():
        report(
            f"exec -> request complete, {name} / groq's chat", median(values) / chat, "x", "1.03"
        )


def picture(made: Program, server: Server) -> None:
    """Print the time from the path of a 5 MB image to the request that contains it."""
    made.environ["AICHAT_OPENAI_BASE_URL"] = f"{server.url}/v1"
    made.environ["OPENAI_API_KEY"] = "sk-0123456789abcdef"
    path = made.home / "a.png"
    path.write_bytes(png(64, 64, (b"tEXt", b"Comment\0" + bytes(5_000_000))))
    words = ("-p", "openai", "--no-save", "-f", str(path))
    taken = interleaved(
        RUNS,
        ours=lambda: to_request(made, server, *words),
        base64=lambda: run(["base64", str(path)]).wall,
        h=lambda: run([PYTHON, "-c", "import httpx"]).wall,
    )
    assert len(server.requests[-1].body) > 6_000_000
    least = median(taken["base64"]) + median(taken["h"])
    report(
        "5 MB picture -> request complete / base64 + H", median(taken["ours"]) / least, "x", "1.3"
    )


def main() -> None:
    """Print all figures with their limits."""
    with Server(default=chat_stream(["word"])) as server, program(server.url) as made:
        taken = interleaved(
            RUNS,
            h=lambda: run([PYTHON, "-c", "import httpx"]).wall,
            request=lambda: to_request(made, server),
            end=lambda: to_end(made),
        )
    h = median(taken["h"])
    report("H in milliseconds", h * 1000, "ms", "-")
    report("exec -> request complete", median(taken["request"]) / h, "H", "1.20")
    report("whole run of a one-token answer", median([w for w, _ in taken["end"]]) / h, "H", "1.25")
    report("last byte -> process gone", median([e for _, e in taken["end"]]) / h, "H", "0.06")
    with Server(default=chat_stream(["word"])) as server, program(server.url) as made:
        wires(made, server)
        picture(made, server)
    with served("--deltas", "1", "--per-chunk", "1") as url, program(url) as made:
        plain = interleaved(
            RUNS,
            p=lambda: run([PYTHON, "-c", "pass"]).wall,
            h=lambda: run([PYTHON, "-c", "import httpx"]).peak,
            version=lambda: run(made.command("--version"), made.environ).wall,
            help=lambda: run(made.command("--help"), made.environ).wall,
            peak=lambda: run(made.command("ask", "hi"), made.environ).peak,
        )
    p = median(plain["p"])
    report("P in milliseconds", p * 1000, "ms", "-")
    report("python -m aichat --version", median(plain["version"]) / p, "P", "1.5")
    report("aichat --help", median(plain["help"]) / p, "P", "9")
    report("peak memory, piped", median(plain["peak"]) / median(plain["h"]), "x", "1.20")


if __name__ == "__main__":
    main()
