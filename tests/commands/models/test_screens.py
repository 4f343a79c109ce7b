"""The table of models as it stands on terminals of several widths; the screens are kept as text.

``python -m tests.commands.models.test_screens`` writes them anew, to be looked at.
"""

import io
import os
import time
from collections.abc import Callable, Iterator

import pytest

from aichat.app.models.inventory import KnownModel
from aichat.commands.models.show import ModelDetails, render_model
from aichat.commands.models.table import model_table
from aichat.core.billing.price import Price, parse_price
from aichat.core.catalogue.card import Card
from aichat.core.catalogue.model import Model, RateLimit
from aichat.core.catalogue.model_list import ListedModel
from aichat.core.catalogue.search import PriceContext
from aichat.core.text.clock import Clock
from aichat.disk.cache.rate_limits import LimitsEntry
from aichat.process.palette import Palette
from aichat.process.world import World
from tests.support.running.program import SCREENS

WIDTHS = (40, 64, 80, 120, 160)
REASONS = Card(control="effort", efforts=("low", "high"))
NO_REASON = Card(control="none")


def cost(given: str, got: str, **more: str) -> tuple[Price, ...]:
    return (
        Price({"input": parse_price(given, "input"), "output": parse_price(got, "output")}, **more),
    )  # type: ignore[arg-type]


SEES = ("text", "image")
FULL = {"inputs": SEES, "outputs": ("text",), "tools": True, "search": True, "structured": True}
ROWS = (
    KnownModel(
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
    KnownModel(
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
        is_listed=True,
    ),
    KnownModel(
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
        is_listed=False,
    ),
    KnownModel(
        Model(
            "groq",
            "meta-llama/llama-4-scout-17b-16e-instruct-with-a-long-name",
            status="preview",
            inputs=SEES,
            card=NO_REASON,
            prices=cost("120.5", "1000"),
        )
    ),
    KnownModel(Model("qwen", "qwen3.8-max", prices=cost("0.8", "4.8", currency="CNY"))),
    KnownModel(
        Model(
            "local",
            "tiny \x1b[31m.gguf",
            context=448,
            prices=cost("0", "0", tier="free"),
            note="a file in this folder",
        )
    ),
)
DAY = PriceContext("2026-11-22", lambda _: "")


def terminal(columns: int, colour: str = "never") -> World:
    clock = Clock(time.time, time.monotonic, time.sleep, lambda: 0.5)
    environ = {"COLUMNS": str(columns), "TERM": "xterm-256color"}
    palette = Palette(environ, colour, dict)
    world = World(environ, None, io.BytesIO(), None, stdin_tty=False, stdout_tty=True, clock=clock)
    return world._replace(palette=palette)


def grouped(columns: int, colour: str = "never") -> str:
    return model_table(terminal(columns, colour), ROWS, DAY, grouped=True)


def mixed(columns: int, colour: str = "never") -> str:
    return model_table(terminal(columns, colour), ROWS, DAY, grouped=False)


def rates(**given: str) -> dict[str, int]:
    return {what: parse_price(text, what) for what, text in given.items()}


NOW = rates(input="2", cached="0.2", write="2.5", write_1h="4", output="10", search="10")
LATER = rates(input="4", cached="0.4", write="5", write_1h="8", output="20", search="10")
WHOLE = ModelDetails(
    KnownModel(
        Model(
            "anthropic",
            "claude-sonnet-5-5",
            name="Claude \x1b[31mSonnet 5.5",
            context=1_000_000,
            max_output=128_000,
            shared_window=True,
            card=Card(
                control="adaptive",
                efforts=("low", "high"),
                needs_limit=True,
                max_output=128_000,
                sampling="never",
                rejects=frozenset(("seed", "stop")),
            ),
            roles=("default", "best"),
            released="2026-09-01",
            prices=(
                Price(NOW, until="2026-11-30", since="2026-09-01"),
                Price(rates(input="9", output="9"), until="2026-08-31"),
                Price(LATER, above=199_999, until="2026-11-30"),
                Price(LATER, since="2026-12-01"),
                Price(NOW, tier="batch", region="eu", currency="EUR"),
            ),
            sources=(("docs", "2026-11-22"),),
            **FULL,  # type: ignore[arg-type]
        ),
        is_listed=True,
        entry=ListedModel("claude-sonnet-5-5", defaults={"temperature": 1, "top_p": 0.95}),
    ),
    (
        RateLimit("tier 1", "requests/minute", 50),
        RateLimit("tier 4", "tokens/minute", 4_000_000),
        RateLimit("tier 5", "requests/day", None),
    ),
    LimitsEntry(1_795_363_200.0, {"anthropic-ratelimit-requests-remaining": "49"}),
    "messages",
    {"id": "claude-sonnet-5-5", "line": "sonnet", "moon_phase": {"tonight": "waxing \u202e"}},
)


def whole(columns: int, colour: str = "never") -> str:
    return render_model(terminal(columns, colour), WHOLE, DAY.day)


KINDS: dict[str, Callable[..., str]] = {"grouped": grouped, "mixed": mixed, "show": whole}


@pytest.fixture(autouse=True)
def _in_utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize("columns", WIDTHS)
@pytest.mark.parametrize("kind", KINDS)
def test_the_screen_is_the_one_that_was_looked_at(kind: str, columns: int) -> None:
    kept = (SCREENS / f"models-{kind}-{columns}.txt").read_text()
    assert KINDS[kind](columns) == kept


@pytest.mark.parametrize("kind", KINDS)
def test_colour_changes_nothing_but_colour(kind: str) -> None:
    for columns in WIDTHS:
        bright = KINDS[kind](columns, "always")
        assert "\x1b" in bright
        for code in ("1", "2", "1;36", "0"):
            bright = bright.replace(f"\x1b[{code}m", "")
        assert bright == KINDS[kind](columns)


if __name__ == "__main__":
    os.environ["TZ"] = "UTC"
    time.tzset()
    for name, draw in KINDS.items():
        for width in WIDTHS:
            (SCREENS / f"models-{name}-{width}.txt").write_text(draw(width))
