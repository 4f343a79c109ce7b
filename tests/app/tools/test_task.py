"""A whole task, as the README has it: the files of a folder are listed, read and counted.

The model is a script that knows nothing but what the tools tell it.
"""

from tests.app.tools.test_on_a_terminal import answer, within
from tests.house.test_readme import LINES
from tests.support.answering.server import Reply, SeenRequest, Server, chat_stream
from tests.support.answering.tool_rounds import calling, write_files
from tests.support.running.program import Program
from tests.support.terminal.terminal import Terminal

QUESTION = "how many lines do the files here have"
(LINE,) = (line for line in LINES if QUESTION in line)


def count_lines(seen: SeenRequest) -> Reply:
    """What such a model says next: a list, the files in it, and the sum of what they hold."""
    results = [m["content"] for m in seen.json()["messages"] if m["role"] == "tool"]
    if not results:
        return calling(("list_dir", {"path": "."}))
    if len(results) == 1:
        names = [row.split("\t")[0] for row in results[0].splitlines() if not row.endswith("/")]
        return calling(*(("read_file", {"path": name}) for name in names), first=2)
    lines = sum(text.count("\n") for text in results[1:])
    return chat_stream([f"{len(results) - 1} files, {lines} lines."])


def write_work(aichat: Program) -> None:
    write_files(aichat)
    work = aichat.home / "work"
    (work / ".env").unlink()  # what looks like a secret is asked about by itself
    (work / "b.txt").write_text("one\ntwo\n")


def test_the_line_of_the_readme_counts_the_lines_of_a_folder(aichat: Program) -> None:
    write_work(aichat)
    with Server(default=count_lines) as server:
        aichat.point_groq_at(server.url).environ["AICHAT_NO_STDIN"] = "1"
        done = aichat.run_shell(f'aichat() {{ $AICHAT "$@"; }}; cd work; {LINE}')
    assert (done.text, done.code) == ("2 files, 5 lines.\n", 0)


def test_somebody_who_is_asked_allows_it_once(aichat: Program) -> None:
    write_work(aichat)
    with Server(default=count_lines) as server:
        words = ("--tool", "list_dir", "--allow", "list_dir", "--tool", "read_file")
        aichat.point_groq_at(server.url)
        with Terminal(
            aichat, "ask", *words, "--root", "work", *QUESTION.split(), loose=True
        ) as terminal:
            terminal.wait_for_text("run it?")
            assert "s allows read_file(*)" in terminal.text
            seen = lambda: "stop: s" in terminal.text  # noqa: E731
            answer(terminal.type, lambda s: within(s, terminal.read, seen), "s")
            assert terminal.wait_for_exit() == 0
            assert "2 files, 5 lines." in terminal.text
            assert terminal.text.count("run it?") == 1
