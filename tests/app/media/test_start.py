"""A question of words costs nothing of what pictures, sound and uploads need."""

import json
import subprocess
import sys

from tests.support.answering.server import Server, chat_stream
from tests.support.running.program import Program

SCRIPT = """
import json, os, sys
from aichat.__main__ import main
end = os._exit
def leave(code):
    sys.stderr.write(json.dumps(sorted(sys.modules)))
    sys.stderr.flush()
    end(code)
os._exit = leave
sys.argv = ["aichat", "ask", "hi"]
main()
"""
UNWANTED = ("aichat.app.media", "aichat.term.answer.images", "aichat.process.audio", "PIL")


def test_a_question_of_words_imports_nothing_of_media(aichat: Program) -> None:
    with Server(default=chat_stream("hi")) as server:
        aichat.point_groq_at(server.url)
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT],
            env=aichat.environ,
            cwd=aichat.home,
            capture_output=True,
            check=True,
        )
    loaded = json.loads(done.stderr)
    assert "aichat.app.exchange.turn" in loaded
    assert not [name for name in loaded if name.startswith(UNWANTED)]
