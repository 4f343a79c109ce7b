"""The cost of sound: by seconds, characters or tokens."""

from math import ceil

from aichat.app.billing.expected import expected_price, open_expected
from aichat.app.billing.metered import Metered, Used, record_usage
from aichat.app.calls.resource import ResourceContext
from aichat.app.media.sound.read_aloud import Spoken
from aichat.core.billing.money import Cost
from aichat.core.billing.token_estimate import estimate_text
from aichat.core.billing.usage import Quantity, Usage, UsageDetail
from aichat.core.media.transcript import Transcript
from aichat.core.text.numbers import count_of
from aichat.disk.catalogue import media_rules
from aichat.values import NamedTuple
from aichat.wires.resources.audio.speech import SpeechSpec
from aichat.wires.resources.audio.transcripts import Transcribed

#: Tokens per second of sound, if unknown.
_USUAL_TOKENS = 32

#: Characters read per second, and tokens per second of speech, for an estimate.
_SPOKEN_CHARACTERS, _SPOKEN_TOKENS = 15, 25


class Transcription(NamedTuple):
    """What came, of how many ``seconds``, and what it cost as far as that is known."""

    transcript: Transcript
    seconds: int
    usage: Usage
    cost: Cost | None


def open_transcription(
    context: ResourceContext, model: str, seconds: float, max_cost: str | None
) -> Metered:
    """Check what so much sound may cost. Errors: as of ``open_expected``."""
    what = f"about {count_of(ceil(seconds), 'second')} of sound"
    return open_expected(context, model, _heard(context, model, seconds), what, max_cost)


def transcription_price(context: ResourceContext, model: str, seconds: float) -> Cost | None:
    """What so much sound costs, as far as that is known."""
    return expected_price(context, model, _heard(context, model, seconds))


def _heard(context: ResourceContext, model: str, seconds: float) -> Used:
    """So much sound, by all that it may be counted in."""
    endpoint = context.endpoint
    rule = media_rules.read(endpoint.provider.id, endpoint.wire).token_rule("audio", model)
    tokens = ceil(seconds * ((rule.second if rule else 0) or _USUAL_TOKENS))
    detail = UsageDetail({"audio_second": ceil(seconds), "audio_input": tokens})
    return Used(Usage(tokens, 0), detail)


def record_transcription(metered: Metered, found: Transcribed, seconds: float) -> Transcription:
    """Put it into the ledger; ``seconds`` are those where the answer does not tell."""
    known = ceil(found.transcript.seconds or seconds)
    counts = {"audio_second": known, **found.detail.counts}
    made = Quantity("transcribe", "second", counts["audio_second"])
    cost = record_usage(metered, Used(found.usage, UsageDetail(counts), found.cost, made))
    return Transcription(found.transcript, counts["audio_second"], found.usage, cost)


class SpeechBill:
    """The bill for a text that is read aloud in parts; ``costs`` has that of each."""

    def __init__(self, metered: Metered) -> None:
        self._metered, self.costs = metered, list[Cost | None]()

    def check(self, spec: SpeechSpec) -> None:
        """Errors: ``budget`` if the part may pass a limit."""
        context = self._metered.context
        self._metered.check_next(expected_price(context, spec.model, _read(spec.text)))

    def note(self, part: Spoken) -> None:
        """Put what was read into the ledger."""
        made = Quantity("speech", "character", part.characters)
        used = Used(part.usage, part.detail, made=made)
        self.costs.append(record_usage(self._metered, used))


def open_speech(
    context: ResourceContext, model: str, text: str, max_cost: str | None
) -> SpeechBill:
    """Check what reading a text aloud may cost. Errors: as of ``open_expected``."""
    what = count_of(len(text), "character")
    return SpeechBill(open_expected(context, model, _read(text), what, max_cost))


def _read(text: str) -> Used:
    """A text that was read, by all that it may be counted in."""
    tokens = ceil(len(text) / _SPOKEN_CHARACTERS * _SPOKEN_TOKENS)
    usage = Usage(estimate_text(text), tokens)
    return Used(usage, UsageDetail({"character": len(text)}))
