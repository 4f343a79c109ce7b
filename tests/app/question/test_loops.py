"""A loop over the lines of a file shares its stdin with what it runs."""

import json

from tests.support.answering.server import Server, chat_stream
from tests.support.running.program import Program

NOTE = "aichat: the rest of stdin goes with the question; in a loop --no-stdin leaves it there\n"


def run(aichat: Program, script: str) -> tuple[list[str], str]:
    """What was asked, and what was said on stderr."""
    (aichat.home / "list").write_text("one\ntwo\nthree\n")
    with Server(default=chat_stream(["Fine."])) as server:
        done = aichat.point_groq_at(server.url).run_shell(script)
        asked = [json.loads(seen.body)["messages"][-1]["content"] for seen in server.requests]
    return asked, done.stderr


def test_what_a_loop_loses_is_told_with_the_way_to_keep_it(aichat: Program) -> None:
    loop = "while read -r line; do $AICHAT ask {} say $line; done < list"
    assert run(aichat, loop.format("")) == (["say one\n\ntwo\nthree"], NOTE)
    assert run(aichat, loop.format("--no-stdin")) == (["say one", "say two", "say three"], "")
    assert run(aichat, loop.format("-q")) == (["say one\n\ntwo\nthree"], "")


def test_a_file_that_is_given_whole_or_by_name_is_no_loss(aichat: Program) -> None:
    whole = ["say\n\none\ntwo\nthree"]
    assert run(aichat, "$AICHAT ask say < list") == (whole, "")
    rest = ["say\ntwo\nthree"]
    assert run(aichat, "{ read -r line; $AICHAT ask say -; } < list") == (rest, "")
    assert run(aichat, "{ read -r line; $AICHAT ask; } < list") == (["two\nthree"], "")
    gone = "{ read -r a; read -r b; read -r c; $AICHAT ask say; } < list"
    assert run(aichat, gone) == (["say"], "")
