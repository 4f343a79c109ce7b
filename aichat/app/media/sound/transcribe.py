"""Transcription by a provider: a recording is sent as it is read, text shown as it arrives."""

from collections.abc import Callable, Iterator, Sequence

from aichat import providers
from aichat.app.calls.caller import Caller
from aichat.app.calls.resource import ResourceContext, protocol_error
from aichat.app.calls.retry import RetryLoop
from aichat.app.media.files.context import FilesContext
from aichat.app.media.files.upload import put
from aichat.app.media.sound.parts import SoundLimits, split
from aichat.app.media.sound.recording import Recording, on_disk
from aichat.core.http.call import ByteStream, Call
from aichat.core.http.sse import SseReader
from aichat.disk.files.upload import CountedBody, MultipartForm
from aichat.errors import AichatError, Fault
from aichat.net.http import Response
from aichat.term.widgets.progress import ByteProgress
from aichat.values import NamedTuple
from aichat.wires.resources.audio.transcription import (
    DIALECTS,
    WISHES,
    TranscriptionDialect,
    TranscriptionSpec,
    form_request,
    json_request,
)
from aichat.wires.resources.audio.transcripts import (
    Transcribed,
    live_transcript,
    parse_transcription,
)
from aichat.wires.resources.files import FileSpec

#: The most bytes of an answer: hours of speech with timestamps per word.
_MAX_ANSWER = 256 << 20


class TranscriptionWish(NamedTuple):
    """The options for every recording; ``live``: show text as it arrives."""

    language: str | None = None
    prompt: str | None = None
    keywords: tuple[str, ...] = ()
    timestamps: str | None = None
    diarize: bool = False
    translate: bool = False
    live: bool = False

    @property
    def names(self) -> frozenset[str]:
        """The features that a model must have, by the names in ``WISHES``."""
        wanted = {name for name in WISHES if getattr(self, name, None)}
        return frozenset(wanted | ({self.timestamps} if self.timestamps else set()))


def choose_model(
    context: ResourceContext,
    wish: TranscriptionWish,
    model: str | None,
    recordings: Sequence[Recording] = (),
) -> str:
    """The model to use: the named one, or the default among those with all features.

    If not named, it accepts the longest of the ``recordings`` whole. Errors:
    ``invalid_request`` (exit 5) if there is none, naming providers that have one.
    """
    dialect, wishes = dialect_of(context), wish.names
    size = max((each.size for each in recordings), default=0)
    seconds = max((each.seconds for each in recordings), default=0.0)
    chosen = model or dialect.pick_model(wishes, size, seconds)
    lacking = dialect.lacks(chosen, wishes) if chosen else wishes
    if chosen and not lacking:
        return chosen
    what = " with ".join(WISHES[name] for name in WISHES if name in lacking)
    have = ", ".join(_who_can(wishes)) or "nobody all of it"
    who = chosen or context.endpoint.provider.name
    raise AichatError(Fault("invalid_request", f"{who} takes no {what} here", _these(have)))


def dialect_of(context: ResourceContext) -> TranscriptionDialect:
    """The provider's transcription API."""
    return DIALECTS[context.endpoint.provider.resources.transcription]


def limits_of(context: ResourceContext, model: str) -> SoundLimits:
    """A model's limits per call."""
    abilities = dialect_of(context).abilities_of(model)
    return SoundLimits(abilities.max_bytes, abilities.max_seconds)


def _these(have: str) -> str:
    return f"these do: {have}"


def _who_can(wishes: frozenset[str]) -> list[str]:
    """All models with the features, as named with ``-m``."""
    found = []
    for name in providers.names():
        dialect = DIALECTS.get(providers.load(name).resources.transcription)
        if dialect and (model := dialect.pick_model(wishes)):
            found.append(f"{name}/{model}")
    return found


def make_spec(
    context: ResourceContext, wish: TranscriptionWish, model: str, recording: Recording
) -> TranscriptionSpec:
    """The spec for transcribing one recording."""
    spec = TranscriptionSpec(
        *(recording.path, recording.name, recording.mime, model),
        *(wish.language, wish.prompt, wish.keywords),
        *(wish.timestamps, wish.diarize, wish.translate),
        url=recording.url,
    )
    return spec._replace(stream=wish.live and dialect_of(context).streams(spec))


