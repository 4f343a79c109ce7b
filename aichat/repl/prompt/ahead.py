"""Preparing while a question is typed, so that Enter sends it at once."""

from collections.abc import Callable
from contextlib import suppress

from aichat.app.setup.setup import Setup
from aichat.errors import AichatError
from aichat.process.threads import start_thread
from aichat.repl.session import Session

#: Seconds between checks whether anything has changed, while keys are pressed.
_LOOK_SECONDS = 1.0


class Ahead:
    """Is told each line as it is typed; ``is_ready`` says whether one could be sent at once."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._looks_again_at = float("-inf")
        self._seen: Setup | None = None  # the setup at the last check

    def typed(self, line: str) -> None:
        """Reload the config, and open the store and a connection in a thread; nothing is sent."""
        session, now = self._session, self._session.world.clock.monotonic()
        if session.live or not line.strip() or line.startswith("/"):
            return
        if now < self._looks_again_at and session.usable_setup is self._seen:
            return
        self._looks_again_at = now + _LOOK_SECONDS
        session.forget_setup()
        session.recorder.open_ahead()
        self._seen = session.usable_setup
        if self._seen:
            start_thread(self._connecting(self._seen))

    def _connecting(self, setup: Setup) -> Callable[[], None]:
        session = self._session
        tools = session.tools if setup.conduct.mcp else None

        def connect() -> None:
            with suppress(AichatError):  # any error will be reported with the question
                if tools:
                    tools.start_servers(setup)
                session.targets.connect(setup, session.options.transport)

        return connect

    def is_ready(self, line: str) -> bool:
        """Whether ``line`` is a plain question, for which only the store is needed first."""
        session, setup = self._session, self._session.usable_setup
        others = session.live or session.role or session.attachments or session.options.money.count
        if others or not setup or setup.conduct.tools or setup.conduct.mcp or setup.money.budget:
            return False
        if not line.strip() or line.lstrip()[0] in "/!" or "@" in line:
            return False
        return session.targets.is_ready(setup)
