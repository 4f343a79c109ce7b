"""What the server of a session knows of a conversation, and what it is yet told."""

from aichat.core.message.message import Message
from aichat.wires.realtime.codec import Handle, split_history
from aichat.wires.realtime.sound import is_sound


class LiveMemory:
    """What was ``said`` in a session, and the ``handle`` by which another connection knows it."""

    def __init__(self) -> None:
        self.said: tuple[Message, ...] = ()
        self.handle: Handle | None = None
        self._before: tuple[Message, ...] = ()  # what was known before the last question
        self._spoken: set[int] = set()  # places in what is known whose words came later

    def clear(self) -> None:
        """Nothing of it is known in the next session."""
        self.handle = None
        self.replace(())

    def replace(self, said: tuple[Message, ...]) -> None:
        """Something else is known instead: it was told anew."""
        self.said, self._spoken = said, set()

    def learn(self, messages: tuple[Message, ...]) -> None:
        """What was said is known there; of what was spoken the words come later."""
        self._before, self.said = self.said, messages
        for place in range(len(self._before), len(messages)):
            if any(map(is_sound, messages[place].parts)):
                self._spoken.add(place)

    def forget(self, *, is_gone: bool) -> None:
        """The last question got no answer: it is no part of what comes next.

        Where the connection ``is_gone``, what would be gone on with may have it all the same.
        """
        self.said = self._before
        if is_gone:
            self.handle = None

    def unknown(self, said: tuple[Message, ...]) -> tuple[Message, ...]:
        """What is new of a conversation; nothing where it does not go on from what is known.

        The answer to what is known is the server's own.
        """
        known, pairs = self.said, enumerate(zip(said, self.said, strict=False))
        changed = any(a != b and place not in self._spoken for place, (a, b) in pairs)
        if changed or len(said) < len(known):
            return ()
        new = said[len(known) :]
        return new[1:] if new and new[0].role == "assistant" else new

    def take_handle(self, said: tuple[Message, ...]) -> Handle | None:
        """The handle, for a conversation that goes on; another connection may bring another."""
        handle, self.handle = self.handle, None
        return handle if self.unknown(said) else None

    def goes_on(self, handle: Handle) -> bool:
        """Whether the session that was opened with ``handle`` is the one that it is of."""
        self.handle = self.handle or (handle if handle.is_name else None)
        return not handle.is_name or self.handle == handle


def history_of(said: tuple[Message, ...]) -> tuple[Message, ...]:
    """What of a conversation was answered."""
    return tuple(split_history(said)[0])
