"""The cost of a spoken session beyond a bare script: ``python -m tests.bench.live``.

The script uses the same library, and the same player, and does nothing but hand sound over and
show the words of it as they come.
"""

import json
import os
import sys
import tempfile
import threading
import time
from base64 import b64encode
from pathlib import Path
from typing import Any

from tests.bench.measure import interleaved, median, report, run
from tests.support.answering.live import STYLES, LiveServer
from tests.support.running.program import Program

RUNS, SHORT, LONG = 9, 200, 3000

#: A tenth of a second of audio, and a word of its transcript.
PIECE = b64encode(bytes(range(256)) * 18 + bytes(192)).decode()
PLACE = {"response_id": "r", "item_id": "i", "output_index": 0, "content_index": 0}

BARE = """
import json, subprocess, sys
from base64 import b64decode
from websockets.sync.client import connect
url, to = sys.argv[1:]
player = None
with connect(url, compression=None, max_size=1 << 24, proxy=None) as socket:
    socket.recv()
    socket.send('{"type": "session.update", "session": {"type": "realtime"}}')
    socket.recv()
    socket.send('{"type": "conversation.item.create", "item": {"type": "message", "role": "user", '
                '"content": [{"type": "input_text", "text": "hi"}]}}')
    socket.send('{"type": "response.create"}')
    while True:
        told = json.loads(socket.recv())
        if told["type"] == "response.output_audio.delta":
            if player is None:
                player = (open(to, "wb") if not to.startswith("|") else
                          subprocess.Popen([to[1:]], stdin=subprocess.PIPE).stdin)
            player.write(b64decode(told["delta"]))
            player.flush()
        elif told["type"] == "response.output_audio_transcript.delta":
            print(told["delta"], end="", flush=True)
        elif told["type"] == "response.done":
            break
"""


def answer(pieces: int) -> list[Any]:
    """A spoken answer of ``pieces`` pieces."""
    sound = {"type": "response.output_audio.delta", **PLACE, "delta": PIECE}
    word = {"type": "response.output_audio_transcript.delta", **PLACE, "delta": "a "}
    begin, *_, end, _ = STYLES["openai"].answer("x")
    frames = [begin, *(frame for _ in range(pieces) for frame in (sound, word)), end]
    return [json.dumps(frame) for frame in frames]


def cpu() -> None:
    """CPU per second of speech, by the difference between a long answer and a short one."""
    with tempfile.TemporaryDirectory() as folder, LiveServer("openai") as server:
        home = Path(folder)
        made = server.point(Program(home))
        script = f"{home}/bare.py"
        Path(script).write_text(BARE)
        url = f"ws://127.0.0.1:{server.port}/v1/realtime?model=m"

        def bare(pieces: int) -> float:
            server.script.append(answer(pieces))
            return run([sys.executable, script, url, f"{home}/b.raw"], made.environ).cpu

        def ours(pieces: int) -> float:
            server.script.append(answer(pieces))
            words = (
                "live",
                "-p",
                "openai",
                "--no-save",
                "--force",
                "--output",
                f"{home}/a.wav",
                "hi",
            )
            return run(made.command(*words), made.environ, quiet=True).cpu

        taken = interleaved(
            RUNS,
            bare=lambda: bare(LONG) - bare(SHORT),
            ours=lambda: ours(LONG) - ours(SHORT),
        )
    report("CPU of what is said, of the bare script", _ratio(taken), "x", "<= 1.3")


def _ratio(taken: dict[str, list[float]]) -> float:
    return median(taken["ours"]) / median(taken["bare"])


def first_sound() -> None:
    """Milliseconds from the first audio sent to the first byte at the player."""
    with tempfile.TemporaryDirectory() as folder, LiveServer("openai", turn_pieces=1) as server:
        home = Path(folder)
        made = server.point(Program(home))
        (home / "bin").mkdir()
        (home / "bare.py").write_text(BARE)
        _script(home / "bin" / "arecord", "head -c 4800 /dev/zero; exec sleep 60")
        made.environ["PATH"] = f"{home}/bin:/usr/bin:/bin"
        count = iter(range(1000))
        url = f"ws://127.0.0.1:{server.port}/v1/realtime?model=m"

        def measure(*command: str) -> float:
            times: list[float] = []
            pipe = home / f"heard{next(count)}"
            os.mkfifo(pipe)
            _script(home / "bin" / "aplay", f"exec cat > {pipe}")
            mark = lambda: times.append(time.perf_counter())  # noqa: E731  it is a step
            begin, *rest = answer(3)
            server.script[:] = [[begin, lambda: time.sleep(0.2), mark, *rest]]
            listener = threading.Thread(target=_hear, args=(pipe, times))
            listener.start()
            process = made.spawn(*command)
            listener.join()
            process.terminate()
            process.wait()
            return (times[1] - times[0]) * 1000

        ours = made.command("live", "-p", "openai", "--no-save", "--voice")
        taken = interleaved(
            RUNS * 2,
            bare=lambda: measure(sys.executable, "bare.py", url, f"|{home}/bin/aplay"),
            ours=lambda: measure(*ours),
        )
    more = median(taken["ours"]) - median(taken["bare"])
    report("first sound later than by the bare script", more, "ms", "<= 5")


def _script(path: Path, text: str) -> None:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def _hear(path: Path, times: list[float]) -> None:
    with path.open("rb") as file:
        file.read(1)
        times.append(time.perf_counter())


if __name__ == "__main__":
    cpu()
    first_sound()
