"""Shared by tests that run whole commands like a user."""

import json
import os
import re
import threading
import time
from collections.abc import Callable
from subprocess import Popen
from typing import Any

from tests.support.answering.server import SSE, Hold, Reply, Step, chat_chunk, sse
from tests.support.running.program import Program, Result

MODEL = "openai/gpt-oss-120b"


def hold_forever() -> Hold:
    """Until the client or the server goes away."""
    return Hold(threading.Event())


def text_events(*pieces: str) -> list[bytes]:
    """Events of text, without an end."""
    return sse(*(chat_chunk({"content": piece}) for piece in pieces), done=False)


def partial_reply(*steps: Step, text: str = "Hello wor") -> Reply:
    """An answer that starts with ``text``, then performs ``steps``."""
    return Reply(headers=SSE, body=[*text_events(text), *steps])


def configure_box(aichat: Program, url: str, more: str = "") -> Program:
    """Configure a custom server ``box`` with one model and without a key."""
    aichat.write_config(f'[providers.box]\nbase_url = "{url}/v1"\nmodels = ["m"]\n{more}')
    return aichat


def stderr_lines(result: Result) -> list[str]:
    return result.stderr.splitlines()


def error_of(result: Result) -> dict[str, Any]:
    """The ``error`` of a ``--json`` run, which must contain the exit code."""
    error: dict[str, Any] = json.loads(result.stdout)["error"]
    assert error["exit"] == result.code
    return error


def read_until(
    handle: int, done: Callable[[bytes], bool], process: "Popen[bytes]", seconds: float = 15
) -> bytes:
    """Read ``handle`` until ``done`` is true; a hanging program is killed."""
    data = b""
    watch = threading.Timer(seconds, process.kill)
    watch.start()
    try:
        while not done(data):
            piece = os.read(handle, 1 << 16)
            assert piece, f"ended after {data!r}"
            data += piece
    finally:
        watch.cancel()
    return data


def wait_for_exit(process: "Popen[bytes]", seconds: float = 15) -> tuple[int, float]:
    """The exit code, and the seconds until the end."""
    began = time.monotonic()
    code = process.wait(seconds)
    return code, time.monotonic() - began


def pop_conversation(answer: dict[str, Any]) -> str:
    """Remove the conversation's id from a ``--json`` object and return it."""
    conversation: str = answer.pop("conversation")
    assert re.fullmatch(r"[2-9a-z]{10}", conversation)
    return conversation
