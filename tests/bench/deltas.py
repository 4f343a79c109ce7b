"""CPU of a streamed answer: ``python -m tests.bench.deltas [DELTAS]``.

The baseline reads the same bytes with httpx, splits them, parses each event and
writes its text: the least that a client can do. The start-up of both is taken
off by a run of one delta each.
"""

import sys

from tests.bench.measure import PYTHON, interleaved, median, program, report, run, served
from tests.support.running.program import Program

RUNS = 9

BASELINE = """
import json, os, sys, httpx
tail = b""
with httpx.Client(trust_env=False, verify=False) as client:
    url = sys.argv[1] + "/v1/chat/completions"
    with client.stream("POST", url, json={"stream": True}) as answer:
        for chunk in answer.iter_bytes():
            *events, tail = (tail + chunk).split(b"\\n\\n")
            for event in events:
                if event.startswith(b"data: {"):
                    for choice in json.loads(event[6:])["choices"]:
                        text = choice["delta"].get("content")
                        if text:
                            os.write(1, text.encode())
"""


def compare(deltas: int, per_chunk: int, bar: str) -> None:
    """Print the ratio of our CPU to the baseline's, both without start-up."""
    figures: dict[str, dict[int, float]] = {"ours": {}, "base": {}}
    for count in (1, deltas):
        options = ("--deltas", str(count), "--per-chunk", str(per_chunk))
        with served(*options) as url, program(url) as made:
            taken = interleaved(
                RUNS,
                ours=lambda made=made: ours(made),
                base=lambda url=url: run([PYTHON, "-c", BASELINE, url]).cpu,
            )
        for name, values in taken.items():
            figures[name][count] = median(values)
    cost = {name: by[deltas] - by[1] for name, by in figures.items()}
    what = f"CPU per {deltas} deltas, {per_chunk} a chunk"
    report(f"{what} (ours)", cost["ours"] * 1000, "ms", "-")
    report(f"{what} (baseline)", cost["base"] * 1000, "ms", "-")
    report(what, cost["ours"] / cost["base"], "x", bar)


def ours(made: Program) -> float:
    """CPU seconds of one ``aichat ask``, piped."""
    return run(made.command("ask", "hi"), made.environ).cpu


def main() -> None:
    """Measure one delta per chunk, then twenty."""
    deltas = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    compare(deltas, 1, "0.85")
    compare(deltas, 20, "1.5")


if __name__ == "__main__":
    main()
