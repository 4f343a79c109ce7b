"""What Enter does with a draft: one predicate, so that nothing else has to decide."""

from typing import Literal

Verdict = Literal["send", "newline", "nothing"]


def on_enter(before: str, after: str) -> Verdict:
    """What Enter does between ``before`` and ``after`` the cursor.

    A backslash before the cursor asks for another line and gives itself up for it; two
    of them are one that is meant.
    """
    if not (before + after).strip():
        return "nothing"
    slashes = len(before) - len(before.rstrip("\\"))
    return "newline" if slashes % 2 else "send"
