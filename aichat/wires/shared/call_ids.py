"""Unique ids for the calls of one answer."""


class CallIds:
    """Hands out the ids of one answer's calls, each only once, whatever the server does."""

    def __init__(self) -> None:
        self._times: dict[str, int] = {}  # how often each was claimed

    def claim(self, wanted: str) -> str:
        """``wanted``, with a number appended if another call already has it."""
        found, times = wanted, self._times.get(wanted, 0)
        while found in self._times:
            times += 1
            found = f"{wanted}_{times}"
        self._times[wanted] = times
        self._times.setdefault(found, 0)
        return found
