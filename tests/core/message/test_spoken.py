"""What was said aloud, before and after it is known in writing."""

from aichat.core.conversation.turn import Draft, Turn, with_words
from aichat.core.message.media import Media
from aichat.core.message.message import Message, Text
from aichat.core.message.spoken import UNHEARD, is_spoken, spoken, without_sound, written_down

ASKED = Message("user", (Text("hm"), spoken(b"RIFF", "q.wav")))


def test_it_is_spoken_until_its_words_are_known() -> None:
    assert is_spoken(ASKED) and is_spoken(without_sound(ASKED))
    assert not is_spoken(written_down(ASKED, "hello"))
    known = Message("user", (Media("audio/wav", b"RIFF", transcript="hello"),))
    assert not is_spoken(known) and without_sound(known) == known


def test_sound_that_is_kept_stands_before_its_words() -> None:
    kept = Media("audio/wav", b"RIFF", "q.wav", transcript="hello")
    assert written_down(ASKED, "hello").parts == (Text("hm"), kept, Text("hello"))
    assert written_down(without_sound(ASKED), "hello").parts == (Text("hm"), Text("hello"))
    assert written_down(without_sound(ASKED), None).parts == (Text("hm"), Text(UNHEARD))


def test_a_conversation_is_called_by_what_was_said_and_not_by_the_file() -> None:
    def title(before: str, heard: str | None) -> str:
        return with_words(Draft("c", before, (Turn(ASKED, 0.0),)), heard).title

    assert title("q.wav", "hello there") == "hello there"
    assert title("", None) == UNHEARD and title("mine", "hello") == "mine"
    typed = Draft("c", "q.wav", (Turn(Message("user", (Text("hi"),)), 0.0),))
    assert with_words(typed, "hello") is typed
