"""Which messages of a conversation a session's server has, and which it needs yet."""

from aichat.core.message.message import Message
from aichat.wires.realtime.codec import Handle, split_history
from aichat.wires.realtime.sound import is_sound


class LiveMemory:
    """The messages ``said`` in a session, and the ``handle`` that restores it elsewhere."""

    def __init__(self) -> None:
        self.said: tuple[Message, ...] = ()
        self.handle: Handle | None = None
        self._before: tuple[Message, ...] = ()  # what was known before the last question
        self._spoken: set[int] = set()  # indexes of known messages transcribed later

    def clear(self) -> None:
        """Forget everything: the next session knows nothing of it."""
        self.handle = None
        self.replace(())

    def replace(self, said: tuple[Message, ...]) -> None:
        """Replace what is known, after sending it again."""
        self.said, self._spoken = said, set()

    def learn(self, messages: tuple[Message, ...]) -> None:
        """Note messages as known; the text of spoken ones comes later."""
        self._before, self.said = self.said, messages
        for place in range(len(self._before), len(messages)):
            if any(map(is_sound, messages[place].parts)):
                self._spoken.add(place)

    def forget(self, *, is_gone: bool) -> None:
        """Drop the last question, which got no answer.

        If the connection ``is_gone``, a resumed session might still have it.
        """
        self.said = self._before
        if is_gone:
            self.handle = None

    def unknown(self, said: tuple[Message, ...]) -> tuple[Message, ...]:
        """The new messages of a conversation; none if it does not continue the known ones.

        The server has its own answer to what it knows.
        """
        known, pairs = self.said, enumerate(zip(said, self.said, strict=False))
        changed = any(a != b and place not in self._spoken for place, (a, b) in pairs)
        if changed or len(said) < len(known):
            return ()
        new = said[len(known) :]
        return new[1:] if new and new[0].role == "assistant" else new

    def take_handle(self, said: tuple[Message, ...]) -> Handle | None:
        """The handle, for a conversation that continues; a new connection may bring another."""
        handle, self.handle = self.handle, None
        return handle if self.unknown(said) else None

    def goes_on(self, handle: Handle) -> bool:
        """Whether the session opened with ``handle`` is the one it belongs to."""
        self.handle = self.handle or (handle if handle.is_name else None)
        return not handle.is_name or self.handle == handle


def history_of(said: tuple[Message, ...]) -> tuple[Message, ...]:
    """The answered part of a conversation."""
    return tuple(split_history(said)[0])
