"""What ``-c`` goes on with: the last of this pane, of this folder, of all; and that it is told."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.answering.server import Server, chat_stream
from tests.support.running.program import TERMINAL, Program, Result

HERE, THERE = {"TMUX_PANE": "%1"}, {"TMUX_PANE": "%2"}


class Places:
    """A user in folders and panes, and a server that says what it was asked."""

    def __init__(self, aichat: Program, server: Server) -> None:
        self.aichat, self.server = aichat.point_groq_at(server.url), server
        self._root = aichat.home
        aichat.environ["NO_COLOR"] = "1"

    def ask(self, folder: str, *words: str, pane: dict[str, str] | None = None) -> Result:
        """One run in a folder and a pane, or without a terminal."""
        self.aichat.home = self._root / folder
        self.aichat.home.mkdir(exist_ok=True)
        outside = {"stderr_tty": True} if pane else {}
        return self.aichat.invoke("ask", *words, environ=pane, **outside)

    def went_on(self) -> str:
        """The first question of the conversation that the last request was part of."""
        text: str = self.server.requests[-1].json()["messages"][0]["content"]
        return text


@pytest.fixture
def places(aichat: Program) -> Iterator[Places]:
    with Server(default=chat_stream(["Yes."])) as server:
        made = Places(aichat, server)
        made.ask("a", "first", pane=HERE)
        made.ask("b", "second", pane=THERE)
        made.ask("c", "third")
        yield made


def test_the_pane_comes_before_the_folder_and_the_folder_before_all(places: Places) -> None:
    told = places.ask("b", "-c", "more", pane=HERE).stderr
    assert places.went_on() == "first"
    assert told == "aichat: continuing first, of this pane, just now\n"
    places.ask("b", "-c", "more", pane={"TMUX_PANE": "%9"})
    assert places.went_on() == "first"  # it was used there just now
    told = places.ask("c", "-c", "more", pane={"TMUX_PANE": "%3"}).stderr
    assert places.went_on() == "third" and "continuing third, of this folder" in told
    told = places.ask("d", "-c", "more", pane={"TMUX_PANE": "%4"}).stderr
    assert places.went_on() == "third" and "continuing third, the last of all" in told


def test_anywhere_takes_the_last_of_all_and_here_only_what_is_here(places: Places) -> None:
    places.ask("a", "--anywhere", "more", pane=HERE)
    assert places.went_on() == "third"
    places.ask("b", "--here", "more", pane={"TMUX_PANE": "%5"})
    assert places.went_on() == "second"
    sent = len(places.server.requests)
    refused = places.ask("d", "-c", "--here", "more", pane={"TMUX_PANE": "%6"})
    assert refused.code == 2 and len(places.server.requests) == sent
    assert "no conversation in this pane or folder yet" in refused.stderr
    assert "--anywhere" in refused.stderr


def test_a_script_is_told_only_of_what_is_not_simply_the_last(places: Places) -> None:
    assert places.ask("c", "-c", "more").stderr == ""
    assert places.ask("d", "-c", "more").stderr == ""
    told = places.ask("a", "-c", "more").stderr
    assert told == "aichat: continuing first, of this folder, just now\n"
    places.ask("c", "-c", "more")
    assert places.ask("b", "-q", "-c", "more").stderr == ""


def test_a_script_in_a_pane_goes_by_its_folder(places: Places) -> None:
    places.aichat.environ |= HERE
    assert "of this folder" in places.ask("b", "-c", "more").stderr
    assert places.went_on() == "second"


def test_a_title_drives_no_terminal(places: Places) -> None:
    places.ask("a", "-C", "evil\x1b]0;owned\x07\u202e", "hello", pane=HERE)
    told = places.ask(
        "a",
        "-c",
        "more",
        pane=HERE,
    ).stderr
    assert "continuing evil" in told and "\x1b" not in told and "\u202e" not in told


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--here", "--anywhere", "x"), "--here and --anywhere"),
        (("--here", "-C", "first", "x"), "--here and -C"),
        (("--anywhere", "-C", "last", "x"), "--anywhere and -C"),
    ],
)
def test_what_excludes_each_other_is_refused(
    words: tuple[str, ...], told: str, aichat: Program, tmp_path: Path
) -> None:
    done = aichat.point_groq_at("http://127.0.0.1:9").invoke("ask", *words, **TERMINAL)
    assert done.code == 2 and told in done.stderr
