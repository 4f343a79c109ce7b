"""Matching the user's patterns in a separate process.

A regular expression of Python may run forever, and cannot be stopped from within its process.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from aichat.errors import config_error
from aichat.process.programs.background import BackgroundProgram
from aichat.process.programs.environment import tool_environment
from aichat.process.threads import run_within

#: Time for all patterns on one request, in seconds, and bytes they may match.
MAX_SECONDS, _MAX_FOUND = 10.0, 64 << 20

_SEARCH = """
import json, re, sys
given = json.loads(sys.stdin.buffer.read())
patterns = [re.compile(pattern) for pattern in given["patterns"]]
found = [[m[0] for p in patterns for m in p.finditer(text)] for text in given["texts"]]
sys.stdout.buffer.write(json.dumps(found).encode())
"""


class PatternSearch:
    """Finds matches of ``patterns``; each text is searched once."""

    def __init__(self, patterns: Sequence[str], environ: Mapping[str, str]) -> None:
        self._patterns, self._environ = patterns, environ
        self._found: dict[str, Sequence[str]] = {}  # by text

    def __call__(self, texts: Sequence[str]) -> Sequence[str]:
        """All matches in the texts, in order.

        Errors: ``config`` (exit 3) if it takes too long; nothing is sent then.
        """
        new = [text for text in dict.fromkeys(texts) if text not in self._found]
        if new:
            self._found |= zip(new, self._search(new), strict=True)
        return [value for text in texts for value in self._found[text]]

    def _search(self, texts: Sequence[str]) -> Any:
        given = json.dumps({"patterns": [*self._patterns], "texts": [*texts]}).encode()
        command = [sys.executable, "-I", "-S", "-c", _SEARCH]
        program = BackgroundProgram(command, Path("/"), tool_environment(self._environ), given)
        try:
            done = run_within(MAX_SECONDS, partial(program.result, _MAX_FOUND), Exception)
        except TimeoutError:
            program.terminate()
            why = f"a pattern of [privacy] redact took more than {MAX_SECONDS:g} s"
            raise config_error(f"{why}, so nothing was sent", "make the pattern simpler") from None
        if done.status or done.size > _MAX_FOUND:
            raise config_error("the patterns of [privacy] redact cannot be run")
        return json.loads(done.stdout)
