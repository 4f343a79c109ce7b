"""What is made ready while a question is typed, so that Enter sends it at once."""

from collections.abc import Callable
from contextlib import suppress

from aichat.app.setup.setup import Setup
from aichat.errors import AichatError
from aichat.process.threads import start_thread
from aichat.repl.session import Session

#: Seconds between two looks at whether all is as it was, while keys are pressed.
_LOOK_SECONDS = 1.0


class Ahead:
    """Told each line as it is typed; ``is_ready`` says whether one could be sent with no wait."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._looks_again_at = float("-inf")
        self._seen: Setup | None = None  # when that was looked at

    def typed(self, line: str) -> None:
        """Read the config anew, and open store and connection in a thread; nothing is sent."""
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
            with suppress(AichatError):  # whatever is wrong, the question will be told
                if tools:
                    tools.start_servers(setup)
                session.targets.connect(setup, session.options.transport)

        return connect

    def is_ready(self, line: str) -> bool:
        """Whether ``line`` is a plain question, which nothing but the store comes before."""
        session, setup = self._session, self._session.usable_setup
        others = session.live or session.role or session.attachments or session.options.money.count
        if others or not setup or setup.conduct.tools or setup.conduct.mcp or setup.money.budget:
            return False
        if not line.strip() or line.lstrip()[0] in "/!" or "@" in line:
            return False
        return session.targets.is_ready(setup)
