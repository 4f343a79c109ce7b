"""Long pastes: a word stands for the text while it is edited, and is the text again when sent."""

#: Characters from which a paste is too long to be edited, let alone drawn on every key.
LONG_PASTE = 20_000


class Pastes:
    """The long pastes of one run."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}

    def collapse(self, data: str) -> str:
        """What to put in place of pasted text: itself, or for a long one what stands for it.

        The marks of what was pasted stay in it, so that it can be edited elsewhere.
        """
        text = data.replace("\r\n", "\n").replace("\r", "\n")
        if len(text) <= LONG_PASTE:
            return text
        lines = text.count("\n") + (not text.endswith("\n"))
        many = f"{lines:,} line{'s' * (lines != 1)}"
        name = f"[paste {len(self._texts) + 1}: {len(text):,} characters, {many}]"
        self._texts[name] = text
        return name

    def expand(self, text: str) -> str:
        """The text with every paste in it whole, and marked as one."""
        for name, data in self._texts.items():
            text = text.replace(name, data)
        return text

    def is_in(self, text: str) -> bool:
        """Whether something in the text stands for a paste."""
        return any(name in text for name in self._texts)
