"""What is told of a spoken answer, and when: words with the sound that says them."""

from aichat.app.exchange.live.playout import LEAD_SECONDS, SECOND_BYTES, Playout
from aichat.core.exchange.event import (
    Audio,
    Event,
    Failure,
    Finish,
    Heard,
    TextDelta,
)
from aichat.core.message.media import Media
from aichat.errors import Fault


def sound(seconds: float) -> Audio:
    return Audio(Media("audio/pcm", bytes(round(seconds * SECOND_BYTES))))


def text_of(events: list[Event]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))


def seconds_of(events: list[Event]) -> float:
    sizes = (len(event.media.data or b"") for event in events if isinstance(event, Audio))
    return sum(sizes) / SECOND_BYTES


def drain(playout: Playout, ahead: float = 0.0) -> list[Event]:
    told: list[Event] = []
    while events := playout.due(ahead):
        told += events
    return told


def test_sound_goes_in_tenths_and_no_further_ahead_than_it_may() -> None:
    playout = Playout()
    playout.add([sound(0.25)])
    assert playout.due(LEAD_SECONDS) == []
    pieces = [seconds_of(playout.due(LEAD_SECONDS - 0.01)) for _ in range(4)]
    assert [round(seconds, 2) for seconds in pieces] == [0.1, 0.1, 0.05, 0.0]
    assert playout.sent == round(0.25 * SECOND_BYTES) and playout.is_done


def test_words_wait_for_the_sound_that_says_them() -> None:
    playout = Playout()
    playout.add([TextDelta("one two three four five six"), sound(0.5)])
    assert text_of(playout.due(0.0)) == ""  # a tenth of a second says one letter and a half
    assert text_of(drain(playout)) == "one two"  # half a second, fifteen letters a second


def test_once_all_is_known_words_go_at_their_own_pace() -> None:
    playout = Playout()
    playout.add([TextDelta("one two three four "), sound(1.0), Finish("stop")])
    playout.close()
    told: list[Event] = []
    for _ in range(5):
        told += playout.due(0.0)
    assert text_of(told) == "one two"
    assert drain(playout)[-1] == Finish("stop") and playout.is_done


def test_what_is_no_sound_waits_for_nothing_and_the_end_for_all() -> None:
    playout = Playout()
    fault = Failure(Fault("network", "lost"))
    playout.add([Heard("hm"), TextDelta("a"), sound(0.2), fault])
    assert playout.due(LEAD_SECONDS) == [Heard("hm")]
    assert fault not in drain(playout)
    playout.close()
    assert drain(playout) == [fault]


def test_words_without_any_sound_are_told_in_the_end() -> None:
    playout = Playout()
    playout.add([TextDelta("nothing is heard of this")])
    assert drain(playout) == []
    playout.close()
    assert text_of(drain(playout)) == "nothing is heard of this"
