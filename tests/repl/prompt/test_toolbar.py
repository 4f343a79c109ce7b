"""The line under the prompt, at every width."""

import time
from pathlib import Path

import pytest

from aichat.app.question.attachments import read_attachments
from aichat.core.cli.options import AskOptions
from aichat.core.message.compose import Attachment
from aichat.core.text.cells import text_width
from aichat.core.text.clock import Clock
from aichat.process.world import World
from aichat.repl.prompt.toolbar import lay_out, toolbar_text
from aichat.repl.session import Session
from tests.support.values.media import png


def test_media_that_wait_are_told_by_their_tokens(tmp_path: Path) -> None:
    """A square of 1,000 pixels is 36 by 36 patches to Anthropic."""
    path = tmp_path / "a.png"
    path.write_bytes(png(1000, 1000))
    (waiting,) = read_attachments(str(path), print)
    environ = {"ANTHROPIC_API_KEY": "x", "HOME": str(tmp_path)}
    clock = Clock(time.time, time.monotonic, print, lambda: 0.5)
    world = World(environ, None, None, None, False, False, clock)
    options = AskOptions(config_dir=str(tmp_path)).with_changes(provider="anthropic", no_save=True)
    session = Session(world, options)
    session.attachments = [waiting, Attachment("b.txt", "text")]
    assert "2 attached (~1.30k tokens)" in toolbar_text(session, 120)


FACTS = ["groq/gpt-oss", "context 7%", "$0.00025", "1,564 tokens", "work", "2 attached", "tools on"]
WHOLE = " · ".join(FACTS)


@pytest.mark.parametrize(
    ("columns", "line"),
    [
        (100, f"{WHOLE}       A long talk"),
        (96, f"{WHOLE}   A long talk"),
        (95, f"{WHOLE}   A long ta…"),
        (93, f"{WHOLE}   A long …"),
        (92, WHOLE),  # of a shorter title nothing could be read
        (82, WHOLE),
        (81, " · ".join(FACTS[:-1])),
        (40, " · ".join(FACTS[:3])),
        (33, " · ".join(FACTS[:2])),
        (12, "groq/gpt-oss"),
        (8, "groq/gp…"),
    ],
)
def test_the_title_is_dropped_first_and_then_the_facts_from_the_end(
    columns: int, line: str
) -> None:
    assert lay_out(FACTS, "A long talk", columns) == line


@pytest.mark.parametrize("title", ["", "short", "日本語の題名です", "x" * 300])
def test_the_line_is_never_wider_than_the_terminal(title: str) -> None:
    for columns in range(1, 160):
        line = lay_out(FACTS, title, columns)
        assert text_width(line) <= columns
        assert "\n" not in line and line.startswith("groq/gpt-oss"[: columns - 1])
