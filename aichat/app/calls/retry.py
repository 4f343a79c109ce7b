"""The one loop that makes a call again: for answers, for lists of models and for ``aichat api``."""

from collections.abc import Callable
from types import TracebackType

from aichat.app.calls.caller import Caller, Wait
from aichat.core.text.clock import Clock
from aichat.errors import AichatError, Fault


class RetryLoop:
    """The attempts at one call, until one succeeds or another one is of no use.

    ``while loop.begin_attempt(): with loop: ...`` makes them. A fault that ends the block is
    completed; it is raised where it is the last, else ``wait`` says how long until the next
    attempt, and why. ``can_repeat`` is asked, after an attempt, whether another may be made.
    """

    def __init__(
        self, caller: Caller, clock: Clock, can_repeat: Callable[[Fault], bool] = lambda _: True
    ) -> None:
        self._caller, self._clock, self._can_repeat = caller, clock, can_repeat
        self._is_over = False
        self.wait: Wait | None = None
        self.retries = 0  # attempts after the first

    def end(self) -> None:
        """No attempt is made."""
        self._is_over = True

    def begin_attempt(self) -> bool:
        """Whether an attempt has to be made; one after the first is waited for."""
        if self.wait:
            self._clock.sleep(self.wait.seconds)
            self.wait = None
        return not self._is_over

    def __enter__(self) -> None:
        self._is_over = True  # unless it fails

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> bool:
        if not isinstance(error, AichatError):
            self._forget()
            return False
        error.fault = self._caller.complete_fault(error.fault)
        if self._can_repeat(error.fault):
            self.wait = self._caller.retry_wait(error.fault, self.retries + 1)
        self._is_over = self.wait is None
        self.retries += not self._is_over
        if self._is_over:
            self._forget()
        return not self._is_over

    def _forget(self) -> None:
        """Whoever was asked, and has this loop, is not kept alive by it: of some there are many."""
        self._can_repeat = _never


def _never(_: Fault) -> bool:
    return False
