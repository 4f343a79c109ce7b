"""The table of models as it stands on terminals of several widths; the screens are kept as text.

``python -m tests.test_models_screens`` writes them anew, to be looked at.
"""

import io
import time
from pathlib import Path

import pytest

from aichat.commands.models_table import listed
from aichat.core.capability import Card
from aichat.core.clock import Clock
from aichat.core.model import Model
from aichat.core.price import Price, exact
from aichat.core.selection import Day
from aichat.known import Known
from aichat.term.world import World

SCREENS = Path(__file__).parent / "screens"
WIDTHS = (40, 64, 80, 120, 160)
REASONS = Card(control="effort", efforts=("low", "high"))
NO_REASON = Card(control="none")


def cost(given: str, got: str, **more: str) -> tuple[Price, ...]:
    return (Price({"input": exact(given, "input"), "output": exact(got, "output")}, **more),)  # type: ignore[arg-type]


SEES = ("text", "image")
FULL = {"inputs": SEES, "outputs": ("text",), "tools": True, "search": True, "structured": True}
ROWS = (
    Known(
        Model(
            "anthropic",
            "claude-sonnet-5-5",
            context=1_000_000,
            max_output=128_000,
            card=REASONS,
            prices=cost("2", "10"),
            roles=("default",),
            **FULL,  # type: ignore[arg-type]
        )
    ),
    Known(
        Model(
            "anthropic",
            "claude-haiku-4-5",
            status="deprecated",
            retires="2027-02-01",
            successor="claude-haiku-5-5",
            context=200_000,
            max_output=64_000,
            card=REASONS,
            prices=cost("1", "5"),
            **FULL,  # type: ignore[arg-type]
        ),
        listed=True,
    ),
    Known(
        Model(
            "groq",
            "openai/gpt-oss-120b",
            context=131_072,
            max_output=65_536,
            inputs=("text",),
            tools=True,
            search=False,
            structured=True,
            card=REASONS,
            prices=cost("0.0375", "0.6"),
            roles=("cheap", "best"),
        ),
        listed=False,
    ),
    Known(
        Model(
            "groq",
            "meta-llama/llama-4-scout-17b-16e-instruct-with-a-long-name",
            status="preview",
            inputs=SEES,
            card=NO_REASON,
            prices=cost("120.5", "1000"),
        )
    ),
    Known(Model("qwen", "qwen3.8-max", prices=cost("0.8", "4.8", currency="CNY"))),
    Known(
        Model(
            "local",
            "tiny \x1b[31m.gguf",
            context=448,
            prices=cost("0", "0", tier="free"),
            note="a file in this folder",
        )
    ),
)
DAY = Day("2026-11-22", lambda _: "")


def screen(columns: int, *, grouped: bool, colour: str = "never") -> str:
    clock = Clock(time.time, time.monotonic, time.sleep, lambda: 0.5)
    environ = {"COLUMNS": str(columns), "TERM": "xterm-256color"}
    out = io.BytesIO()
    world = World(environ, None, out, None, stdin_tty=False, stdout_tty=True, clock=clock)
    return listed(world, colour, ROWS, DAY, grouped=grouped)


KINDS = {"grouped": True, "mixed": False}


@pytest.mark.parametrize("columns", WIDTHS)
@pytest.mark.parametrize("kind", KINDS)
def test_the_screen_is_the_one_that_was_looked_at(kind: str, columns: int) -> None:
    kept = (SCREENS / f"models-{kind}-{columns}.txt").read_text()
    assert screen(columns, grouped=KINDS[kind]) == kept


def test_colour_changes_nothing_but_colour() -> None:
    for columns in WIDTHS:
        bright = screen(columns, grouped=True, colour="always")
        for code in ("1", "2", "1;36", "0"):
            bright = bright.replace(f"\x1b[{code}m", "")
        assert bright == screen(columns, grouped=True)


if __name__ == "__main__":
    for kind_, grouped_ in KINDS.items():
        for width in WIDTHS:
            text = screen(width, grouped=grouped_)
            (SCREENS / f"models-{kind_}-{width}.txt").write_text(text)
