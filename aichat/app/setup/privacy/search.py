"""Patterns of the user's looked for in texts of strangers, in a process of their own.

Python's expressions may take for ever, and nothing in the process that runs one can stop it.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from aichat.errors import config_error
from aichat.process.programs import BackgroundProgram, tool_environment
from aichat.process.threads import run_within

#: Seconds that all patterns together have for what one request sends, and bytes they may find.
MAX_SECONDS, _MAX_FOUND = 10.0, 64 << 20

_SEARCH = """
import json, re, sys
given = json.loads(sys.stdin.buffer.read())
patterns = [re.compile(pattern) for pattern in given["patterns"]]
found = [[m[0] for p in patterns for m in p.finditer(text)] for text in given["texts"]]
sys.stdout.buffer.write(json.dumps(found).encode())
"""


class PatternSearch:
    """Finds what ``patterns`` match; each text is looked at once."""

    def __init__(self, patterns: Sequence[str], environ: Mapping[str, str]) -> None:
        self._patterns, self._environ = patterns, environ
        self._found: dict[str, Sequence[str]] = {}  # in each text

    def __call__(self, texts: Sequence[str]) -> Sequence[str]:
        """All that is found in the texts, in their order.

        Errors: ``config`` (exit 3) where that takes too long: nothing is sent then.
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
