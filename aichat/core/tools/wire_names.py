"""What tools are called on a wire: letters, digits, ``_`` and ``-``, at most 64, no two alike."""

import re
from collections.abc import Iterable

_LONGEST, _MARK = 64, 8
_REFUSED = re.compile(r"[^A-Za-z0-9_-]")


def wire_names(names: Iterable[str]) -> dict[str, str]:
    """The display name of each tool by its name on the wire.

    A dot becomes ``__``, what else a server would refuse ``_``; what is then too long, or
    the name of another, is cut and marked with a hash of the whole.
    """
    found: dict[str, str] = {}
    for name in names:
        short = name.replace(".", "__")
        if not (short.isascii() and short.isidentifier()):  # most are, and that costs nothing
            short = _REFUSED.sub("_", short)
        if not short or len(short) > _LONGEST or found.get(short, name) != name:
            from hashlib import sha256  # few names need it

            mark = sha256(name.encode("utf-8", "replace")).hexdigest()[:_MARK]
            short = f"{short[: _LONGEST - _MARK - 1]}_{mark}"
        found[short] = name
    return found
