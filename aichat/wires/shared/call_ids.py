"""Ids by which the calls of one answer are told apart."""


class CallIds:
    """The ids of one answer's calls: each is given once, whatever the server does."""

    def __init__(self) -> None:
        self._times: dict[str, int] = {}  # how often each was wanted

    def claim(self, wanted: str) -> str:
        """``wanted``, or where another call has it, the same with a number behind it."""
        found, times = wanted, self._times.get(wanted, 0)
        while found in self._times:
            times += 1
            found = f"{wanted}_{times}"
        self._times[wanted] = times
        self._times.setdefault(found, 0)
        return found
