"""The cost of rendering: ``python -m tests.bench.render [--quick]``.

One Rich render, ``rich.live.Live`` at 10 Hz and our renderer side by side; CPU
seconds, bytes, growth exponents, ratios, and the cost curve. Paced is 200
tokens of 4 characters a second, on a clock of our own; burst is 16 KB at once.
"""

import io
import math
import sys
import time
from typing import NamedTuple

from rich.console import Console
from rich.live import Live
from rich.markdown import Markdown

from aichat.term.answer.renderer import Renderer
from aichat.term.answer.style import RenderStyle
from tests.bench.measure import median, report
from tests.term.documents import GIANTS, mixed

TOKEN, PACE = 4, 200  # characters, tokens a second
MIXED = (5_000, 20_000, 80_000, 320_000)
GIANT = (10_000, 40_000, 160_000)
LOOK = RenderStyle(colours="truecolor")


class Cost(NamedTuple):
    """CPU seconds, bytes to the terminal, and seconds of the worst frame and of the end."""

    cpu: float
    bytes: int
    worst: float = 0.0
    last: float = 0.0


def rich_once(text: str) -> Cost:
    """One render of the finished text."""
    begin = time.process_time()
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=80, color_system="truecolor")
    console.print(Markdown(text, code_theme="ansi_dark", hyperlinks=False))
    return Cost(time.process_time() - begin, len(out.getvalue().encode()))


def rich_live(text: str) -> Cost:
    """``Live`` over everything so far, ten times per second at the same pace."""
    begin = time.process_time()
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=80, height=24, color_system="truecolor")
    step = TOKEN * PACE // 10
    with Live(console=console, auto_refresh=False, vertical_overflow="visible") as live:
        for end in range(step, len(text) + step, step):
            shown = Markdown(text[:end], code_theme="ansi_dark", hyperlinks=False)
            live.update(shown, refresh=True)
    return Cost(time.process_time() - begin, len(out.getvalue().encode()))


def ours(text: str, size: int, pace: float) -> Cost:
    """Our renderer, with ``size`` characters every ``pace`` seconds."""
    sent, waited = [], [0.0]
    renderer = Renderer(
        lambda piece: sent.append(len(piece.encode())),
        lambda: (80, 24),
        lambda: waited[0] + time.perf_counter(),
        LOOK,
    )
    worst = 0.0
    begin = time.process_time()
    for place in range(0, len(text), size):
        start = time.perf_counter()
        renderer.feed(text[place : place + size])
        worst = max(worst, time.perf_counter() - start)
        waited[0] += pace
    end = time.perf_counter()
    renderer.close()
    return Cost(time.process_time() - begin, sum(sent), worst, time.perf_counter() - end)


def paced(text: str) -> Cost:
    """Our renderer at the pace of tokens."""
    return ours(text, TOKEN, 1 / PACE)


def burst(text: str) -> Cost:
    """Our renderer with everything at once."""
    return ours(text, 16_384, 0.0)


def exponent(sizes: tuple[int, ...], costs: list[float]) -> float:
    """The slope of cost over size on a double logarithmic scale, by least squares."""
    xs, ys = [math.log(x) for x in sizes], [math.log(max(y, 1e-6)) for y in costs]
    x, y = sum(xs) / len(xs), sum(ys) / len(ys)
    above = sum((a - x) * (b - y) for a, b in zip(xs, ys, strict=True))
    return above / sum((a - x) ** 2 for a in xs)


def curve(title: str, sizes: tuple[int, ...], series: dict[str, list[float]]) -> None:
    """Print CPU by size as bars on a logarithmic scale that starts at a millisecond."""
    sys.stdout.write(f"\n{title} (CPU seconds, logarithmic)\n")
    for number, size in enumerate(sizes):
        for name, costs in series.items():
            if number < len(costs):
                bar = "█" * max(1, round(8 * math.log10(costs[number] * 1000 + 1)))
                sys.stdout.write(f"{size // 1000:>5} KB {name:<11} {bar} {costs[number]:.3f}\n")


def middle(work: list[Cost]) -> Cost:
    """The median of runs, field by field."""
    return Cost(*(median([float(run[n]) for run in work]) for n in range(4)))  # type: ignore[arg-type]


