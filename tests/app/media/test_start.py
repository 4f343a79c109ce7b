"""A question of words costs nothing of what pictures, sound and uploads need."""

import json
import subprocess
import sys

from tests.support.answering.server import Server, chat_stream
from tests.support.running.program import Program
from tests.support.values.media import png

SCRIPT = """
import json, os, sys
from aichat.__main__ import main
end = os._exit
def leave(code):
    sys.stderr.write(json.dumps(sorted(sys.modules)))
    sys.stderr.flush()
    end(code)
os._exit = leave
sys.argv[0] = "aichat"
main()
"""
UNWANTED = (
    *("aichat.app.media", "aichat.term.answer.images", "aichat.process.audio", "PIL"),
    *("aichat.wires.realtime", "aichat.app.exchange.live", "websockets"),
    *("aichat.net.transport.websocket", "aichat.core.media", "aichat.core.message.spoken"),
)


def loaded_by(program: Program, *words: str) -> set[str]:
    """The modules of a whole run."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *words],
        env=program.environ,
        cwd=program.home,
        capture_output=True,
        check=True,
    )
    return set(json.loads(done.stderr))


def test_a_question_of_words_imports_nothing_of_media(aichat: Program) -> None:
    with Server(default=chat_stream("hi")) as server:
        loaded = loaded_by(aichat.point_groq_at(server.url), "ask", "hi")
    assert "aichat.app.exchange.turn" in loaded
    assert not [name for name in loaded if name.startswith(UNWANTED)]


def test_a_picture_that_goes_along_loads_nothing_of_uploads_or_conversions(aichat: Program) -> None:
    (aichat.home / "a.png").write_bytes(png(8, 8))
    aichat.environ |= {"OPENAI_API_KEY": "sk-0123456789abcdef"}
    with Server(default=chat_stream("hi")) as server:
        aichat.environ["AICHAT_OPENAI_BASE_URL"] = f"{server.url}/v1"
        loaded = loaded_by(aichat, "ask", "--no-save", "--wire", "chat", "-f", "a.png", "hi")
        assert b"base64" in server.requests[0].body
    assert "aichat.app.media.fit" in loaded
    uploads = {f"aichat.app.media.files.{name}" for name in ("sending", "upload", "remote")}
    assert not loaded & (uploads | {"aichat.wires.dashscope.encode", "PIL", "zipfile", "hashlib"})
