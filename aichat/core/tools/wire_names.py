"""Names of tools on a wire: unique, of at most 64 letters, digits, ``_`` and ``-``."""

import re
from collections.abc import Iterable

_LONGEST, _MARK = 64, 8
_REFUSED = re.compile(r"[^A-Za-z0-9_-]")


def wire_names(names: Iterable[str]) -> dict[str, str]:
    """The display name of each tool by its name on the wire.

    A dot becomes ``__``, anything else that servers refuse ``_``; a name that is then too
    long, or not unique, is cut and gets a hash of the whole.
    """
    found: dict[str, str] = {}
    for name in names:
        short = name.replace(".", "__")
        if not (short.isascii() and short.isidentifier()):  # the rare case
            short = _REFUSED.sub("_", short)
        if not short or len(short) > _LONGEST or found.get(short, name) != name:
            from hashlib import sha256  # here, since few names need it

            mark = sha256(name.encode("utf-8", "replace")).hexdigest()[:_MARK]
            short = f"{short[: _LONGEST - _MARK - 1]}_{mark}"
        found[short] = name
    return found
