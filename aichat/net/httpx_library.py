"""The one importer of httpx.

Its successor takes one word: ``import httpx2 as httpx`` below. The tests pass with either,
which ``tests/house/test_packaging.py`` proves.
"""

import sys

# If click is importable, httpx imports its own command line: click, rich, pygments.
_click = sys.modules.get("click")
sys.modules["click"] = None  # type: ignore[assignment]
import httpx as httpx  # noqa: E402

if _click is None:
    del sys.modules["click"]
else:
    sys.modules["click"] = _click
