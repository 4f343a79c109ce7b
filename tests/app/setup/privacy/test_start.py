"""A question of somebody who has none of it loads nothing of it."""

import json

from tests.support.answering.server import Server, chat_stream
from tests.support.running.program import Program

#: What is in the name of a module of these features, and of no other.
OURS = ("private", "privacy", "tape", "foreign", "cached", "restoring", "exchanges", "replay.")

SCRIPT = """
import json, os, sys
import aichat.process.signals as signals
def leave(code):
    print(json.dumps([*sys.modules]), file=sys.stderr)
    sys.stdout.flush()
    os._exit(code)
signals.exit_now = leave
sys.argv = ["aichat", "ask", "-p", "groq", "hi"]
from aichat.__main__ import main
main()
"""


def test_a_plain_question_loads_nothing_of_privacy_records_and_archives(aichat: Program) -> None:
    with Server(chat_stream(["ok"])) as server:
        aichat.point_groq_at(server.url)
        process = aichat.spawn(aichat.command()[0], "-c", SCRIPT)
        out, err = process.communicate(timeout=60)
    assert (out, process.returncode) == (b"ok\n", 0), err
    loaded = json.loads(err.decode().splitlines()[-1])
    assert [name for name in loaded if any(part in name for part in OURS)] == []
