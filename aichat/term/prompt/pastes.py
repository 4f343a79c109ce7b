"""Long pastes: a placeholder stands for the text while it is edited, and is expanded on sending."""

#: Characters from which a paste is too long to edit, let alone redraw at every key.
LONG_PASTE = 20_000


class Pastes:
    """The long pastes of one run."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}

    def collapse(self, data: str) -> str:
        """What to insert for pasted text: the text itself, or a placeholder for a long one.

        Pasted text keeps its paste marks, so that it can be edited elsewhere.
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
        """Expand and mark every paste in the text."""
        for name, data in self._texts.items():
            text = text.replace(name, data)
        return text

    def is_in(self, text: str) -> bool:
        """Whether the text contains a placeholder."""
        return any(name in text for name in self._texts)