def dry_calls(
    context: ResourceContext, spec: TranscriptionSpec, recording: Recording
) -> Iterator[Call]:
    """The calls of a dry run; a file that would be uploaded first is ``$FILE_URI``."""
    with split(recording, limits_of(context, spec.model)) as parts:
        for part in parts:
            known = "$FILE_URI" if is_kept(context, spec, part.recording) else None
            yield transcription_call(context, of_part(spec, part.recording), part.recording, known)


def of_part(spec: TranscriptionSpec, part: Recording) -> TranscriptionSpec:
    """The spec for a part of the recording."""
    if part.name == spec.name:
        return spec
    return spec._replace(path=part.name, name=part.name, mime=part.mime)


def transcribe(
    context: ResourceContext,
    spec: TranscriptionSpec,
    recording: Recording,
    on_text: Callable[[str], object] | None = None,
) -> Transcribed:
    """Transcribe a recording; ``on_text`` gets the text as it arrives, if it streams.

    Text before a failure has been passed on. Errors: as of any request; ``protocol``.
    """
    reference = keep(context, spec, recording) if is_kept(context, spec, recording) else None
    return _send(context, spec, transcription_call(context, spec, recording, reference), on_text)


def is_kept(context: ResourceContext, spec: TranscriptionSpec, recording: Recording) -> bool:
    """Whether the file must be uploaded first."""
    dialect = dialect_of(context)
    is_job = dialect.abilities_of(spec.model).job is not None
    is_large = bool(dialect.inline_bytes) and recording.size > dialect.inline_bytes
    return recording.url is None and (is_job or is_large)


def keep(context: ResourceContext, spec: TranscriptionSpec, recording: Recording) -> str:
    """Upload the file and return its reference. Errors: those of an upload."""
    files = FilesContext(context.world, context.endpoint, context.options, context.say)
    with on_disk(recording) as path:
        file = FileSpec(
            *(str(path), spec.name, spec.mime, recording.size, "audio"), model=spec.model
        )
        kept = put(files, file)
    return kept.reference or kept.id


def transcription_call(
    context: ResourceContext, spec: TranscriptionSpec, recording: Recording, reference: str | None
) -> Call:
    """The request, with the recording inline or by its ``reference``."""
    where = reference or recording.url
    if dialect_of(context).body:
        return json_request(context.endpoint, spec, where or _bytes_of(recording))
    call, fields = form_request(context.endpoint, spec)
    form = MultipartForm(fields, lambda _: _bytes_of(recording))
    return form.call(call)._replace(body=form)


def _bytes_of(recording: Recording) -> ByteStream:
    if recording.source is None:
        raise TypeError("a recording that lies elsewhere has no bytes here")
    return recording.source


def _send(
    context: ResourceContext,
    spec: TranscriptionSpec,
    call: Call,
    on_text: Callable[[str], object] | None,
) -> Transcribed:
    """Send a call, with a retry if nothing was done yet; no text is passed on twice."""
    world, found = context.world, None
    caller = Caller(context.endpoint, world.clock, context.options, spec.model)
    told: list[str] = []

    def tell(text: str) -> None:
        told.append(text)
        if on_text:
            on_text(text)

    loop = RetryLoop(caller, world.clock, lambda _: not told)
    while loop.begin_attempt():
        meter = ByteProgress(world, "sent", call.size)
        body = call.body if isinstance(call.body, tuple) else CountedBody(call.body, meter.add)
        try:
            with loop, caller.send(call._replace(body=body)) as response:
                meter.finish()
                found = _read(context, spec, response, tell)
        finally:
            meter.finish()
        if loop.wait:
            context.say(loop.wait.why)
    if found is None:
        raise protocol_error(context, "the answer has no transcript")
    return found


def _read(
    context: ResourceContext,
    spec: TranscriptionSpec,
    response: Response,
    tell: Callable[[str], None],
) -> Transcribed | None:
    is_whole = "json" in response.headers.get("content-type", "")
    if is_whole or not spec.stream:
        return parse_transcription(response.read(_MAX_ANSWER), context.endpoint)
    live = live_transcript(context.endpoint)
    for frames in response.frames(SseReader()):
        if text := live.feed(frames):
            tell(text)
    return live.close()