def bench_mixed(runs: int, *, live_upto: int) -> None:
    """Measure mixed documents."""
    kinds = {"Rich once": rich_once, "ours paced": paced, "ours burst": burst}
    costs: dict[str, list[Cost]] = {name: [] for name in kinds}
    for size in MIXED:
        text = mixed(size)
        taken: dict[str, list[Cost]] = {name: [] for name in kinds}
        for _ in range(runs):
            for name, kind in kinds.items():
                taken[name].append(kind(text))
        for name in kinds:
            costs[name].append(middle(taken[name]))
    live = [rich_live(mixed(size)) for size in MIXED if size <= live_upto]
    once, slow, fast = (costs[name][-1] for name in kinds)
    report("CPU, 320 KB mixed, paced / one Rich render", slow.cpu / once.cpu, "x", "1.9")
    report("CPU, 320 KB mixed, burst / one Rich render", fast.cpu / once.cpu, "x", "1.6")
    report("bytes, paced / one Rich render", slow.bytes / once.bytes, "x", "1.6")
    report("bytes, burst / one Rich render", fast.bytes / once.bytes, "x", "1.6")
    report("worst frame, paced", 1000 * slow.worst, "ms", "50")
    report("last byte to last word", 1000 * slow.last, "ms", "100")
    grown = [cost.cpu for cost in costs["ours paced"]]
    report("growth of CPU, 20 to 320 KB, paced", exponent(MIXED[1:], grown[1:]), "", "1.10")
    report(
        "growth of CPU, 20 to 320 KB, burst",
        exponent(MIXED[1:], [cost.cpu for cost in costs["ours burst"]][1:]),
        "",
        "1.10",
    )
    if live:
        size = MIXED[len(live) - 1] // 1000
        report(
            f"rich.live at 10 Hz, {size} KB / ours paced",
            live[-1].cpu / grown[len(live) - 1],
            "x",
            "-",
        )
        report(
            f"rich.live bytes, {size} KB / ours paced",
            live[-1].bytes / costs["ours paced"][len(live) - 1].bytes,
            "x",
            "-",
        )
    series = {name: [cost.cpu for cost in list_] for name, list_ in costs.items()}
    curve("mixed", MIXED, {**series, "Live": [cost.cpu for cost in live]})


def bench_giants(runs: int) -> None:
    """Measure giant single blocks."""
    for name, make in GIANTS.items():
        ours_, once = [], []
        worst = last = 0.0
        for size in GIANT:
            text = make(size)
            cost = middle([paced(text) for _ in range(runs)])
            ours_.append(cost.cpu)
            worst, last = max(worst, cost.worst), max(last, cost.last)
            if size == GIANT[-1]:
                once.append(rich_once(text).cpu)
        report(f"growth, giant {name}, 10 to 160 KB, paced", exponent(GIANT, ours_), "", "1.10")
        report(
            f"  CPU of 160 KB / one Rich render ({once[0]:.2f} s)", ours_[-1] / once[0], "x", "-"
        )
        report(
            f"  worst frame; last byte to last word: {1000 * last:.0f} ms", 1000 * worst, "ms", "50"
        )


def bench_paragraph(runs: int) -> None:
    """Measure one paragraph without a line end, its tokens as fast as they can be fed."""
    text = GIANTS["paragraph"](78_000)
    pairs = [(ours(text, TOKEN, 0.0).cpu, rich_once(text).cpu) for _ in range(2 * runs + 1)]
    report(
        "CPU, paragraph of 78 KB, token by token / one Rich render",
        median([fed / once for fed, once in pairs]),
        "x",
        "1.9",
    )


def main() -> None:
    """Measure everything, or less with ``--quick``."""
    quick = "--quick" in sys.argv
    rich_once(mixed(5_000)), paced(mixed(5_000)), burst(mixed(5_000))  # warm
    bench_mixed(1 if quick else 3, live_upto=5_000 if quick else 20_000)
    bench_paragraph(1 if quick else 3)
    bench_giants(1 if quick else 2)


if __name__ == "__main__":
    main()
