"""Which part of a conversation the session's server knows, and which is still to be sent."""

from aichat.core.message.message import Message
from aichat.wires.realtime.codec import Handle, split_history
from aichat.wires.realtime.sound import is_sound


class LiveMemory:
    """The messages known in a session, and the ``handle`` to resume it on another connection."""

    def __init__(self) -> None:
        self.said: tuple[Message, ...] = ()
        self.handle: Handle | None = None
        self._before: tuple[Message, ...] = ()  # the messages known before the last question
        self._spoken: set[int] = set()  # indices of known messages whose text came later

    def clear(self) -> None:
        """Forget everything, as the next session knows nothing."""
        self.handle = None
        self.replace(())

    def replace(self, said: tuple[Message, ...]) -> None:
        """Replace the known messages, since the conversation was sent again."""
        self.said, self._spoken = said, set()

    def learn(self, messages: tuple[Message, ...]) -> None:
        """Note that messages are known; the text of spoken ones comes later."""
        self._before, self.said = self.said, messages
        for place in range(len(self._before), len(messages)):
            if any(map(is_sound, messages[place].parts)):
                self._spoken.add(place)

    def forget(self, *, is_gone: bool) -> None:
        """Forget the last question, which got no answer.

        If the connection ``is_gone``, a resumed session may know it nevertheless.
        """
        self.said = self._before
        if is_gone:
            self.handle = None

    def unknown(self, said: tuple[Message, ...]) -> tuple[Message, ...]:
        """The new messages of a conversation; none if it does not continue the known ones.

        The answer to known messages is known too, since the server made it.
        """
        known, pairs = self.said, enumerate(zip(said, self.said, strict=False))
        changed = any(a != b and place not in self._spoken for place, (a, b) in pairs)
        if changed or len(said) < len(known):
            return ()
        new = said[len(known) :]
        return new[1:] if new and new[0].role == "assistant" else new

    def take_handle(self, said: tuple[Message, ...]) -> Handle | None:
        """Take the handle to resume a conversation; the next connection may give another."""
        handle, self.handle = self.handle, None
        return handle if self.unknown(said) else None

    def goes_on(self, handle: Handle) -> bool:
        """Whether the session opened with ``handle`` is the one that it names."""
        self.handle = self.handle or (handle if handle.is_name else None)
        return not handle.is_name or self.handle == handle


def history_of(said: tuple[Message, ...]) -> tuple[Message, ...]:
    """The answered part of a conversation."""
    return tuple(split_history(said)[0])
