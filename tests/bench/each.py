"""Runs over many inputs, beside the official SDK's async client: ``python -m tests.bench.each``.

``python -m tests.bench.each 200000`` runs so many rows, for their memory.
"""

import sys
from pathlib import Path

from tests.bench.measure import PYTHON, interleaved, median, program, report, run, served
from tests.support.running.program import Program

RUNS, ROWS, JOBS = 3, 2000, 64

#: The same loop in OpenAI's SDK: as many at once, streamed, in order.
SDK = """
import asyncio, sys, openai

async def main(url, rows, jobs):
    client = openai.AsyncOpenAI(api_key="k", base_url=url)
    places, answers = asyncio.Semaphore(jobs), [""] * rows

    async def ask(number):
        said = [{"role": "user", "content": f"row {number}"}]
        async with places:
            stream = await client.chat.completions.create(model="m", messages=said, stream=True)
            async for event in stream:
                if event.choices and event.choices[0].delta.content:
                    answers[number] += event.choices[0].delta.content

    await asyncio.gather(*map(ask, range(rows)))

asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
"""


def ours(made: Program, rows: int) -> list[str]:
    """The command that asks about ``rows`` inputs, with answers only in its file."""
    (made.home / "in.txt").write_text("".join(f"row {n}\n" for n in range(rows)))
    Path(made.home / "out").unlink(missing_ok=True)
    words = ("--each", str(made.home / "in.txt"), "--output", str(made.home / "out"), "--no-save")
    return made.command("ask", "-q", "--jobs", str(JOBS), *words)


def main() -> None:
    """Print rows per CPU second, and peak memory."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    with served("--deltas", "10", "--per-chunk", "10") as url, program(url) as made:
        if rows != ROWS:
            peak = run(ours(made, rows), made.environ).peak
            report(f"memory at {rows:,} rows", peak, "MB", "<= 80")
            return
        sdk = [PYTHON, "-c", SDK, f"{url}/v1", str(rows), str(JOBS)]
        taken = interleaved(
            RUNS,
            ours=lambda: run(ours(made, rows), made.environ).cpu,
            sdk=lambda: run(sdk, made.environ).cpu,
        )
        ratio = median(taken["sdk"]) / median(taken["ours"])
        report("rows a CPU second, against the SDK's async client", ratio, "x", ">= 1.5")
        small, large = (run(ours(made, n), made.environ).peak for n in (rows, 5 * rows))
        report(f"memory at {5 * rows:,} rows - at {rows:,}", large - small, "MB", "flat")


if __name__ == "__main__":
    main()
