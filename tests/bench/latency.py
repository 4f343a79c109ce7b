"""From a delta's arrival to stdout: ``python -m tests.bench.latency``.

The text of each delta is the time at which the server sent it.
"""

import re
import subprocess
import time

from tests.bench.measure import program, report, served

DELTAS = 400


def main() -> None:
    """Print the 50th and 95th percentile of the delays."""
    options = ("--deltas", str(DELTAS), "--per-chunk", "1", "--stamp", "--every", "0.005")
    delays = []
    with served(*options) as url, program(url) as made:
        process = made.start("ask", "hi", stderr=subprocess.DEVNULL, bufsize=0)
        assert process.stdout
        while data := process.stdout.read(65536):
            now = time.time_ns()
            delays += [now - int(stamp) for stamp in re.findall(rb"\d{19}", data)]
        process.wait()
    delays.sort()
    report("a delta arrives -> on stdout, p50", delays[len(delays) // 2] / 1e6, "ms", "-")
    report("a delta arrives -> on stdout, p95", delays[len(delays) * 95 // 100] / 1e6, "ms", "5")


if __name__ == "__main__":
    main()
