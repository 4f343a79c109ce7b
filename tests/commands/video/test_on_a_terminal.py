"""A video on a terminal: its price first, how far it is in one line, and a way back by Ctrl-C."""

from tests.commands.files.test_files import point
from tests.support.answering.made import VideoProvider
from tests.support.answering.server import Server
from tests.support.running.program import Program
from tests.support.terminal.terminal import Terminal

PRICE = "aichat: xAI grok-imagine-video-1.5: ~$0.84 for 6 s of video of 720p"
WORDS = ("video", "a", "red", "fox", "-p", "xai", "--seconds", "6", "--resolution", "720p")


def test_it_is_told_how_far_it_is_and_ctrl_c_leaves_it_running(aichat: Program) -> None:
    with Server() as server:
        VideoProvider(server, "xai", looks=10**6)
        point(aichat, server, "xai")
        with Terminal(aichat, *WORDS) as terminal:
            terminal.wait_for_text("Ctrl-C leaves it running")
            shown = terminal.shown_rows()
            terminal.type("\x03")
            assert terminal.wait_for_exit() == -2
            left = [row for row in terminal.shown_rows() if row.strip()]
        assert all(len(row) <= 80 for row in shown)
    assert shown[0] == PRICE and shown[1].startswith("aichat: video pending, 0:0")
    told = " ".join(" ".join(left).split())
    assert left[0] == PRICE and told.endswith("goes on by itself: aichat jobs wait vid-1")
